//! Transcriptions, as in OpenAI's API.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Format of a transcription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TranscriptionFormat {
    #[default]
    Json,
    Text,
    Srt,
    Vtt,
    VerboseJson,
}

/// Parts of a transcription request's form beside `file`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TranscriptionRequest {
    /// A speech model of this node, or `whisper-1` for the one in use.
    pub model: String,
    /// ISO 639-1 code; detected if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Text that may have come before; its names are spelt the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_format: Option<TranscriptionFormat>,
    /// 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// `word` and `segment`, for `verbose_json`.
    #[serde(default, rename = "timestamp_granularities[]")]
    pub timestamp_granularities: Vec<String>,
}

/// A transcription; fields other than `text` only in `verbose_json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transcription {
    pub text: String,
    /// Always `transcribe`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// English name of the language, in lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segments: Option<Vec<TranscriptionSegment>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Vec<TranscriptionWord>>,
}

/// A segment of a transcription, with its times.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TranscriptionSegment {
    pub id: u32,
    /// Always 0. In OpenAI's API the start of the decoded window, in hundredths of a second.
    pub seek: u64,
    /// Seconds.
    pub start: f64,
    pub end: f64,
    pub text: String,
    /// Always empty: token ids are internal to the model.
    pub tokens: Vec<u32>,
    pub temperature: f32,
    pub avg_logprob: f32,
    /// Length of the text divided by that of its zlib form; far above 2, the text repeats itself.
    pub compression_ratio: f32,
    pub no_speech_prob: f32,
}

/// A word of a transcription, with its times.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TranscriptionWord {
    pub word: String,
    /// Seconds.
    pub start: f64,
    pub end: f64,
}
