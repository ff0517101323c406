//! Answering questions: retrieval, packing, writing by a model or extracting sentences, and the citation of
//! every claim.

mod answer;
mod answer_sentences;
mod answer_strategy;
mod answerability;
mod answering_sentences;
mod asked_sources;
mod attached_turn;
mod chat_answer;
mod chat_model;
mod claim;
mod comparison;
mod contradiction;
mod denial;
mod earlier_passages;
mod evidence;
mod expected_answer;
mod extracts;
mod follow_ups;
mod guides;
mod history;
mod letter_frame;
mod list_items;
mod marked_text;
mod markers;
mod measures;
mod missing_names;
mod newest_first;
mod overview_answers;
mod packing;
mod prompt;
mod prompt_room;
mod quantity;
mod question_codes;
mod question_kind;
mod question_phrases;
mod question_terms;
mod read_aloud;
mod refusal;
mod repetition;
mod retrieval;
mod retrieved_passages;
mod rewriting;
mod running_turn;
mod speakers;
mod standalone_question;
mod structured_reply;
mod table_answers;
mod tables;
mod token_estimate;
mod turn;
mod turn_lifecycle;
mod weekdays;

use hearth_domain::{AnswerLength, ConversationId, SamplingOptions, SourceId, Turn, TurnMode};

pub use attached_turn::AttachedTurn;
pub use marked_text::MarkedText;
pub(crate) use packing::PassageBudget;
pub use read_aloud::ReadAloudSplitter;
pub(crate) use running_turn::RunningTurn;
pub(crate) use standalone_question::strip_search_syntax;
pub use token_estimate::estimate_tokens;

use crate::LibraryError;

/// A question to a notebook.
#[derive(Clone, Debug, Default)]
pub struct AskRequest {
    pub question: String,
    pub conversation: Option<ConversationId>,
    /// Sources to search; the notebook's selection if `None`.
    pub sources: Option<Vec<SourceId>>,
    pub model: Option<String>,
    pub length: AnswerLength,
    /// Mode of the answer; chat if `None` and a model is reachable.
    pub mode: Option<TurnMode>,
    /// Earlier questions and answers, oldest first, if they are in no stored conversation.
    pub history: Vec<Exchange>,
    /// Instructions of the program that asks, which join the rules of a language model's prompt.
    pub instructions: String,
    /// Maximum tokens of a language model's answer; that of the settings if `None`.
    pub max_answer: Option<u32>,
    /// Sampling of a language model's answer; without a temperature, that of the settings.
    pub sampling: SamplingOptions,
}

/// An earlier question and its answer, as they go into a prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    pub question: String,
    pub answer: String,
}

/// Maximum characters of a question, and of the instructions beside it.
const MAX_QUESTION_CHARS: usize = 20_000;

/// Rejects a text of a request that is longer than a question may be; `name` says which one.
pub(crate) fn ensure_length(name: &str, text: &str) -> Result<(), LibraryError> {
    let length = text.chars().count();
    if length <= MAX_QUESTION_CHARS {
        return Ok(());
    }
    Err(LibraryError::Invalid(format!(
        "the {name} has {length} characters, at most {MAX_QUESTION_CHARS} are allowed; shorten it, or add its text as \
         a source"
    )))
}

/// Words for a refusal in a prompt.
const REFUSAL_IN_HISTORY: &str = "I don't find that in your sources.";

impl From<&Turn> for Exchange {
    fn from(turn: &Turn) -> Self {
        let is_refused = turn.refused.is_some() && turn.answer.is_empty();
        let answer = if is_refused { REFUSAL_IN_HISTORY.to_owned() } else { turn.answer.clone() };
        Self { question: turn.question.clone(), answer }
    }
}

/// Settings for answering questions.
#[derive(Clone, Debug)]
pub struct AskSettings {
    /// Chat model to use; the server's first one if empty.
    pub model: String,
    /// Maximum tokens of context.
    pub context: u32,
    pub max_answer: u32,
    pub temperature: f32,
    /// Maximum passages in a prompt.
    pub passages: usize,
    /// True if the model suggests follow-ups.
    pub follow_ups: bool,
    /// True if the model writes a guide of each source.
    pub guides: bool,
}
