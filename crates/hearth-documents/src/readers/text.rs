//! Reader of plain text in any encoding.

use encoding_rs::{Encoding, UTF_8};
use hearth_domain::ProblemCode;

use crate::document::{Document, DocumentBuilder, ReadOptions, is_hidden_char};

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
            // Line ends of Unicode (UAX 14, class BK and NL): vertical tab, form feed, next line, separators.
            '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            c if is_hidden_char(c) => {}
            c => out.push(c),
        }
    }
    out
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

    #[test]
    fn utf_16_is_read_in_both_byte_orders() {
        // "é€" is U+00E9 U+20AC; U+1F600 is the surrogate pair D83D DE00.
        let check = |bytes: &[u8]| {
            let document = read_text(bytes, &ReadOptions::default());
            assert_eq!(document.revision.text, "é€😀");
            assert!(document.problems.is_empty());
        };
        check(b"\xfe\xff\x00\xe9\x20\xac\xd8\x3d\xde\x00");
        check(b"\xff\xfe\xe9\x00\xac\x20\x3d\xd8\x00\xde");
    }

    #[test]
    fn every_line_end_of_unicode_becomes_a_line_feed() {
        // Word processors write a vertical tab for a line break within a paragraph, mainframes write "next line".
        let text = "a\rb\r\nc\u{b}d\u{c}e\u{85}f\u{2028}g\u{2029}h\n\r\ni";
        assert_eq!(decode_text(text.as_bytes()).0, "a\nb\nc\nd\ne\nf\ng\nh\n\ni");
    }

    #[test]
    fn bytes_that_cannot_be_decoded_are_a_problem_and_the_rest_is_read() {
        // UTF-16 by its byte order mark, with half of a surrogate pair.
        let document = read_text(b"\xfe\xff\x00a\xd8\x3d\x00b", &ReadOptions::default());
        assert_eq!(document.revision.text, "a\u{fffd}b");
        let codes: Vec<_> = document.problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [ProblemCode::Encoding]);
    }
}
