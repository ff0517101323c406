//! The contract of a chat model: messages in, a stream of text out.

use async_trait::async_trait;
use futures::stream::{self, BoxStream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ErrorCode;

/// Author of a chat message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    System,
    User,
    Assistant,
}

/// One message of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatMessage {
    pub role: Role,
    pub text: String,
}

/// A model that a chat server offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatModelInfo {
    pub name: String,
    pub size_bytes: Option<u64>,
    /// Tokens of prompt and answer together, as the server will really use them; `None` if unknown.
    pub context: Option<u32>,
    /// False if the model is known to be of another kind, such as an embedder.
    pub can_chat: bool,
    /// True if the model is known to reason before it answers.
    pub can_reason: bool,
}

/// Choice of the tokens of an answer; `None` is the server's default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SamplingOptions {
    /// 0 takes the likeliest token.
    pub temperature: Option<f32>,
    pub top_p: Option<f32>,
    pub seed: Option<i64>,
    pub presence_penalty: Option<f32>,
    pub frequency_penalty: Option<f32>,
    /// Texts before which the answer ends.
    pub stop: Vec<String>,
}

impl SamplingOptions {
    /// The server's defaults at a temperature.
    pub fn with_temperature(temperature: f32) -> Self {
        Self { temperature: Some(temperature), ..Self::default() }
    }
}

/// Tokens of a prompt and of its answer, as the server counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenUsage {
    pub prompt_tokens: u32,
    pub answer_tokens: u32,
}

/// Reasoning of a thinking model before an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reasoning {
    /// The model is asked to answer at once.
    Off,
    /// As the model does by itself, in so many tokens beside those of the answer.
    UpTo(u32),
}

impl Reasoning {
    /// Tokens of the reasoning.
    pub fn max_tokens(self) -> u32 {
        match self {
            Self::Off => 0,
            Self::UpTo(tokens) => tokens,
        }
    }
}

/// A request for one answer.
#[derive(Clone, Debug)]
pub struct ChatRequest {
    pub model: String,
    pub messages: Vec<ChatMessage>,
    /// Context to request from the server, in tokens.
    pub context: u32,
    /// Maximum length of the answer, in tokens.
    pub max_answer: u32,
    pub reasoning: Reasoning,
    pub sampling: SamplingOptions,
    /// JSON schema of the answer, which is then one JSON value; text without a form if `None`. A server that cannot
    /// enforce it answers as it can.
    pub schema: Option<Value>,
}

/// An event of an answer's stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatEvent {
    /// The server is loading the model into memory.
    Loading,
    Reasoning(String),
    Text(String),
    /// All text so far was reasoning.
    Retracted,
    /// The model asks for a tool, which it was not offered.
    ToolCall {
        name: String,
    },
    /// The answer is complete; `truncated` if it reached its length limit.
    Done {
        truncated: bool,
        /// `None` if the server does not count.
        usage: Option<TokenUsage>,
    },
}

/// A failure of a language model server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    #[error("the language model server at {address} cannot be reached: {reason}")]
    Unreachable { address: String, reason: String },
    #[error("the language model {model} is not installed on the server; get it with `ollama pull {model}`")]
    ModelMissing { model: String },
    #[error("the server ran out of memory: {0}; choose a smaller model or a smaller context")]
    OutOfMemory(String),
    #[error("the prompt is longer than the language model server takes: {0}")]
    PromptTooLong(String),
    #[error("the language model server is still loading its model; ask again in a moment")]
    Loading,
    #[error(
        "the language model wrote nothing for {seconds} s; if it is only slow, raise chat.patience_seconds in the settings"
    )]
    Stalled { seconds: u64 },
    #[error("the connection to the language model was lost: {0}")]
    Interrupted(String),
    #[error("the language model server refused: {0}")]
    Refused(String),
}

impl ChatError {
    /// Code that callers see.
    pub fn error_code(&self) -> ErrorCode {
        match self {
            Self::ModelMissing { .. } => ErrorCode::ModelNotFound,
            Self::OutOfMemory(_) => ErrorCode::ResourceExhausted,
            Self::Refused(_) | Self::PromptTooLong(_) => ErrorCode::InferenceFailed,
            _ => ErrorCode::UpstreamUnavailable,
        }
    }
}

/// A language model server.
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// The server's address.
    fn address(&self) -> String;

    /// Lists the models of the server.
    async fn list_models(&self) -> Result<Vec<ChatModelInfo>, ChatError>;

    /// The server's version; [`ChatError::Refused`] if this kind of server reports none.
    async fn server_version(&self) -> Result<String, ChatError> {
        Err(ChatError::Refused("this kind of server does not report its version".into()))
    }

    /// Describes one model, with its real context.
    async fn describe_model(&self, model: &str) -> Result<ChatModelInfo, ChatError>;

    /// The first model of the server that can chat, described; `None` if it has none.
    async fn find_chat_model(&self) -> Result<Option<ChatModelInfo>, ChatError> {
        for model in self.list_models().await?.into_iter().filter(|model| model.can_chat) {
            let described = self.describe_model(&model.name).await?;
            if described.can_chat {
                return Ok(Some(described));
            }
        }
        Ok(None)
    }

    /// Has the server download a model; streams the share that is done, 0 to 1. Dropping the stream ends the
    /// download, and the server keeps the part that has arrived.
    fn pull_model(&self, _model: &str) -> BoxStream<'static, Result<f32, ChatError>> {
        let refused = "Hearth cannot download models for this server; see its documentation";
        Box::pin(stream::once(async move { Err(ChatError::Refused(refused.into())) }))
    }

    /// Preloads a model with the context (tokens) of the question that will follow, if the server does that.
    async fn preload_model(&self, _model: &str, _context: u32) -> Result<(), ChatError> {
        Ok(())
    }

    /// Streams an answer. Dropping the stream stops the model.
    fn stream_chat(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatEvent, ChatError>>;
}
