//! The decision if a sentence ends at a stop.
//!
//! It looks at the text before the stop and at the next word alone. Where the next word is needed and runs to the end
//! of the text, the sentence does not end: so the ends found in a prefix stay when text is appended.

use super::following::{Following, is_cjk};
use super::language_guess::LanguageGuess;
use super::stops::{Stop, StopKind};
use super::vocabulary::{
    AbbreviationKind, LanguageIndex, find_abbreviation, is_date_word, is_lettered_noun, is_name_particle,
    is_ordinal_cue,
};
use super::word_before::{WordBefore, has_word};

/// Bytes before a stop in which an opening bracket is looked for.
const BRACKET_WINDOW_BYTES: usize = 600;

/// Words up to a year, as of "W 1955 r.", that are no sentence yet.
const SHORT_WORDS: usize = 3;

/// A stop with the sentence before it.
pub(super) struct Candidate<'t> {
    /// Of the complete text, up to the paragraph's end.
    pub(super) text: &'t str,
    /// Where the sentence begins.
    pub(super) start: usize,
    pub(super) stop: Stop,
    pub(super) language: &'t LanguageGuess,
}

impl Candidate<'_> {
    /// True if the sentence ends at the stop.
    pub(super) fn is_end(&self) -> bool {
        let rest = &self.text[self.stop.end..];
        let is_spaced = rest.starts_with(char::is_whitespace);
        let may_join = match self.stop.kind {
            StopKind::Ideographic => true,
            StopKind::Mark => rest.starts_with(is_cjk) || !self.text[self.stop.marks.clone()].is_ascii(),
            StopKind::Period | StopKind::Ellipsis => false,
        };
        if !is_spaced && (!may_join || is_open_footnote(rest)) {
            return false;
        }
        if !has_word(&self.text[self.start..self.stop.marks.start]) {
            return false;
        }
        let Some(next) = Following::read(rest) else {
            return false;
        };
        if self.is_in_brackets() && !next.is_starter() {
            return false;
        }
        match self.stop.kind {
            StopKind::Ideographic => !(self.closes_corner_quote() && is_hiragana(next.first)),
            _ if next.is_lower => false,
            StopKind::Period if self.closers().chars().all(|c| matches!(c, '*' | '_' | '`')) => {
                self.is_end_of_word(&next)
            }
            _ => true,
        }
    }

    fn closers(&self) -> &str {
        &self.text[self.stop.marks.end..self.stop.end]
    }

    fn closes_corner_quote(&self) -> bool {
        self.closers().ends_with(['」', '』'])
    }

    /// True if the stop stands in brackets that the sentence opened after its beginning, or in a corner quote.
    fn is_in_brackets(&self) -> bool {
        let from = self.text.ceil_char_boundary(self.stop.end.saturating_sub(BRACKET_WINDOW_BYTES));
        let from = from.max(self.start);
        let before = &self.text[from..self.stop.marks.start];
        if self.closers().contains([')', '）', ']'])
            && let Some(open) = before.rfind(['(', '（', '['])
            && !self.closers().starts_with('[')
        {
            return has_word(&self.text[from..from + open]);
        }
        self.stop.kind == StopKind::Ideographic
            && from == self.start
            && self.text[from..self.stop.end].chars().fold(0_i32, |depth, c| match c {
                '「' | '『' => depth + 1,
                '」' | '』' => depth - 1,
                _ => depth,
            }) > 0
    }

    /// True if a sentence ends at a full stop after a word.
    fn is_end_of_word(&self, next: &Following<'_>) -> bool {
        let word = WordBefore::read(self.text, self.start, self.stop.marks.start);
        if word.is_number() {
            return self.is_end_of_number(&word, next);
        }
        if word.is_first && word.is_enumerator() {
            return false;
        }
        let kind = word
            .spellings(self.text, self.start)
            .into_iter()
            .find_map(|spelling| find_abbreviation(&spelling, word.is_capital(), || self.language()));
        if let Some(kind) = kind.filter(|_| !word.is_single_letter() || !word.is_capital()) {
            return match kind {
                AbbreviationKind::Inner if word.follows_number() => next.is_starter(),
                AbbreviationKind::Inner => false,
                AbbreviationKind::Numbered => next.is_starter() || !next.is_label(),
                AbbreviationKind::Open => next.is_starter(),
                AbbreviationKind::Closing => next.is_complete && !is_date_word(&next.lower()),
            };
        }
        if word.is_single_letter() {
            return self.is_end_of_letter(&word, next);
        }
        if word.is_roman_number() && self.language().is_some_and(LanguageIndex::has_ordinals) {
            return next.is_starter();
        }
        if word.looks_abbreviated() { next.is_starter() } else { true }
    }

    /// "am 1. April", "im 3. Stock", "1. 3. 2025", "1. Item": no ends; "in 2020. The": an end.
    fn is_end_of_number(&self, word: &WordBefore<'_>, next: &Following<'_>) -> bool {
        if word.is_first && word.text.len() <= 3
            || word.is_first && word.text.contains('.') && word.text.len() <= 8
        {
            return false;
        }
        if !word.is_ordinal() {
            return true;
        }
        if next.first.is_ascii_digit() {
            let is_year = next.word.len() == 4 && word.previous.ends_with('.');
            return next.is_complete && !next.is_before_period && !is_year;
        }
        if !next.is_complete {
            return false;
        }
        let is_ordinal_cue = is_ordinal_cue(&word.previous.to_lowercase());
        match self.language() {
            Some(language) if !language.has_ordinals() => return true,
            None if !is_ordinal_cue => return !is_date_word(&next.lower()),
            _ => {}
        }
        next.is_starter()
    }

    /// "J. Smith", "z. B.", "1,8 m. Die": initials, parts of abbreviations, units, names of things.
    fn is_end_of_letter(&self, word: &WordBefore<'_>, next: &Following<'_>) -> bool {
        if next.is_letter_before_period() {
            return false;
        }
        let is_upper = word.is_capital();
        let previous = word.previous.to_lowercase();
        if is_upper && is_lettered_noun(&previous) {
            return true;
        }
        if word.follows_number() && word.has_case() {
            // "W 1955 r. Mishima": the year may begin the sentence.
            let is_short = self.text[self.start..word.start()].split_whitespace().nth(SHORT_WORDS).is_none();
            return next.is_complete
                && !next.first.is_ascii_digit()
                && (!is_short || is_upper || next.is_starter());
        }
        if next.first.is_ascii_digit() {
            return false;
        }
        let is_name = is_upper && (word.is_first || word.previous.starts_with(char::is_uppercase));
        next.is_starter() && !(is_name && is_name_particle(&next.lower()))
    }

    fn language(&self) -> Option<LanguageIndex> {
        self.language.find_language(self.text, self.stop.marks.start)
    }
}

/// True for "[1" at the end of the text, which may become a closed footnote number.
fn is_open_footnote(rest: &str) -> bool {
    rest.strip_prefix('[').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_hiragana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}')
}
