//! Turns, as JSON.

use hearth_domain::{
    CharRange, Citation, ConversationId, NotebookId, RefusalReason, TokenUsage, Turn, TurnId, TurnMode,
    TurnRefusal, TurnState, TurnTimings,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::citation::CitationRecord;
use super::source::FailureRecord;
use super::{from_json, to_json};
use crate::StoreError;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TurnRecord {
    id: TurnId,
    notebook_id: NotebookId,
    conversation_id: ConversationId,
    question: String,
    state: TurnState,
    mode: TurnMode,
    answer: String,
    citations: Vec<CitationRecord>,
    unsupported: Vec<CharRange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reasoning: Option<String>,
    passages_used: u32,
    passages_left_out: u32,
    timings: TimingsRecord,
    follow_ups: Vec<String>,
    /// Reason of a refusal; turns of 0.1.0 have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<RefusalReason>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fallback: Option<FailureRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    searched_for: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usage: Option<UsageRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<FailureRecord>,
    created_at: Timestamp,
}

/// Milliseconds from the request to each milestone.
#[derive(Debug, Serialize, Deserialize)]
#[allow(clippy::struct_field_names, reason = "the names are those on disk")]
struct TimingsRecord {
    retrieve_ms: u32,
    first_token_ms: Option<u32>,
    total_ms: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct UsageRecord {
    prompt_tokens: u32,
    answer_tokens: u32,
}

impl From<TokenUsage> for UsageRecord {
    fn from(usage: TokenUsage) -> Self {
        Self { prompt_tokens: usage.prompt_tokens, answer_tokens: usage.answer_tokens }
    }
}

impl From<UsageRecord> for TokenUsage {
    fn from(record: UsageRecord) -> Self {
        Self { prompt_tokens: record.prompt_tokens, answer_tokens: record.answer_tokens }
    }
}

pub(crate) fn encode_turn(turn: &Turn) -> Result<String, StoreError> {
    to_json(&TurnRecord::from(turn))
}

pub(crate) fn decode_turn(text: &str, format: i64) -> Result<Turn, StoreError> {
    from_json::<TurnRecord>(text, format, &[1]).map(Turn::from)
}

impl From<&Turn> for TurnRecord {
    fn from(turn: &Turn) -> Self {
        Self {
            id: turn.id,
            notebook_id: turn.notebook_id,
            conversation_id: turn.conversation_id,
            question: turn.question.clone(),
            state: turn.state,
            mode: turn.mode,
            answer: turn.answer.clone(),
            citations: turn.citations.iter().map(CitationRecord::from).collect(),
            unsupported: turn.unsupported.clone(),
            model: turn.model.clone(),
            reasoning: turn.reasoning.clone(),
            passages_used: turn.passages_used,
            passages_left_out: turn.passages_left_out,
            timings: TimingsRecord {
                retrieve_ms: turn.timings.retrieve_ms,
                first_token_ms: turn.timings.first_token_ms,
                total_ms: turn.timings.total_ms,
            },
            follow_ups: turn.follow_ups.clone(),
            refused: turn.refused.as_ref().map(|refused| refused.reason),
            missing: turn.refused.as_ref().map(|refused| refused.missing.clone()).unwrap_or_default(),
            truncated: turn.truncated,
            fallback: turn.fallback.as_ref().map(FailureRecord::from),
            searched_for: turn.searched_for.clone(),
            usage: turn.usage.map(UsageRecord::from),
            error: turn.error.as_ref().map(FailureRecord::from),
            created_at: turn.created_at,
        }
    }
}

impl From<TurnRecord> for Turn {
    fn from(record: TurnRecord) -> Self {
        Self {
            id: record.id,
            notebook_id: record.notebook_id,
            conversation_id: record.conversation_id,
            question: record.question,
            state: record.state,
            mode: record.mode,
            answer: record.answer,
            citations: record.citations.into_iter().map(Citation::from).collect(),
            unsupported: record.unsupported,
            model: record.model,
            reasoning: record.reasoning,
            passages_used: record.passages_used,
            passages_left_out: record.passages_left_out,
            timings: TurnTimings {
                retrieve_ms: record.timings.retrieve_ms,
                first_token_ms: record.timings.first_token_ms,
                total_ms: record.timings.total_ms,
            },
            follow_ups: record.follow_ups,
            refused: record.refused.map(|reason| TurnRefusal { reason, missing: record.missing }),
            truncated: record.truncated,
            fallback: record.fallback.map(Into::into),
            searched_for: record.searched_for,
            usage: record.usage.map(TokenUsage::from),
            error: record.error.map(Into::into),
            created_at: record.created_at,
        }
    }
}
