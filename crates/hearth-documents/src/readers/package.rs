//! Office documents are zip archives of XML: opening one within limits, and reading its XML.

use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use crate::document::ReadError;

/// Most bytes that one part of an archive may unpack to, and all of them together.
const PART_BYTES: u64 = 256 << 20;
const ALL_BYTES: u64 = 768 << 20;
/// Most members of an archive.
const MEMBERS: usize = 20_000;

pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    left: u64,
}

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let archive =
            ZipArchive::new(Cursor::new(bytes)).map_err(|error| ReadError::Broken(error.to_string()))?;
        if archive.len() > MEMBERS {
            return Err(ReadError::TooLarge(format!("its archive has {} members", archive.len())));
        }
        Ok(Self { archive, left: ALL_BYTES })
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect()
    }

    /// A member as text; `None` when there is none of that name.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<String>, ReadError> {
        let Ok(member) = self.archive.by_name(name) else {
            return Ok(None);
        };
        let limit = PART_BYTES.min(self.left);
        let mut bytes = Vec::new();
        // What counts is what comes out, not what the archive says of itself.
        member
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| ReadError::Broken(error.to_string()))?;
        if bytes.len() as u64 > limit {
            return Err(ReadError::TooLarge(format!("{name} unpacks to more than {limit} bytes")));
        }
        self.left -= bytes.len() as u64;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// One step through XML, names without prefixes.
pub(super) enum Step {
    /// An element starts; `empty` when it also ends here.
    Open {
        name: String,
        attributes: Vec<(String, String)>,
        empty: bool,
    },
    Close(String),
    Text(String),
}

/// Walks XML from start to end. Damage ends the walk; what came before it stands.
pub(super) fn walk(xml: &str, mut visit: impl FnMut(Step)) -> Result<(), ReadError> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => visit(open(&tag, false)),
            Ok(Event::Empty(tag)) => visit(open(&tag, true)),
            Ok(Event::End(tag)) => {
                visit(Step::Close(AsRef::<str>::as_ref(&tag.local_name()).to_owned()));
            }
            Ok(Event::Text(text)) => {
                visit(Step::Text(text.xml10_content().into_owned()));
            }
            Ok(Event::CData(text)) => visit(Step::Text(text.xml10_content().into_owned())),
            Ok(Event::GeneralRef(entity)) => {
                let name = entity.xml10_content().into_owned();
                visit(Step::Text(resolve(&name)));
            }
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(ReadError::Broken(error.to_string())),
        }
    }
}

/// A predefined or numbered character; others are left out, as they could expand without end.
fn resolve(name: &str) -> String {
    if let Some(found) = quick_xml::escape::resolve_predefined_entity(name) {
        return found.to_owned();
    }
    let number = name.strip_prefix("#x").map_or_else(
        || name.strip_prefix('#').and_then(|digits| digits.parse().ok()),
        |digits| u32::from_str_radix(digits, 16).ok(),
    );
    number.and_then(char::from_u32).map(String::from).unwrap_or_default()
}

fn open(tag: &BytesStart<'_>, empty: bool) -> Step {
    let attributes = tag
        .attributes()
        .filter_map(Result::ok)
        .map(|attribute| {
            let name = AsRef::<str>::as_ref(&attribute.key.local_name()).to_owned();
            let value = attribute.value.clone().into_owned();
            (name, value)
        })
        .collect();
    Step::Open { name: AsRef::<str>::as_ref(&tag.local_name()).to_owned(), attributes, empty }
}

/// The value of an attribute.
pub(super) fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
