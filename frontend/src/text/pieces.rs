//! A long text divided into pieces that are rendered one by one, so that opening it does not wait for its
//! end.

use std::ops::Range;

use hearth_domain::{CharOffset, CharRange};
use pulldown_cmark::{Event, Parser};

use super::markdown::{LinkTargets, Overlay, PARSER_OPTIONS};

/// Size of a piece in bytes, at least; pieces consist of whole blocks.
const MIN_PIECE_BYTES: usize = 12_000;

/// A run of whole blocks of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    pub bytes: Range<usize>,
    pub chars: CharRange,
}

impl Piece {
    /// Marks within the piece, clipped and relative to its start, as an overlay.
    pub fn clip_marks(&self, marks: &[(usize, CharRange)]) -> Overlay {
        let (from, to) = (self.chars.start.0, self.chars.end.0);
        let inside = marks.iter().filter(|(_, mark)| mark.start.0 < to && mark.end.0 > from);
        let clipped = inside.map(|&(number, mark)| {
            let [start, end] = [mark.start.0, mark.end.0].map(|at| at.clamp(from, to) - from);
            (number, CharRange::new(start, end))
        });
        Overlay { cites: Vec::new(), marks: clipped.collect() }
    }

    /// True if the offset lies within the piece.
    pub fn contains_offset(&self, at: CharOffset) -> bool {
        self.chars.start <= at && at < self.chars.end
    }
}

/// Splits Markdown between blocks; also returns the link targets that any piece may refer to.
pub fn split_markdown(text: &str) -> (Vec<Piece>, LinkTargets) {
    let mut ends = Vec::new();
    let mut depth = 0;
    let parser = Parser::new_ext(text, PARSER_OPTIONS);
    let links = parser.reference_definitions().iter();
    let links = links.map(|(name, link)| (name.to_lowercase(), link.dest.to_string())).collect();
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            ends.push(range.end);
        }
    }
    (split_at_ends(text, ends), links)
}

/// Splits plain text between paragraphs.
pub fn split_plain_text(text: &str) -> Vec<Piece> {
    let ends = text.match_indices("\n\n").map(|(at, found)| at + found.len());
    split_at_ends(text, ends.collect())
}

/// Pieces that end at some of the given bytes (ascending); at least one.
fn split_at_ends(text: &str, ends: Vec<usize>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut from, mut chars_before) = (0, 0);
    for end in ends.into_iter().chain([text.len()]) {
        if end < text.len() && end.saturating_sub(from) < MIN_PIECE_BYTES || end <= from && !pieces.is_empty()
        {
            continue;
        }
        let count = text[from..end].chars().count() as u32;
        pieces.push(Piece { bytes: from..end, chars: CharRange::new(chars_before, chars_before + count) });
        (from, chars_before) = (end, chars_before + count);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::markdown::{parse_markdown, parse_markdown_piece, text_content};

    fn long_text() -> String {
        let paragraph = |n: usize| {
            format!("## Part {n}\n\nÄ sentence of [part][p] {n}. {}\n\n- a\n- b\n", "word ".repeat(300))
        };
        let mut text: String = (0..60).map(|n| paragraph(n) + "\n").collect();
        text.push_str("[p]: https://example.org/p\n");
        text
    }

    #[test]
    fn pieces_are_the_whole_text_and_say_the_same() {
        let text = long_text();
        let (pieces, links) = split_markdown(&text);
        assert!(pieces.len() > 4, "{}", pieces.len());
        let joined: String = pieces.iter().map(|piece| &text[piece.bytes.clone()]).collect();
        assert_eq!(joined, text);
        assert_eq!(pieces.last().unwrap().chars.end.0 as usize, text.chars().count());
        let shown: Vec<_> = pieces
            .iter()
            .flat_map(|piece| {
                parse_markdown_piece(&text[piece.bytes.clone()], &piece.clip_marks(&[]), &links)
            })
            .collect();
        assert_eq!(shown, parse_markdown(&text, &Overlay::default()));
    }

    #[test]
    fn marks_are_lit_in_the_piece_where_they_stand() {
        let text = long_text();
        let (pieces, links) = split_markdown(&text);
        let at = text.find("sentence of [part][p] 41").unwrap();
        let start = text[..at].chars().count() as u32;
        let marks = [(7, CharRange::new(start, start + 8))];
        for piece in &pieces {
            let nodes = parse_markdown_piece(&text[piece.bytes.clone()], &piece.clip_marks(&marks), &links);
            assert_eq!(
                format!("{nodes:?}").contains("Mark(7, \"sentence\")"),
                piece.contains_offset(CharOffset(start))
            );
        }
    }

    #[test]
    fn a_mark_across_two_pieces_is_lit_in_both() {
        let piece = Piece { bytes: 0..0, chars: CharRange::new(10, 20) };
        let marks = [(0, 10), (5, 12), (12, 15), (18, 25), (20, 30), (0, 99)];
        let marks: Vec<_> =
            marks.iter().map(|(start, end)| CharRange::new(*start, *end)).enumerate().collect();
        let expect = [
            (1, CharRange::new(0, 2)),
            (2, CharRange::new(2, 5)),
            (3, CharRange::new(8, 10)),
            (5, CharRange::new(0, 10)),
        ];
        assert_eq!(piece.clip_marks(&marks).marks, expect);
    }

    #[test]
    fn a_block_that_is_longer_than_a_piece_is_not_divided() {
        let line = "let x = 1;\n\n";
        let code = format!("```\n{}```\n", line.repeat(2 * MIN_PIECE_BYTES / line.len()));
        let text = format!("{code}\nAfter.\n");
        let (pieces, _) = split_markdown(&text);
        let shown: Vec<&str> = pieces.iter().map(|piece| text[piece.bytes.clone()].trim()).collect();
        assert_eq!(shown, [code.trim(), "After."]);
    }

    #[test]
    fn pieces_of_plain_text_count_characters() {
        let paragraph = format!("{}\n\n", "ä".repeat(MIN_PIECE_BYTES / 2));
        let pieces = split_plain_text(&paragraph.repeat(2));
        let per_piece = (MIN_PIECE_BYTES / 2 + 2) as u32;
        let chars: Vec<CharRange> = pieces.iter().map(|piece| piece.chars).collect();
        assert_eq!(chars, [CharRange::new(0, per_piece), CharRange::new(per_piece, 2 * per_piece)]);
        assert_eq!(pieces[1].bytes, paragraph.len()..2 * paragraph.len());
    }

    #[test]
    fn plain_and_short_texts() {
        assert_eq!(split_plain_text(""), [Piece { bytes: 0..0, chars: CharRange::new(0, 0) }]);
        assert_eq!(split_markdown("é").0, [Piece { bytes: 0..2, chars: CharRange::new(0, 1) }]);
        let text = format!("{}\n\nb", "a".repeat(MIN_PIECE_BYTES));
        let pieces = split_plain_text(&text);
        assert_eq!(pieces.len(), 2);
        assert_eq!(&text[pieces[1].bytes.clone()], "b");
        assert_eq!(text_content(&parse_markdown(&text, &Overlay::default())).len(), MIN_PIECE_BYTES + 1);
    }
}
