//! What must become of a stream, and the counts of what became of all.

use serde::{Deserialize, Serialize};

/// The turn that must come of a stream.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ExpectedOutcome {
    /// The text that must remain; `None`: not compared.
    pub(super) answer: Option<String>,
    /// Regular expression: another text that matches it is right too.
    pub(super) said: Option<String>,
    /// Texts that must not be in the answer.
    pub(super) never: Vec<String>,
    pub(super) cited: Vec<ExpectedCitation>,
    /// True if any other citation of the cited sentences is wrong.
    pub(super) exact: bool,
    /// Sentences that no document supports.
    pub(super) uncited: Vec<String>,
    /// Sentences that claim nothing.
    pub(super) silent: Vec<String>,
    pub(super) silent_uncited: bool,
    pub(super) state: Option<String>,
    /// Regular expression for what the turn must say about itself.
    pub(super) error: Option<String>,
    pub(super) reasoning: Option<String>,
    /// `false` if the model need not be asked.
    pub(super) asked: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct ExpectedCitation {
    pub(super) sentence: String,
    pub(super) quote: String,
}

/// Counts over all streams; citations are `kept`, `lost` (the sentence has none) or `wrong`.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct StreamFigures {
    pub(super) streams: usize,
    pub(super) asked: usize,
    pub(super) text_right: usize,
    pub(super) text_checked: usize,
    pub(super) cited_expected: usize,
    pub(super) kept: usize,
    pub(super) lost: usize,
    pub(super) wrong: usize,
    pub(super) uncited_expected: usize,
    pub(super) unsupported_right: usize,
    pub(super) state_right: usize,
    pub(super) all_right: usize,
}
