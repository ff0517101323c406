//! The language of a text, as far as it is known at a stop.

use std::cell::Cell;

use super::vocabulary::{LanguageIndex, score_languages};

/// Bytes before a stop by which the language is recognised.
const WINDOW_BYTES: usize = 400;

/// Bytes after which the language is looked at anew.
const VALID_BYTES: usize = 100;

/// The language that was given, or else that of the text before a stop: text after it must not change what was found.
pub(super) struct LanguageGuess {
    given: Option<LanguageIndex>,
    /// Where a language was recognised last, and which.
    recognised: Cell<Option<(usize, Option<LanguageIndex>)>>,
}

impl LanguageGuess {
    pub(super) fn new(given: Option<LanguageIndex>) -> Self {
        Self { given, recognised: Cell::new(None) }
    }

    /// The language of a text before the stop at `at`. Stops are asked for in their order.
    pub(super) fn find_language(&self, text: &str, at: usize) -> Option<LanguageIndex> {
        if self.given.is_some() {
            return self.given;
        }
        if let Some((last, language)) = self.recognised.get()
            && at < last + VALID_BYTES
            && (language.is_some() || last >= WINDOW_BYTES)
        {
            return language;
        }
        let from = text.ceil_char_boundary(at.saturating_sub(WINDOW_BYTES));
        let language = recognise_language(&text[from..at]);
        self.recognised.set(Some((at, language)));
        language
    }
}

/// The language with the most function words, or `None` if it is unclear.
fn recognise_language(text: &str) -> Option<LanguageIndex> {
    let scores = score_languages(text);
    let best = (0..scores.len()).max_by_key(|&language| scores[language])?;
    let second =
        (0..scores.len()).filter(|&language| language != best).map(|language| scores[language]).max()?;
    (scores[best] >= 2 && scores[best] > second).then_some(LanguageIndex(best))
}
