//! A turn: a question, its answer, and the events by which the answer came about.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CharRange, Citation, ConversationId, Failure, NotebookId, Passage, TurnId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TurnState {
    Running,
    Done,
    Failed,
    Cancelled,
}

impl TurnState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TurnMode {
    /// A language model writes.
    Chat,
    /// The sentences that answer best, as they stand.
    Extracts,
}

/// How long an answer should be.
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

/// A question and its answer as they are now.
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

/// What happens in a turn, in order; kept with it, so that any reader may start anywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TurnEvent {
    Progress {
        step: String,
        message: String,
    },
    Retrieved {
        hits: Vec<RetrievedHit>,
        left_out: u32,
        took_ms: u32,
    },
    /// What a thinking model thinks; never cited.
    Reasoning {
        text: String,
    },
    /// Appended to the answer.
    Text {
        text: String,
    },
    Citation {
        citation: Box<Citation>,
    },
    Unsupported {
        #[serde(flatten)]
        range: CharRange,
    },
    Done {
        turn: Box<Turn>,
    },
    Failed {
        error: Failure,
    },
    Cancelled {},
}

impl TurnEvent {
    /// The name of the event in a stream.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Progress { .. } => "progress",
            Self::Retrieved { .. } => "retrieved",
            Self::Reasoning { .. } => "reasoning",
            Self::Text { .. } => "text",
            Self::Citation { .. } => "citation",
            Self::Unsupported { .. } => "unsupported",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Cancelled {} => "cancelled",
        }
    }

    /// Whether nothing follows it.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed { .. } | Self::Cancelled {})
    }
}
