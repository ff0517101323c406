//! What kind of document some bytes are: by their content first, by their name second.

use std::io::{Read, Seek, SeekFrom};

use hearth_domain::SourceKind;

/// A kind and its media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected {
    pub kind: SourceKind,
    pub media_type: &'static str,
}

const fn detected(kind: SourceKind, media_type: &'static str) -> Detected {
    Detected { kind, media_type }
}

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Detects what can be read; `None` for anything else.
pub fn detect(name: &str, original: &mut (impl Read + Seek)) -> Option<Detected> {
    let mut head = Vec::new();
    original.by_ref().take(2048).read_to_end(&mut head).ok()?;
    original.seek(SeekFrom::Start(0)).ok()?;
    let head = head.as_slice();
    match by_magic(head, original) {
        Magic::Known(found) => return Some(found),
        Magic::Binary => return None,
        Magic::None => {}
    }
    let extension = name.rsplit_once('.').map(|(_, end)| end.to_lowercase());
    let found = match extension.as_deref() {
        Some("md" | "markdown" | "mdown") => detected(SourceKind::Markdown, "text/markdown"),
        Some("html" | "htm" | "xhtml") => detected(SourceKind::Html, "text/html"),
        Some("csv") => detected(SourceKind::Csv, "text/csv"),
        Some("tsv" | "tab") => detected(SourceKind::Csv, "text/tab-separated-values"),
        Some("ics" | "ical") => detected(SourceKind::Calendar, "text/calendar"),
        _ => by_text(head)?,
    };
    Some(found)
}

/// What the first bytes say.
enum Magic {
    Known(Detected),
    /// Surely nothing that can be read.
    Binary,
    None,
}

/// By the first bytes.
fn by_magic(head: &[u8], original: &mut (impl Read + Seek)) -> Magic {
    let has = |magic: &[u8]| head.starts_with(magic);
    if head.windows(5).take(1024).any(|window| window == b"%PDF-") {
        return Magic::Known(detected(SourceKind::Pdf, "application/pdf"));
    }
    if has(b"PK\x03\x04") {
        return by_archive(original).map_or(Magic::Binary, Magic::Known);
    }
    let binary: [&[u8]; 12] = [
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"GIF8",
        b"RIFF",
        b"OggS",
        b"fLaC",
        b"ID3",
        b"\x7fELF",
        b"MZ",
        b"\x1f\x8b",
        b"7z\xbc\xaf",
        b"\xd0\xcf\x11\xe0",
    ];
    if binary.iter().any(|magic| has(magic)) { Magic::Binary } else { Magic::None }
}

fn by_archive(original: &mut (impl Read + Seek)) -> Option<Detected> {
    let archive = zip::ZipArchive::new(original).ok()?;
    let has = |folder: &str| archive.file_names().any(|name| name.is_ok_and(|name| name.starts_with(folder)));
    if has("word/") {
        Some(detected(SourceKind::Docx, DOCX))
    } else if has("ppt/") {
        Some(detected(SourceKind::Pptx, PPTX))
    } else if has("xl/") {
        Some(detected(SourceKind::Xlsx, XLSX))
    } else {
        None
    }
}

fn by_text(head: &[u8]) -> Option<Detected> {
    let wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    if head.contains(&0) && !wide {
        return None;
    }
    let text = String::from_utf8_lossy(head).to_lowercase();
    let start = text.trim_start_matches('\u{feff}').trim_start();
    Some(if start.starts_with("begin:vcalendar") {
        detected(SourceKind::Calendar, "text/calendar")
    } else if start.starts_with("<!doctype html") || start.starts_with("<html") {
        detected(SourceKind::Html, "text/html")
    } else {
        detected(SourceKind::Text, "text/plain")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_goes_before_the_name() {
        let kind =
            |name: &str, bytes: &[u8]| detect(name, &mut std::io::Cursor::new(bytes)).map(|found| found.kind);
        assert_eq!(kind("a.txt", b"%PDF-1.4"), Some(SourceKind::Pdf));
        assert_eq!(kind("page", b"<!DOCTYPE html><p>"), Some(SourceKind::Html));
        assert_eq!(kind("a.md", b"# hello"), Some(SourceKind::Markdown));
        assert_eq!(kind("notes", b"plain"), Some(SourceKind::Text));
        assert_eq!(kind("a.ics", b"BEGIN:VCALENDAR"), Some(SourceKind::Calendar));
        assert_eq!(kind("a.txt", b"\x7fELF\x02"), None);
        assert_eq!(kind("data.bin", &[1, 0, 2, 0]), None);
        assert_eq!(kind("wide.txt", b"\xff\xfeh\0i\0"), Some(SourceKind::Text));
    }
}
