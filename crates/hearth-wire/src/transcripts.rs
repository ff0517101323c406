//! Times and loudness of recordings.

use hearth_domain::RevisionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sentence of a transcript, with its times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TranscriptLine {
    /// Range of the sentence, in characters of the text.
    pub start: u32,
    pub end: u32,
    pub start_ms: u64,
    pub end_ms: u64,
    /// Number of the speaker, from 1; absent if the speakers were not distinguished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
}

/// The transcript of a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TranscriptLines {
    pub revision: RevisionId,
    /// Sentences in order; empty if the source is not a recording.
    pub lines: Vec<TranscriptLine>,
    /// Loudness of pieces of equal length, from 0 (silence) to 255; empty if unknown.
    #[serde(default)]
    pub loudness: Vec<u8>,
}
