//! A long text in pieces: each is shown by itself, so that opening it does not wait for its end.

use std::ops::Range;

use hearth_domain::{CharOffset, CharRange};
use pulldown_cmark::{Event, Parser};

use super::markdown::{Links, OPTIONS, Overlay};

/// Bytes of a piece at least; whole blocks stand in it.
const LEAST: usize = 12_000;

/// A run of whole blocks of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    pub bytes: Range<usize>,
    pub chars: CharRange,
}

impl Piece {
    /// What of some marks lies in it, counted from its start.
    pub fn overlay(&self, marks: &[(usize, CharRange)]) -> Overlay {
        let (from, to) = (self.chars.start.0, self.chars.end.0);
        let inside = marks.iter().filter(|(_, mark)| mark.start.0 < to && mark.end.0 > from);
        let moved = inside.map(|&(which, mark)| {
            let [start, end] = [mark.start.0, mark.end.0].map(|at| at.clamp(from, to) - from);
            (which, CharRange::new(start, end))
        });
        Overlay { cites: Vec::new(), marks: moved.collect() }
    }

    pub fn holds(&self, at: CharOffset) -> bool {
        self.chars.start <= at && at < self.chars.end
    }
}

/// Cuts Markdown between blocks; says where names lead that stand in one piece and are meant in another.
pub fn of_markdown(text: &str) -> (Vec<Piece>, Links) {
    let mut ends = Vec::new();
    let mut depth = 0;
    let parser = Parser::new_ext(text, OPTIONS);
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
    (cut(text, ends), links)
}

/// Cuts plain text between paragraphs.
pub fn of_plain(text: &str) -> Vec<Piece> {
    let ends = text.match_indices("\n\n").map(|(at, found)| at + found.len());
    cut(text, ends.collect())
}

/// Pieces that end at some of the given bytes, which ascend; there is one at least.
fn cut(text: &str, ends: Vec<usize>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut from, mut counted) = (0, 0);
    for end in ends.into_iter().chain([text.len()]) {
        if end < text.len() && end.saturating_sub(from) < LEAST || end <= from && !pieces.is_empty() {
            continue;
        }
        let count = text[from..end].chars().count() as u32;
        pieces.push(Piece { bytes: from..end, chars: CharRange::new(counted, counted + count) });
        (from, counted) = (end, counted + count);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::markdown::{markdown, markdown_of, plain_text};

    fn long() -> String {
        let paragraph = |n: usize| {
            format!("## Part {n}\n\nÄ sentence of [part][p] {n}. {}\n\n- a\n- b\n", "word ".repeat(300))
        };
        let mut text: String = (0..60).map(|n| paragraph(n) + "\n").collect();
        text.push_str("[p]: https://example.org/p\n");
        text
    }

    #[test]
    fn pieces_are_the_whole_text_and_say_the_same() {
        let text = long();
        let (pieces, links) = of_markdown(&text);
        assert!(pieces.len() > 4, "{}", pieces.len());
        let joined: String = pieces.iter().map(|piece| &text[piece.bytes.clone()]).collect();
        assert_eq!(joined, text);
        assert_eq!(pieces.last().unwrap().chars.end.0 as usize, text.chars().count());
        let shown: Vec<_> = pieces
            .iter()
            .flat_map(|piece| markdown_of(&text[piece.bytes.clone()], &piece.overlay(&[]), &links))
            .collect();
        assert_eq!(shown, markdown(&text, &Overlay::default()));
    }

    #[test]
    fn marks_are_lit_in_the_piece_where_they_stand() {
        let text = long();
        let (pieces, links) = of_markdown(&text);
        let at = text.find("sentence of [part][p] 41").unwrap();
        let start = text[..at].chars().count() as u32;
        let marks = [(7, CharRange::new(start, start + 8))];
        for piece in &pieces {
            let nodes = markdown_of(&text[piece.bytes.clone()], &piece.overlay(&marks), &links);
            assert_eq!(
                format!("{nodes:?}").contains("Mark(7, \"sentence\")"),
                piece.holds(CharOffset(start))
            );
        }
    }

    #[test]
    fn plain_and_short_texts() {
        assert_eq!(of_plain(""), [Piece { bytes: 0..0, chars: CharRange::new(0, 0) }]);
        assert_eq!(of_markdown("é").0, [Piece { bytes: 0..2, chars: CharRange::new(0, 1) }]);
        let text = format!("{}\n\nb", "a".repeat(LEAST));
        let pieces = of_plain(&text);
        assert_eq!(pieces.len(), 2);
        assert_eq!(&text[pieces[1].bytes.clone()], "b");
        assert_eq!(plain_text(&markdown(&text, &Overlay::default())).len(), LEAST + 1);
    }
}
