//! Office documents as ZIP archives of XML parts (Open Packaging Conventions): opening within limits, reading
//! XML.

use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use crate::document::ReadError;

/// Maximum unpacked bytes of one part of an archive, and of all parts together.
const MAX_PART_BYTES: u64 = 256 << 20;
const MAX_TOTAL_BYTES: u64 = 768 << 20;
/// Maximum number of members of an archive.
const MAX_MEMBERS: usize = 20_000;

/// Opened archive of an office document.
pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    bytes_left: u64,
}

impl<'a> Package<'a> {
    /// Opens an archive; `TooLarge` if it has too many members.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let archive =
            ZipArchive::new(Cursor::new(bytes)).map_err(|error| ReadError::Broken(error.to_string()))?;
        if archive.len() > MAX_MEMBERS {
            return Err(ReadError::TooLarge(format!("its archive contains {} files", archive.len())));
        }
        Ok(Self { archive, bytes_left: MAX_TOTAL_BYTES })
    }

    /// Names of all members.
    pub(super) fn part_names(&self) -> Vec<String> {
        self.archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect()
    }

    /// Text of a member, or `None` if there is no such member; `TooLarge` above the limits.
    pub(super) fn read_part(&mut self, name: &str) -> Result<Option<String>, ReadError> {
        let Ok(member) = self.archive.by_name(name) else {
            return Ok(None);
        };
        let limit = MAX_PART_BYTES.min(self.bytes_left);
        let mut bytes = Vec::new();
        // The unpacked bytes are counted; sizes that the archive declares are not trusted.
        member
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| ReadError::Broken(error.to_string()))?;
        if bytes.len() as u64 > limit {
            return Err(ReadError::TooLarge(format!("{name} unpacks to more than {limit} bytes")));
        }
        self.bytes_left -= bytes.len() as u64;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// XML event, with names without their prefixes.
pub(super) enum XmlEvent {
    /// Start of an element; `empty` if the element also ends here, without a `Close`.
    Open {
        name: String,
        attributes: Vec<(String, String)>,
        empty: bool,
    },
    Close(String),
    Text(String),
}

/// Calls `visit` with each event of an XML text. Damage ends the walk with an error; earlier events stand.
pub(super) fn walk_xml(xml: &str, mut visit: impl FnMut(XmlEvent)) -> Result<(), ReadError> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => visit(open_event(&tag, false)),
            Ok(Event::Empty(tag)) => visit(open_event(&tag, true)),
            Ok(Event::End(tag)) => {
                visit(XmlEvent::Close(AsRef::<str>::as_ref(&tag.local_name()).to_owned()));
            }
            Ok(Event::Text(text)) => {
                visit(XmlEvent::Text(text.xml10_content().into_owned()));
            }
            Ok(Event::CData(text)) => visit(XmlEvent::Text(text.xml10_content().into_owned())),
            Ok(Event::GeneralRef(entity)) => {
                let name = entity.xml10_content().into_owned();
                visit(XmlEvent::Text(resolve_entity(&name)));
            }
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(ReadError::Broken(error.to_string())),
        }
    }
}

/// Text of a predefined entity or a numeric character reference; others are empty, as they could expand
/// without end.
fn resolve_entity(name: &str) -> String {
    if let Some(text) = quick_xml::escape::resolve_predefined_entity(name) {
        return text.to_owned();
    }
    let number = name.strip_prefix("#x").map_or_else(
        || name.strip_prefix('#').and_then(|digits| digits.parse().ok()),
        |digits| u32::from_str_radix(digits, 16).ok(),
    );
    number.and_then(char::from_u32).map(String::from).unwrap_or_default()
}

fn open_event(tag: &BytesStart<'_>, empty: bool) -> XmlEvent {
    let attributes = tag
        .attributes()
        .filter_map(Result::ok)
        .map(|attribute| {
            let name = AsRef::<str>::as_ref(&attribute.key.local_name()).to_owned();
            let value = attribute.value.clone().into_owned();
            (name, value)
        })
        .collect();
    XmlEvent::Open { name: AsRef::<str>::as_ref(&tag.local_name()).to_owned(), attributes, empty }
}

/// Value of an attribute, or `None` if it is missing.
pub(super) fn attribute_value<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
