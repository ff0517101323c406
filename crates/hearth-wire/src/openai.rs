//! The types of OpenAI's API, as far as Hearth supports it
//! (<https://platform.openai.com/docs/api-reference>). Unknown fields are ignored, because clients send
//! many.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// A model in OpenAI's format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    pub id: String,
    /// Always `model`.
    pub object: String,
    /// Seconds since 1970.
    pub created: i64,
    pub owned_by: String,
    /// Extension by Hearth: the title of a notebook, the name of an embedder.
    pub name: String,
}

/// Response of `GET /v1/models`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelList {
    /// Always `list`.
    pub object: String,
    pub data: Vec<Model>,
}

/// Input of an embedding request, as text or token ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum EmbeddingInput {
    Text(String),
    Texts(Vec<String>),
    Tokens(Vec<u32>),
    TokenLists(Vec<Vec<u32>>),
}

/// Encoding of the vectors in a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EncodingFormat {
    #[default]
    Float,
    Base64,
}

/// Request of `POST /v1/embeddings`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmbeddingRequest {
    pub model: String,
    pub input: EmbeddingInput,
    #[serde(default)]
    pub encoding_format: Option<EncodingFormat>,
    /// Number of leading values to keep, normalised to a unit vector again.
    #[serde(default)]
    pub dimensions: Option<u32>,
}

/// A vector, as numbers or as base64 of little-endian single precision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum EmbeddingValue {
    Numbers(Vec<f32>),
    Base64(String),
}

/// The vector of one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Embedding {
    /// Always `embedding`.
    pub object: String,
    pub index: u32,
    pub embedding: EmbeddingValue,
}

/// Token counts of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    pub prompt_tokens: u32,
    #[serde(default)]
    pub completion_tokens: u32,
    pub total_tokens: u32,
}

/// Response of `POST /v1/embeddings`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EmbeddingList {
    /// Always `list`.
    pub object: String,
    pub data: Vec<Embedding>,
    pub model: String,
    pub usage: Usage,
}

/// Content of a message: text, or parts of which the text ones count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Content {
    Text(String),
    Parts(Vec<ContentPart>),
}

/// One part of a message's content; without text if it is an image or the like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContentPart {
    #[serde(default)]
    pub text: String,
}

impl Default for Content {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

/// Deserialises null as the default.
fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Content {
    /// The text of all parts.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Parts(parts) => parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join("\n"),
        }
    }
}

/// One message of a chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// `system`, `user` or `assistant`.
    pub role: String,
    /// Absent or null in messages that only call tools.
    #[serde(default, deserialize_with = "null_as_default")]
    pub content: Content,
}

/// Request of `POST /v1/chat/completions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChatRequest {
    /// `notebook:ID`.
    pub model: String,
    pub messages: Vec<Message>,
    /// Null is false.
    #[serde(default, deserialize_with = "null_as_default")]
    pub stream: bool,
}

/// The answer, with markers and a list of its sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChatCompletion {
    pub id: String,
    /// `chat.completion`, or `chat.completion.chunk` in a stream.
    pub object: String,
    /// Seconds since 1970.
    pub created: i64,
    pub model: String,
    pub choices: Vec<Choice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// An answer: `message` if it is whole, `delta` in a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    pub index: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<Delta>,
    pub finish_reason: Option<String>,
}

/// The next part of an answer in a stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Delta {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

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

#[cfg(test)]
mod tests;
