//! The word before a full stop.

use std::ops::Range;

/// Longest word that is looked at.
const MAX_WORD_BYTES: usize = 64;

/// Units that have no vowel and are no abbreviations with a full stop.
const UNITS: &[&str] = &[
    "kg", "mg", "cm", "mm", "km", "dm", "nm", "ml", "cl", "dl", "hl", "kw", "kwh", "mw", "mwh", "gb", "mb",
    "kb", "tb", "hz", "khz", "mhz", "ghz", "db", "kv", "kn", "km/h", "ms", "sms", "tv", "mp", "pvc", "html",
    "pdf", "psst", "hmm", "pst", "мм", "см", "км", "кг", "квт",
];

/// The word before a full stop, without the stop and without opening quotes.
pub(super) struct WordBefore<'t> {
    pub(super) text: &'t str,
    /// The word before it in the sentence, with its punctuation, or "".
    pub(super) previous: &'t str,
    /// True if it is the sentence's first.
    pub(super) is_first: bool,
    range: Range<usize>,
}

impl<'t> WordBefore<'t> {
    /// Reads the word that ends at `end`, in the sentence from `start` on.
    pub(super) fn read(text: &'t str, start: usize, end: usize) -> Self {
        let range = word_range(text, start, end);
        let before = text[start..range.start].trim_end_matches(is_space_or_opener);
        let previous = &text[word_range(text, start, start + before.len())];
        Self { text: &text[range.clone()], previous, is_first: !has_word(before), range }
    }

    pub(super) fn start(&self) -> usize {
        self.range.start
    }

    pub(super) fn is_capital(&self) -> bool {
        self.text.starts_with(char::is_uppercase)
    }

    /// True in scripts with capital letters.
    pub(super) fn has_case(&self) -> bool {
        self.text.starts_with(|c: char| c.is_uppercase() || c.is_lowercase())
    }

    pub(super) fn is_number(&self) -> bool {
        self.text.starts_with(|c: char| c.is_ascii_digit())
            && self
                .text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'/' | b':'))
    }

    /// True for "3" and "31.12", false for "2020" and "3,5".
    pub(super) fn is_ordinal(&self) -> bool {
        self.text.split('.').count() <= 2
            && self.text.split('.').all(|digits| {
                (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
            })
    }

    pub(super) fn follows_number(&self) -> bool {
        self.previous.starts_with(|c: char| c.is_ascii_digit()) && !self.previous.ends_with('.')
    }

    pub(super) fn is_single_letter(&self) -> bool {
        let mut chars = self.text.chars();
        chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
    }

    pub(super) fn is_roman_number(&self) -> bool {
        !self.text.is_empty()
            && self.text.bytes().all(|byte| matches!(byte, b'I' | b'V' | b'X' | b'L' | b'C'))
    }

    /// True for what numbers a paragraph: "a", "IV", "B".
    pub(super) fn is_enumerator(&self) -> bool {
        self.is_roman_number() || self.is_single_letter() && self.text.is_ascii()
    }

    /// True for "U.S", "S.p.A" and words without a vowel: "Hptm".
    pub(super) fn looks_abbreviated(&self) -> bool {
        if self.text.contains('.') {
            return self.text.split('.').all(|part| part.chars().count() <= 2 && !part.is_empty())
                && self.text.chars().all(|c| c.is_alphabetic() || c == '.');
        }
        let mut chars = self.text.chars();
        let has_capitals = chars.next().is_some_and(char::is_uppercase) && chars.any(char::is_uppercase);
        (2..=5).contains(&self.text.len())
            && !has_capitals
            && !self.follows_number()
            && self.text.bytes().all(|byte| byte.is_ascii_alphabetic())
            && !self.text.to_lowercase().contains(['a', 'e', 'i', 'o', 'u', 'y'])
            && !UNITS.contains(&self.text.to_lowercase().as_str())
    }

    /// What to look up in the tables, in lower case, the longest first: "z.b" of "z. B", then "b"; "art" of "l'art";
    /// "nr" of "Bestell-Nr".
    pub(super) fn spellings(&self, text: &str, start: usize) -> Vec<String> {
        let lower = self.text.to_lowercase();
        let mut spellings = Vec::new();
        if lower.chars().nth(3).is_none() {
            let mut joined = lower.clone();
            let mut range = self.range.clone();
            while let Some(previous) = part_before(text, start, range.start) {
                joined = format!("{}.{joined}", text[previous.clone()].to_lowercase());
                spellings.insert(0, joined.clone());
                range = previous;
                if spellings.len() == 3 {
                    break;
                }
            }
        }
        let tail =
            lower.rsplit(['\'', '’', '-']).next().filter(|tail| tail.len() < lower.len()).map(str::to_owned);
        // "Hauptstr".
        let street = lower.ends_with("str").then(|| "str".to_owned());
        spellings.push(lower);
        spellings.extend(street);
        spellings.extend(tail);
        spellings
    }
}

/// True if a letter or digit is among the last characters of a text.
pub(super) fn has_word(text: &str) -> bool {
    text.chars().rev().take(MAX_WORD_BYTES).any(char::is_alphanumeric)
}

/// The one or two letters with a full stop before the word at `at`.
fn part_before(text: &str, start: usize, at: usize) -> Option<Range<usize>> {
    let before = text[start..at].trim_end();
    let end = start + before.strip_suffix('.')?.len();
    let range = word_range(text, start, end);
    let part = &text[range.clone()];
    let is_short = !part.is_empty() && part.chars().nth(2).is_none() && part.chars().all(char::is_alphabetic);
    (is_short && range.end == end).then_some(range)
}

/// Range of the word that ends at `end`, not before `start`.
fn word_range(text: &str, start: usize, end: usize) -> Range<usize> {
    let from = text.ceil_char_boundary(end.saturating_sub(MAX_WORD_BYTES).max(start));
    let begin =
        text[from..end].rfind(is_space_or_opener).map_or(from, |at| text.ceil_char_boundary(from + at + 1));
    begin..end
}

fn is_space_or_opener(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '(' | '[' | '"' | '“' | '„' | '«' | '»' | '‚' | '‘' | '*' | '_' | '~' | '–' | '—')
}
