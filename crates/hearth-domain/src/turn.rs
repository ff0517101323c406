//! A turn: a question, its answer, and the events that produced the answer.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    CharOffset, CharRange, Citation, ConversationId, Failure, NotebookId, Passage, TokenUsage, TurnId,
};

/// State of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TurnState {
    Running,
    Done,
    Failed,
    Cancelled,
    /// The node stopped before the answer was complete.
    Interrupted,
}

impl TurnState {
    /// The name on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Method of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TurnMode {
    /// A language model writes the answer.
    Chat,
    /// The answer is the sentences that match best, verbatim.
    Extracts,
}

/// Reason for an answer that says that the sources do not answer the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// The sources do not answer the question.
    NotFound,
    /// The notebook has no sources.
    NoSources,
    /// No source is selected.
    NoneSelected,
    /// None of the selected sources has been read yet.
    AllUnready,
}

/// Refusal: the question is not answered from the sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TurnRefusal {
    pub reason: RefusalReason,
    /// Names, codes and numbers of the question that no source has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

impl TurnRefusal {
    /// A refusal for a reason, without missing names.
    pub fn new(reason: RefusalReason) -> Self {
        Self { reason, missing: Vec::new() }
    }
}

/// Requested length of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerLength {
    Short,
    #[default]
    Normal,
    Long,
}

/// Milliseconds from the request to each milestone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TurnTimings {
    pub retrieve_ms: u32,
    pub first_token_ms: Option<u32>,
    pub total_ms: u32,
}

/// A question and its answer, in the present state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Turn {
    pub id: TurnId,
    pub notebook_id: NotebookId,
    pub conversation_id: ConversationId,
    pub question: String,
    pub state: TurnState,
    pub mode: TurnMode,
    /// Markdown without markers.
    pub answer: String,
    pub citations: Vec<Citation>,
    /// Ranges of the answer that no selected source supports.
    pub unsupported: Vec<CharRange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    pub passages_used: u32,
    pub passages_left_out: u32,
    pub timings: TurnTimings,
    pub follow_ups: Vec<String>,
    /// The question is not answered from the sources; `answer` then has the language model's own words for it, if it
    /// wrote any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<TurnRefusal>,
    /// True if the answer was cut off: at its length limit, or because it repeated itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// Reason for which a language model was wanted and extracts were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Failure>,
    /// Question that was searched for, if it differs from the one asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub searched_for: Option<String>,
    /// Tokens of the language model's prompt and answer: counted by its server, or else estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<TokenUsage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    pub created_at: Timestamp,
}

/// A sequence of turns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conversation {
    pub id: ConversationId,
    pub notebook_id: NotebookId,
    pub title: String,
    pub turns: Vec<Turn>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A passage that a turn may cite, with its number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RetrievedHit {
    pub number: u32,
    pub passage: Passage,
    pub source_title: String,
    pub score: f32,
}

/// Step of answering a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum TurnStep {
    /// Passages are searched.
    Searching,
    /// The language model reads the passages.
    Asking { model: String },
    /// The language model is being loaded by its server.
    Loading { model: String },
    /// The answer ended at its length limit.
    Truncated,
}

/// An event of a turn; stored in order, so that a reader may start anywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TurnEvent {
    Progress {
        #[serde(flatten)]
        step: TurnStep,
    },
    Retrieved {
        hits: Vec<RetrievedHit>,
        left_out: u32,
        took_ms: u32,
    },
    /// Reasoning of a thinking model; never cited.
    Reasoning {
        text: String,
    },
    /// Text to append to the answer.
    Text {
        text: String,
    },
    /// All text so far was reasoning: it moves there, and its citations and marks are void.
    Retracted {},
    Citation {
        citation: Box<Citation>,
    },
    Unsupported {
        #[serde(flatten)]
        range: CharRange,
    },
    /// All citations before this offset of the answer have come.
    Checked {
        until: CharOffset,
    },
    Done {
        turn: Box<Turn>,
    },
    Failed {
        error: Failure,
    },
    Cancelled {},
    /// The node stopped before the answer was complete.
    Interrupted {},
}

impl Turn {
    /// Takes back all text so far, which was reasoning.
    pub fn retract_answer(&mut self) {
        let text = std::mem::take(&mut self.answer);
        self.reasoning.get_or_insert_default().push_str(&text);
        self.citations.clear();
        self.unsupported.clear();
    }
}

impl TurnEvent {
    /// The event's name in a stream.
    pub fn event_name(&self) -> &'static str {
        match self {
            Self::Progress { .. } => "progress",
            Self::Retrieved { .. } => "retrieved",
            Self::Reasoning { .. } => "reasoning",
            Self::Text { .. } => "text",
            Self::Retracted {} => "retracted",
            Self::Citation { .. } => "citation",
            Self::Unsupported { .. } => "unsupported",
            Self::Checked { .. } => "checked",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Cancelled {} => "cancelled",
            Self::Interrupted {} => "interrupted",
        }
    }

    /// True if no event follows.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed { .. } | Self::Cancelled {} | Self::Interrupted {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_travels_with_its_parameters() {
        let model = "llama3:8b".to_owned();
        for (step, text) in [
            (TurnStep::Searching, r#"{"type":"progress","step":"searching"}"#),
            (TurnStep::Asking { model }, r#"{"type":"progress","step":"asking","model":"llama3:8b"}"#),
        ] {
            let event = TurnEvent::Progress { step };
            assert_eq!(serde_json::to_string(&event).expect("serialises"), text);
            assert_eq!(serde_json::from_str::<TurnEvent>(text).expect("parses"), event);
        }
    }
}
