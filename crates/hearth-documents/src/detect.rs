//! Detection of a file's format: by its content first, by its name second.

use std::io::{Read, Seek, SeekFrom};

use hearth_domain::SourceKind;

/// Detected source kind with its media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DetectedFormat {
    pub kind: SourceKind,
    pub media_type: &'static str,
}

const fn detected_format(kind: SourceKind, media_type: &'static str) -> DetectedFormat {
    DetectedFormat { kind, media_type }
}

const DOCX_MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const PPTX_MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
const XLSX_MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Detects the format of a file, or `None` if it cannot be read. The position of `original` afterwards is
/// unspecified.
pub fn detect_format(name: &str, original: &mut (impl Read + Seek)) -> Option<DetectedFormat> {
    let mut head = Vec::new();
    original.by_ref().take(2048).read_to_end(&mut head).ok()?;
    original.seek(SeekFrom::Start(0)).ok()?;
    let head = head.as_slice();
    match detect_by_magic(head, original) {
        Magic::Known(found) => return Some(found),
        Magic::Binary => return None,
        Magic::None => {}
    }
    let extension = name.rsplit_once('.').map(|(_, end)| end.to_lowercase());
    let found = match extension.as_deref() {
        Some("md" | "markdown" | "mdown") => detected_format(SourceKind::Markdown, "text/markdown"),
        Some("html" | "htm" | "xhtml") => detected_format(SourceKind::Html, "text/html"),
        Some("csv") => detected_format(SourceKind::Csv, "text/csv"),
        Some("tsv" | "tab") => detected_format(SourceKind::Csv, "text/tab-separated-values"),
        Some("ics" | "ical") => detected_format(SourceKind::Calendar, "text/calendar"),
        _ => detect_by_text(head)?,
    };
    Some(found)
}

/// Result of detection by the first bytes.
enum Magic {
    Known(DetectedFormat),
    /// Binary format that cannot be read.
    Binary,
    None,
}

/// Detects the format by the first bytes (magic numbers).
fn detect_by_magic(head: &[u8], original: &mut (impl Read + Seek)) -> Magic {
    let has = |magic: &[u8]| head.starts_with(magic);
    if head.windows(5).take(1024).any(|window| window == b"%PDF-") {
        return Magic::Known(detected_format(SourceKind::Pdf, "application/pdf"));
    }
    if let Some(media_type) = recording_media_type(head) {
        return Magic::Known(detected_format(SourceKind::Audio, media_type));
    }
    if let Some(media_type) = image_media_type(head) {
        return Magic::Known(detected_format(SourceKind::Image, media_type));
    }
    if has(b"PK\x03\x04") {
        return detect_by_archive(original).map_or(Magic::Binary, Magic::Known);
    }
    let binary: [&[u8]; 8] =
        [b"RIFF", b"II*\0", b"MM\0*", b"\x7fELF", b"MZ", b"\x1f\x8b", b"7z\xbc\xaf", b"\xd0\xcf\x11\xe0"];
    if binary.iter().any(|magic| has(magic)) { Magic::Binary } else { Magic::None }
}

/// Media type of an image, or `None` if the bytes start no image that can be read.
fn image_media_type(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// Brands of still images (HEIF, AVIF) in the ISO media container that video uses; mostly photos of phones.
const STILL_IMAGE_BRANDS: [&[u8]; 6] = [b"heic", b"heix", b"heif", b"mif1", b"msf1", b"avif"];

/// Media type of a recording, or `None`; video counts as a recording of its sound.
fn recording_media_type(head: &[u8]) -> Option<&'static str> {
    let at = |from: usize, text: &[u8]| head.get(from..from + text.len()) == Some(text);
    // Eleven one bits start a frame of MPEG audio; the layer bits distinguish ADTS (AAC) from the others.
    let mpeg_media_type = |head: &[u8]| match head {
        [0xff, second, third, ..] if second & 0xf6 == 0xf0 && third & 0x3c != 0x3c => Some("audio/aac"),
        [0xff, second, third, ..]
            if second & 0xe0 == 0xe0
                && second & 0x18 != 0x08
                // Layers II and III; layer I looks like a byte order mark of UTF-16.
                && matches!(second & 0x06, 0x02 | 0x04)
                && third & 0xf0 != 0xf0
                && third & 0x0c != 0x0c =>
        {
            Some("audio/mpeg")
        }
        _ => None,
    };
    match () {
        () if at(0, b"RIFF") && at(8, b"WAVE") => Some("audio/wav"),
        () if at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) => Some("audio/aiff"),
        () if at(0, b"OggS") => Some("audio/ogg"),
        () if at(0, b"fLaC") => Some("audio/flac"),
        () if at(0, b"ID3") => Some("audio/mpeg"),
        () if at(4, b"ftyp") => {
            let brand = head.get(8..12).unwrap_or_default();
            (!STILL_IMAGE_BRANDS.contains(&brand)).then_some("audio/mp4")
        }
        () if at(0, b"\x1a\x45\xdf\xa3") => Some("audio/webm"),
        () => mpeg_media_type(head),
    }
}

/// Detects an office document by the folders of its ZIP archive.
fn detect_by_archive(original: &mut (impl Read + Seek)) -> Option<DetectedFormat> {
    let archive = zip::ZipArchive::new(original).ok()?;
    let has = |folder: &str| archive.file_names().any(|name| name.is_ok_and(|name| name.starts_with(folder)));
    if has("word/") {
        Some(detected_format(SourceKind::Docx, DOCX_MEDIA_TYPE))
    } else if has("ppt/") {
        Some(detected_format(SourceKind::Pptx, PPTX_MEDIA_TYPE))
    } else if has("xl/") {
        Some(detected_format(SourceKind::Xlsx, XLSX_MEDIA_TYPE))
    } else {
        None
    }
}

/// Detects the format of text, or `None` for binary data; UTF-16 with a byte order mark is text.
fn detect_by_text(head: &[u8]) -> Option<DetectedFormat> {
    let is_utf16 = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    if head.contains(&0) && !is_utf16 {
        return None;
    }
    let text = String::from_utf8_lossy(head).to_lowercase();
    let start = text.trim_start_matches('\u{feff}').trim_start();
    Some(if start.starts_with("begin:vcalendar") {
        detected_format(SourceKind::Calendar, "text/calendar")
    } else if start.starts_with("<!doctype html") || start.starts_with("<html") {
        detected_format(SourceKind::Html, "text/html")
    } else {
        detected_format(SourceKind::Text, "text/plain")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_goes_before_the_name() {
        let kind = |name: &str, bytes: &[u8]| {
            detect_format(name, &mut std::io::Cursor::new(bytes)).map(|found| found.kind)
        };
        assert_eq!(kind("a.txt", b"%PDF-1.4"), Some(SourceKind::Pdf));
        assert_eq!(kind("page", b"<!DOCTYPE html><p>"), Some(SourceKind::Html));
        assert_eq!(kind("a.md", b"# hello"), Some(SourceKind::Markdown));
        assert_eq!(kind("notes", b"plain"), Some(SourceKind::Text));
        assert_eq!(kind("a.ics", b"BEGIN:VCALENDAR"), Some(SourceKind::Calendar));
        assert_eq!(kind("a.wav", b"RIFF\x24\0\0\0WAVEfmt "), Some(SourceKind::Audio));
        assert_eq!(kind("a.m4a", b"\0\0\0\x20ftypM4A "), Some(SourceKind::Audio));
        assert_eq!(kind("song", b"\xff\xfb\x90\x64\0\0"), Some(SourceKind::Audio));
        assert_eq!(kind("a.webp", b"RIFF\x24\0\0\0WEBPVP8 "), Some(SourceKind::Image));
        assert_eq!(kind("a.txt", b"\xff\xd8\xff\xe0"), Some(SourceKind::Image));
        assert_eq!(kind("photo.heic", b"\0\0\0\x20ftypheic"), None);
        assert_eq!(kind("scan.tif", b"II*\0\x08\0\0\0"), None);
        assert_eq!(kind("a.txt", b"\x7fELF\x02"), None);
        assert_eq!(kind("data.bin", &[1, 0, 2, 0]), None);
        assert_eq!(kind("wide.txt", b"\xff\xfeh\0i\0"), Some(SourceKind::Text));
    }

    /// Kind and media type of a file.
    fn detect(name: &str, bytes: &[u8]) -> Option<(SourceKind, &'static str)> {
        let found = detect_format(name, &mut std::io::Cursor::new(bytes))?;
        Some((found.kind, found.media_type))
    }

    /// ZIP archive with one member.
    fn archive(member: &str) -> Vec<u8> {
        crate::readers::build_package(&[(member, "<a/>")])
    }

    #[test]
    fn an_office_document_is_recognised_by_its_parts_under_any_name() {
        for (member, found) in [
            ("word/document.xml", (SourceKind::Docx, DOCX_MEDIA_TYPE)),
            ("ppt/presentation.xml", (SourceKind::Pptx, PPTX_MEDIA_TYPE)),
            ("xl/workbook.xml", (SourceKind::Xlsx, XLSX_MEDIA_TYPE)),
        ] {
            assert_eq!(detect("download", &archive(member)), Some(found));
        }
        // Another archive is no document, whatever its name says; nor is a damaged one.
        assert_eq!(detect("a.docx", &archive("holiday/1.jpg")), None);
        assert_eq!(detect("a.docx", &archive("word/document.xml")[..40]), None);
    }

    #[test]
    fn the_extension_of_a_text_is_read_in_any_case() {
        for (name, found) in [
            ("A.CSV", (SourceKind::Csv, "text/csv")),
            ("a.b.TSV", (SourceKind::Csv, "text/tab-separated-values")),
            ("README.Markdown", (SourceKind::Markdown, "text/markdown")),
            ("x.ICS", (SourceKind::Calendar, "text/calendar")),
            ("main.rs", (SourceKind::Text, "text/plain")),
            ("csv", (SourceKind::Text, "text/plain")),
        ] {
            assert_eq!(detect(name, b"a,b"), Some(found), "{name}");
        }
        assert_eq!(detect("empty", b""), Some((SourceKind::Text, "text/plain")));
    }

    #[test]
    fn a_text_without_an_extension_is_recognised_behind_a_byte_order_mark() {
        let html = Some((SourceKind::Html, "text/html"));
        assert_eq!(detect("page", b"\xef\xbb\xbf\r\n <HTML lang=de>"), html);
        let calendar = Some((SourceKind::Calendar, "text/calendar"));
        assert_eq!(detect("dates", b"\xef\xbb\xbfbegin:vcalendar\r\n"), calendar);
    }

    #[test]
    fn a_pdf_may_begin_with_other_bytes() {
        // Readers accept the header within the first 1024 bytes (PDF Reference 1.7, appendix H, note 13).
        let pdf = Some((SourceKind::Pdf, "application/pdf"));
        assert_eq!(detect("a", &[&[b'\n'; 1000][..], b"%PDF-1.7"].concat()), pdf);
        assert_eq!(
            detect("a", &[&[b'\n'; 1024][..], b"%PDF-1.7"].concat()),
            Some((SourceKind::Text, "text/plain"))
        );
    }

    #[test]
    fn the_first_bytes_of_sound_decide_among_its_formats() {
        for (bytes, media_type) in [
            (&b"\xff\xf1\x50\x80\x02\x1f"[..], "audio/aac"),
            (b"\xff\xfb\x90\x64", "audio/mpeg"),
            (b"ID3\x04\0\0", "audio/mpeg"),
            (b"OggS\0\x02", "audio/ogg"),
            (b"fLaC\0\0", "audio/flac"),
            (b"FORM\0\0\0\x24AIFCFVER", "audio/aiff"),
            (b"\x1a\x45\xdf\xa3\x9f", "audio/webm"),
            (b"\0\0\0\x18ftypmp42", "audio/mp4"),
        ] {
            assert_eq!(detect("a.txt", bytes), Some((SourceKind::Audio, media_type)));
        }
        // A byte order mark of UTF-16 is no frame of sound.
        assert_eq!(detect("a", b"\xff\xfeF\0r\0"), Some((SourceKind::Text, "text/plain")));
    }
}
