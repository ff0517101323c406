//! The contract of a language model: messages in, a stream of text out.

use async_trait::async_trait;
use futures::stream::{self, BoxStream};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    System,
    User,
    Assistant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatMessage {
    pub role: Role,
    pub text: String,
}

/// A model of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatModelInfo {
    pub name: String,
    pub size_bytes: Option<u64>,
    /// Tokens that fit into prompt and answer together, as the server will really use them.
    pub context: Option<u32>,
}

#[derive(Clone, Debug)]
pub struct ChatRequest {
    pub model: String,
    pub messages: Vec<ChatMessage>,
    /// Context to ask the server for, in tokens.
    pub context: u32,
    /// Most tokens of the answer.
    pub max_answer: u32,
    pub temperature: f32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatEvent {
    /// The server is bringing the model into memory.
    Loading,
    Reasoning(String),
    Text(String),
    /// The answer is complete; whether it ran into its length limit.
    Done {
        truncated: bool,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    #[error("no language model server answers at {address}: {reason}")]
    Unreachable { address: String, reason: String },
    #[error("the language model {model} is not installed on the server; get it with `ollama pull {model}`")]
    ModelMissing { model: String },
    #[error("the server ran out of memory: {0}; choose a smaller model or a smaller context")]
    OutOfMemory(String),
    #[error("the language model made no progress for {seconds} s")]
    Stalled { seconds: u64 },
    #[error("the connection to the language model broke off: {0}")]
    Interrupted(String),
    #[error("the language model server refused: {0}")]
    Refused(String),
}

/// A language model server.
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// Where it is.
    fn address(&self) -> String;

    /// The models that it has.
    async fn models(&self) -> Result<Vec<ChatModelInfo>, ChatError>;

    /// The server's version, where it says one.
    async fn version(&self) -> Result<String, ChatError> {
        Err(ChatError::Refused("this kind of server does not say its version".into()))
    }

    /// One model, with its real context.
    async fn describe(&self, model: &str) -> Result<ChatModelInfo, ChatError>;

    /// Has the server bring a model; streams the share that is done. Dropping the stream ends it, and what
    /// came so far is kept.
    fn pull(&self, _model: &str) -> BoxStream<'static, Result<f32, ChatError>> {
        let refused = "this server gets its models by itself; see its own documentation";
        Box::pin(stream::once(async move { Err(ChatError::Refused(refused.into())) }))
    }

    /// Has the server bring a model into memory as it will be used, where it does that; a question will follow.
    async fn warm(&self, _model: &str, _context: u32) -> Result<(), ChatError> {
        Ok(())
    }

    /// Streams an answer. Dropping the stream stops the model.
    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatEvent, ChatError>>;
}
