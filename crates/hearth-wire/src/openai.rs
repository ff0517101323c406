//! The types of OpenAI's API, as far as Hearth supports it
//! (<https://platform.openai.com/docs/api-reference>). Unknown fields are ignored, because clients send
//! many.

mod audio;
mod chat;
mod responses;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, ErrorCode, http_status};

pub use audio::{
    Transcription, TranscriptionFormat, TranscriptionRequest, TranscriptionSegment, TranscriptionWord,
};
pub use chat::{
    ChatCompletion, ChatRequest, Choice, Content, ContentPart, Delta, JsonSchemaFormat, Message,
    ResponseFormat, Stop, StreamOptions,
};
pub use responses::{
    Annotation, IncompleteDetails, InputItem, InputTokenDetails, OutputContent, OutputItem,
    OutputTokenDetails, Response, ResponseInput, ResponseUsage, ResponsesRequest, TextFormat, TextOptions,
};

/// Prefix of the paths of these operations, whose errors have OpenAI's form.
pub const OPENAI_PATH_PREFIX: &str = "/v1/";

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
    /// Extension of TEI: cuts inputs that are longer than the model reads, instead of refusing them.
    #[serde(default)]
    pub truncate: Option<bool>,
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

/// An error in OpenAI's form; `code` is one of Hearth's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpenAiError {
    pub message: String,
    /// Kind of the error, such as `invalid_request_error`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Field of the request that is at fault, such as `messages[0].content`.
    pub param: Option<String>,
    pub code: ErrorCode,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub request_id: String,
}

/// The body of a failed response of the OpenAI-compatible operations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpenAiErrorBody {
    pub error: OpenAiError,
}

/// Name of an [`ApiError`]'s detail that names the field at fault.
const PARAM_DETAIL: &str = "param";

impl ApiError {
    /// Names the field of the request that is at fault.
    #[must_use]
    pub fn with_param(mut self, param: &str) -> Self {
        self.details = serde_json::json!({PARAM_DETAIL: param});
        self
    }
}

impl From<&ApiError> for OpenAiError {
    fn from(error: &ApiError) -> Self {
        let kind = match http_status(error.code) {
            401 => "authentication_error",
            403 => "permission_error",
            429 => "rate_limit_error",
            400..500 => "invalid_request_error",
            _ => "server_error",
        };
        Self {
            message: error.message.clone(),
            kind: kind.to_owned(),
            param: error.details[PARAM_DETAIL].as_str().map(str::to_owned),
            code: error.code,
            request_id: error.request_id.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
