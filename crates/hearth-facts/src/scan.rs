//! A text as items, and the gaps between them.

use super::item::{Item, Kind, Number};
use super::normal::is_space;
use super::reading::Fact;

/// Items of a text with their places.
pub(crate) struct Scan<'a> {
    /// Normalised text.
    pub(crate) chars: &'a [char],
    /// Items in order.
    pub(crate) items: &'a [Item],
    /// ISO 639-1 code of the language.
    pub(crate) language: Option<&'a str>,
}

/// Facts that begin at an item, and the index of the item after them.
pub(crate) type Found = (usize, Vec<Fact>);

impl Scan<'_> {
    /// Characters between an item and the next; a mark that nothing allows if they overlap or at the end.
    pub(crate) fn gap(&self, index: usize) -> &[char] {
        let range = match (self.items.get(index), self.items.get(index + 1)) {
            (Some(a), Some(b)) => self.chars.get(a.end..b.start),
            _ => None,
        };
        range.unwrap_or(&['\0'])
    }

    /// True if the characters after an item are white space and the allowed marks, at most four.
    pub(crate) fn gap_has_only(&self, index: usize, marks: &str) -> bool {
        let gap = self.gap(index);
        gap.len() <= 4 && gap.iter().all(|c| is_space(*c) || marks.contains(*c))
    }

    /// True if only white space stands after an item.
    pub(crate) fn is_spaced(&self, index: usize) -> bool {
        self.gap_has_only(index, "")
    }

    /// Word at an index; empty if there is none.
    pub(crate) fn word(&self, index: usize) -> &str {
        match self.items.get(index).map(|item| &item.kind) {
            Some(Kind::Word { text, .. }) => text,
            _ => "",
        }
    }

    /// Number at an index.
    pub(crate) fn number(&self, index: usize) -> Option<&Number> {
        match self.items.get(index).map(|item| &item.kind) {
            Some(Kind::Number(number)) => Some(number),
            _ => None,
        }
    }

    /// Index of the number after a range sign or a word such as "to" or "and".
    pub(crate) fn range_end(&self, index: usize) -> Option<usize> {
        let marked = self.gap(index).iter().any(|c| matches!(c, '-' | '–' | ',' | '&'));
        if marked && self.gap_has_only(index, "-–,.&") {
            return Some(index + 1);
        }
        let word = matches!(
            self.word(index + 1),
            "to" | "and"
                | "until"
                | "till"
                | "bis"
                | "auf"
                | "und"
                | "à"
                | "au"
                | "et"
                | "a"
                | "al"
                | "y"
                | "e"
                | "tot"
                | "en"
                | "or"
                | "oder"
                | "ou"
                | "o"
                | "til"
                | "og"
                | "до"
                | "и"
                | "do"
        );
        let article =
            matches!(self.word(index + 2), "the" | "den" | "dem" | "zum" | "le" | "el" | "il" | "de");
        let end = index + 2 + usize::from(article && self.is_spaced(index + 2));
        (word && self.gap_has_only(index, ".") && self.is_spaced(index + 1)).then_some(end)
    }
}

/// Fact of a number.
pub(crate) fn fact(number: &Number) -> Fact {
    Fact { readings: number.readings.clone(), required: !number.offered }
}
