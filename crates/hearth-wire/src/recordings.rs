//! What is told of recordings besides their text.

use hearth_domain::RevisionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sentence of a recording's text, and when it is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TranscriptLine {
    /// Characters of the text.
    pub start: u32,
    pub end: u32,
    pub start_ms: u64,
    pub end_ms: u64,
    /// Who says it, as a number from 1; none where voices were not told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TranscriptLines {
    pub revision: RevisionId,
    /// None for what is no recording.
    pub lines: Vec<TranscriptLine>,
    /// How loud it is in pieces of the same length, from 0 (silence) to 255; none where that is not known.
    #[serde(default)]
    pub loudness: Vec<u8>,
}
