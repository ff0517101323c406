//! Offsets into a text, counted in Unicode scalar values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A position in a text: the number of Unicode scalar values before it. Not a byte index.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct CharOffset(pub u32);

/// A half-open range of Unicode scalar values, `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct CharRange {
    pub start: CharOffset,
    pub end: CharOffset,
}

impl CharRange {
    /// The range `start..end`; an inverted one becomes empty at `start`.
    pub fn new(start: u32, end: u32) -> Self {
        Self { start: CharOffset(start), end: CharOffset(end.max(start)) }
    }

    /// Length in characters.
    pub fn len(self) -> u32 {
        self.end.0 - self.start.0
    }

    /// True if the range holds no character.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// True if the two ranges share at least one character.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The common part, or `None` if there is none.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let start = self.start.max(other.start);
        let end = self.end.min(other.end);
        (start < end).then_some(Self { start, end })
    }

    /// This range moved to the right by `by` characters.
    #[must_use]
    pub fn shifted_by(self, by: u32) -> Self {
        Self::new(self.start.0 + by, self.end.0 + by)
    }

    /// The characters of `text` in this range, or `None` if it reaches past the end.
    pub fn slice(self, text: &str) -> Option<&str> {
        TextIndex::new(text).slice(self)
    }
}

/// Distance between two stored byte positions, in characters.
const CHARS_PER_MARK: usize = 128;

/// Index of one text: finds byte positions of character offsets without walking from the start.
#[derive(Clone, Debug)]
pub struct TextIndex<'a> {
    text: &'a str,
    /// Byte positions of characters 0, CHARS_PER_MARK, 2·CHARS_PER_MARK, …
    marks: Vec<usize>,
    chars: usize,
}

impl<'a> TextIndex<'a> {
    /// Builds the index in one pass over the text.
    pub fn new(text: &'a str) -> Self {
        let mut marks = Vec::with_capacity(text.len() / CHARS_PER_MARK + 1);
        let mut chars = 0;
        for (byte, _) in text.char_indices() {
            if chars % CHARS_PER_MARK == 0 {
                marks.push(byte);
            }
            chars += 1;
        }
        if chars % CHARS_PER_MARK == 0 {
            marks.push(text.len());
        }
        Self { text, marks, chars }
    }

    /// Length of the text in characters.
    pub fn len(&self) -> u32 {
        self.chars as u32
    }

    /// True if the text is empty.
    pub fn is_empty(&self) -> bool {
        self.chars == 0
    }

    /// The byte position of a character offset, or `None` past the end.
    pub fn byte_offset(&self, offset: CharOffset) -> Option<usize> {
        let offset = offset.0 as usize;
        if offset > self.chars {
            return None;
        }
        let mark = self.marks[offset / CHARS_PER_MARK];
        let rest = offset % CHARS_PER_MARK;
        Some(self.text[mark..].char_indices().nth(rest).map_or(self.text.len(), |(byte, _)| mark + byte))
    }

    /// The character offset at or before a byte position.
    pub fn char_offset(&self, byte: usize) -> CharOffset {
        let slot = self.marks.partition_point(|&mark| mark <= byte).max(1) - 1;
        let start = self.marks.get(slot).copied().unwrap_or(0);
        let inside =
            self.text[start..].char_indices().take_while(|(at, c)| start + at + c.len_utf8() <= byte).count();
        CharOffset((slot * CHARS_PER_MARK + inside) as u32)
    }

    /// The characters in `range`, or `None` if it reaches past the end.
    pub fn slice(&self, range: CharRange) -> Option<&'a str> {
        let start = self.byte_offset(range.start)?;
        let end = self.byte_offset(range.end)?;
        self.text.get(start..end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_byte_within_a_character_belongs_to_that_character() {
        let index = TextIndex::new("aé𝄞b");
        let offsets: Vec<u32> = (0..=8).map(|byte| index.char_offset(byte).0).collect();
        // Bytes: a 0, é 1 to 2, 𝄞 3 to 6, b 7, end 8.
        assert_eq!(offsets, [0, 1, 1, 2, 2, 2, 2, 3, 4]);
    }

    #[test]
    fn ranges_that_only_touch_share_nothing() {
        let range = CharRange::new(3, 6);
        assert!(!range.overlaps(CharRange::new(6, 9)) && !range.overlaps(CharRange::new(0, 3)));
        assert_eq!(range.intersection(CharRange::new(6, 9)), None);
        assert_eq!(range.intersection(CharRange::new(0, 4)), Some(CharRange::new(3, 4)));
        assert_eq!(CharRange::new(6, 3), CharRange::new(6, 6), "an inverted range is empty");
        assert_eq!(CharRange::new(3, 6).shifted_by(4), CharRange::new(7, 10));
    }

    proptest! {
        #[test]
        fn index_agrees_with_walking(text in ".{0,400}", from in 0u32..400, len in 0u32..400) {
            let index = TextIndex::new(&text);
            let chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(index.len() as usize, chars.len());
            let range = CharRange::new(from, from + len);
            let expect = chars
                .get(from as usize..(from + len) as usize)
                .map(|part| part.iter().collect::<String>());
            prop_assert_eq!(range.slice(&text).map(str::to_owned), expect);
            if let Some(byte) = index.byte_offset(CharOffset(from)) {
                prop_assert_eq!(index.char_offset(byte), CharOffset(from));
            }
        }
    }
}
