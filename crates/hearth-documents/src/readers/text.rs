//! Reader of plain text in any encoding.

use encoding_rs::{Encoding, UTF_8};
use hearth_domain::ProblemCode;

use crate::document::{Document, DocumentBuilder, ReadOptions};

/// Decodes bytes by their byte order mark, as UTF-8 if valid, else by encoding detection, and sanitises the
/// text. The flag is true if bytes had to be replaced.
pub(super) fn decode_text(bytes: &[u8]) -> (String, bool) {
    let (text, had_errors) = if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        let (text, _, had_errors) = encoding.decode(bytes);
        (text, had_errors)
    } else if let Ok(text) = std::str::from_utf8(bytes) {
        (text.into(), false)
    } else {
        let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
        detector.feed(bytes, true);
        let encoding = detector.guess(None, chardetng::Utf8Detection::Allow);
        let (text, had_errors) = if encoding == UTF_8 {
            let (text, _, had_errors) = UTF_8.decode(bytes);
            (text, had_errors)
        } else {
            encoding.decode_without_bom_handling(bytes)
        };
        (text, had_errors)
    };
    (sanitise_text(&text), had_errors)
}

/// Text with line feeds as its only line ends, without control characters and invisible characters.
fn sanitise_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\u{c}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || is_invisible(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// True for direction overrides, byte order marks and tag characters: they show nothing and can hide
/// instructions.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

/// Reads plain text; bytes of no known encoding record a problem.
pub(super) fn read_text(bytes: &[u8], options: &ReadOptions) -> Document {
    let (text, had_errors) = decode_text(bytes);
    let mut builder = DocumentBuilder::new(options);
    if had_errors {
        builder.add_problem(ProblemCode::Encoding, "some characters could not be decoded", None);
    }
    builder.push_text(text.trim_end());
    builder.finish(None, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_recognised() {
        let check = |bytes: &[u8], expected: &str| {
            assert_eq!(read_text(bytes, &ReadOptions::default()).revision.text, expected);
        };
        check("naïve\r\ntext".as_bytes(), "naïve\ntext");
        check(b"\xff\xfeh\0\xe9\0", "hé");
        check("\u{feff}mark".as_bytes(), "mark");
        let latin = "Die Größe der Straße wird überprüft und für gut befunden. Schöne Grüße aus München.";
        check(&encoding_rs::WINDOWS_1252.encode(latin).0, latin);
        check("a\u{202e}b\u{7}c".as_bytes(), "abc");
    }
}
