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
    let mut depth = 0_usize;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                depth += 1;
                visit(open_event(&tag, false));
            }
            Ok(Event::Empty(tag)) => visit(open_event(&tag, true)),
            Ok(Event::End(tag)) => {
                depth = depth.saturating_sub(1);
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
            Ok(Event::Eof) if depth == 0 => return Ok(()),
            // A part that is cut between two elements has no syntax error.
            Ok(Event::Eof) => return Err(ReadError::Broken("an XML part is cut off".into())),
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

/// Office document with these parts (name, text).
#[cfg(test)]
pub(crate) fn build_package(parts: &[(&str, &str)]) -> Vec<u8> {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All text of an XML text, and the result of the walk.
    fn collect_text(xml: &str) -> (String, Result<(), ReadError>) {
        let mut all = String::new();
        let result = walk_xml(xml, |event| {
            if let XmlEvent::Text(text) = event {
                all.push_str(&text);
            }
        });
        (all, result)
    }

    #[test]
    fn the_unpacked_bytes_of_all_parts_count_together() {
        let bytes = build_package(&[("a", "1234"), ("b", "567"), ("c", "8")]);
        let mut package = Package::open(&bytes).unwrap();
        package.bytes_left = 7;
        assert_eq!(package.read_part("a").unwrap().as_deref(), Some("1234"));
        assert_eq!(package.read_part("b").unwrap().as_deref(), Some("567"));
        let error = package.read_part("c").unwrap_err();
        assert!(matches!(error, ReadError::TooLarge(_)), "{error}");
        assert_eq!(package.read_part("missing"), Ok(None));
    }

    #[test]
    fn character_references_are_resolved_and_declared_entities_are_not() {
        // Entities that a document declares can expand to gigabytes ("billion laughs").
        let xml = "<!DOCTYPE a [<!ENTITY b \"bomb\">]><a>1 &lt; 2 &amp; &#8364; &#x20AC;&b;</a>";
        assert_eq!(collect_text(xml), ("1 < 2 & € €".to_owned(), Ok(())));
    }

    #[test]
    fn xml_that_ends_inside_an_element_is_damaged() {
        for (xml, text) in [("<a><b>one</b><b>two</b>", "onetwo"), ("<a>one<b", "one")] {
            let (found, result) = collect_text(xml);
            assert_eq!(found, text);
            assert!(result.is_err(), "{xml}");
        }
    }
}
