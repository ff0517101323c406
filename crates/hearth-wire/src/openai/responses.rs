//! Responses with text, as in OpenAI's API (<https://platform.openai.com/docs/api-reference/responses>).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::chat::{Content, null_as_default};
use super::{OpenAiError, StreamOptions};

/// Input of a response: a question, or a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ResponseInput {
    Text(String),
    Items(Vec<InputItem>),
}

impl Default for ResponseInput {
    fn default() -> Self {
        Self::Items(Vec::new())
    }
}

/// A message of the input; items of other types are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InputItem {
    /// `message`, also if left out.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    #[serde(default)]
    pub role: String,
    #[serde(default, deserialize_with = "null_as_default")]
    pub content: Content,
}

/// Form of a response's text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TextOptions {
    #[serde(default)]
    pub format: Option<TextFormat>,
}

/// Form of a response's text: plain, or JSON of a schema.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TextFormat {
    /// `text`, `json_object` or `json_schema`.
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub schema: Value,
}

/// Request of `POST /v1/responses`. The fields from `tools` on are known only to be refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResponsesRequest {
    /// `notebook:ID`, or a model of the language model server.
    pub model: String,
    pub input: ResponseInput,
    #[serde(default)]
    pub instructions: Option<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub stream: bool,
    #[serde(default)]
    pub stream_options: Option<StreamOptions>,
    #[serde(default)]
    pub max_output_tokens: Option<u32>,
    /// 0 to 2.
    #[serde(default)]
    pub temperature: Option<f32>,
    /// 0 to 1.
    #[serde(default)]
    pub top_p: Option<f32>,
    #[serde(default)]
    pub text: Option<TextOptions>,
    /// Keeps the call as a conversation of the notebook, so that `previous_response_id` can continue it; false if left
    /// out.
    #[serde(default)]
    pub store: Option<bool>,
    #[serde(default)]
    pub previous_response_id: Option<String>,
    #[serde(default)]
    pub metadata: Option<Value>,
    #[serde(default)]
    pub tools: Option<Vec<Value>>,
    #[serde(default)]
    pub background: Option<bool>,
    #[serde(default)]
    pub conversation: Option<Value>,
    #[serde(default)]
    pub prompt: Option<Value>,
    #[serde(default)]
    pub top_logprobs: Option<u32>,
}

/// Reference of an answer to a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Annotation {
    /// Always `file_citation`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Id of the source.
    pub file_id: String,
    pub filename: String,
    /// Number of the citation, as in its marker.
    pub index: u32,
    /// Extension by Hearth: the passage that is cited.
    pub quote: String,
}

/// Text of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutputContent {
    /// Always `output_text`.
    #[serde(rename = "type")]
    pub kind: String,
    pub text: String,
    pub annotations: Vec<Annotation>,
    /// Always empty.
    pub logprobs: Vec<Value>,
}

/// The message of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutputItem {
    /// Always `message`.
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
    /// `in_progress`, `completed` or `incomplete`.
    pub status: String,
    /// Always `assistant`.
    pub role: String,
    pub content: Vec<OutputContent>,
}

/// Reason for which a response is incomplete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IncompleteDetails {
    /// Always `max_output_tokens`.
    pub reason: String,
}

/// Parts of the input's tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InputTokenDetails {
    /// Always 0.
    pub cached_tokens: u32,
}

/// Parts of the output's tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutputTokenDetails {
    /// Always 0: reasoning is not counted apart.
    pub reasoning_tokens: u32,
}

/// Token counts of a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResponseUsage {
    pub input_tokens: u32,
    pub input_tokens_details: InputTokenDetails,
    pub output_tokens: u32,
    pub output_tokens_details: OutputTokenDetails,
    pub total_tokens: u32,
}

/// A response, complete or in progress.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Response {
    pub id: String,
    /// Always `response`.
    pub object: String,
    /// Seconds since 1970.
    pub created_at: i64,
    /// `in_progress`, `completed`, `incomplete` or `failed`.
    pub status: String,
    pub error: Option<OpenAiError>,
    pub incomplete_details: Option<IncompleteDetails>,
    pub instructions: Option<String>,
    pub max_output_tokens: Option<u32>,
    pub model: String,
    pub output: Vec<OutputItem>,
    /// Always true.
    pub parallel_tool_calls: bool,
    pub previous_response_id: Option<String>,
    pub store: bool,
    pub temperature: Option<f32>,
    /// Always `auto`.
    pub tool_choice: String,
    /// Always empty.
    pub tools: Vec<Value>,
    pub top_p: Option<f32>,
    pub metadata: Option<Value>,
    pub usage: Option<ResponseUsage>,
}
