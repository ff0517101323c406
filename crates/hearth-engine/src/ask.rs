//! Asking: retrieve, pack, let a model write or extract sentences, and make every claim's
//! citation.

mod agree;
mod align;
mod aloud;
mod answer;
mod answerable;
mod expected;
mod extracts;
mod follow;
mod follow_ups;
mod guides;
mod markers;
mod model;
mod pack;
mod prompt;
mod question;
mod running;
mod speakers;
mod turn;

use hearth_domain::{AnswerLength, ConversationId, SourceId, TurnMode};

pub use aloud::Aloud;
pub use markers::{MarkerFilter, Piece};
pub(crate) use question::plain_words;
pub(crate) use running::RunningTurn;

/// A question to a notebook.
#[derive(Clone, Debug, Default)]
pub struct AskRequest {
    pub question: String,
    pub conversation: Option<ConversationId>,
    /// The notebook's selection unless given.
    pub sources: Option<Vec<SourceId>>,
    pub model: Option<String>,
    pub length: AnswerLength,
    /// Chat where a model is reachable, unless given.
    pub mode: Option<TurnMode>,
    /// What was said before, oldest first, where no conversation of the library says it.
    pub told: Vec<Exchange>,
}

/// A question and its answer, as a model is told of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    pub question: String,
    pub answer: String,
}

/// How questions are answered.
#[derive(Clone, Debug)]
pub struct AskSettings {
    /// The model to use; the server's first one when empty.
    pub model: String,
    /// Tokens of context to use at most.
    pub context: u32,
    pub max_answer: u32,
    pub temperature: f32,
    /// Passages given to the model at most.
    pub passages: usize,
    /// Whether the model is asked what could be asked next.
    pub follow_ups: bool,
    /// Whether the model says what each source is about.
    pub guides: bool,
}
