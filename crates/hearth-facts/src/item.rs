//! The items of a text: words, numbers, and finished readings, with their places.

use super::number::{is_separator, negated, shifted};
use super::reading::Reading;

/// What an item of the text is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// Word without digits, in lower case.
    Word {
        /// The word in lower case.
        text: String,
        /// Written with a capital letter at first.
        capital: bool,
    },
    /// Number, whose meaning its neighbours may decide.
    Number(Number),
    /// Finished readings: date, time, code, digits.
    Fixed(Vec<Reading>),
}

/// Number of the text with what its neighbours need to know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Number {
    /// Readings; the first ones are values.
    pub(crate) readings: Vec<Reading>,
    /// Value if it is a whole number without sign and separators.
    pub(crate) plain: Option<u32>,
    /// Digits that were written; 0 for a number word.
    pub(crate) digits: usize,
    /// It is a fraction such as "1/2".
    pub(crate) fraction: bool,
    /// It only satisfies a claim: a word for one, a part of a group.
    pub(crate) offered: bool,
}

impl Number {
    /// Multiplies all values by ten to the power `places` and drops readings as time or date.
    pub(crate) fn scale(&mut self, places: usize) {
        self.map_values(|value| shifted(value, places));
    }

    /// Makes all values negative.
    pub(crate) fn negate(&mut self) {
        self.map_values(negated);
    }

    /// Changes all values; the number no longer is plain.
    fn map_values(&mut self, change: impl Fn(&str) -> String) {
        self.plain = None;
        self.readings.retain(|r| matches!(r, Reading::Number(_)));
        for reading in &mut self.readings {
            if let Reading::Number(value) = reading {
                *value = change(value);
            }
        }
    }
}

/// Part of the text with its place.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// Index of its first character.
    pub(crate) start: usize,
    /// Index after its last character.
    pub(crate) end: usize,
    /// What it is.
    pub(crate) kind: Kind,
}

/// Word item of a range of characters.
pub(crate) fn word(chars: &[char], start: usize, end: usize) -> Item {
    let capital = chars[start..end].first().is_some_and(|c| c.is_uppercase());
    Item { start, end, kind: Kind::Word { text: lower(&chars[start..end]), capital } }
}

/// Characters in lower case.
pub(crate) fn lower(chars: &[char]) -> String {
    chars.iter().flat_map(|c| c.to_lowercase()).collect()
}

/// True if a text is made of digits and number separators only.
pub(crate) fn is_numeric(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || is_separator(c))
}

/// Number from its values.
pub(crate) fn number(values: Vec<String>, negative: bool) -> Number {
    let signed = |v: String| if negative { negated(&v) } else { v };
    Number { readings: values.into_iter().map(|v| Reading::Number(signed(v))).collect(), ..Number::default() }
}
