//! The contract of an embedder: texts in, unit vectors out.

use std::ops::Range;

use async_trait::async_trait;

use crate::ErrorCode;

/// Role of a text for an embedder: some models want a different prefix for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextRole {
    Query,
    Passage,
}

/// Properties of an embedder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbedderInfo {
    /// The catalogue's id; vectors of different ids are not comparable.
    pub id: String,
    pub dimensions: usize,
    /// Maximum tokens of one text, special ones included; the rest is ignored.
    pub max_tokens: usize,
    /// ISO 639-1 codes of the languages that the model was trained for; empty means any.
    pub languages: Vec<String>,
}

/// A failure of an embedder.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    #[error("too many requests are waiting for the search model; try again in a moment")]
    Overloaded,
    #[error("the search model {0} is not on this machine yet; get it with `hearth models get {0}`")]
    Missing(String),
    #[error("there is no model {0} in the catalogue; list the models with `hearth models`")]
    Unknown(String),
    #[error("the search model could not be loaded: {0}")]
    Load(String),
    #[error("embedding failed: {0}")]
    Inference(String),
    #[error("the search model at {address} cannot be reached: {reason}")]
    Unreachable { address: String, reason: String },
}

impl EmbedError {
    /// Code that callers see.
    pub fn error_code(&self) -> ErrorCode {
        match self {
            Self::Overloaded => ErrorCode::Overloaded,
            Self::Missing(_) => ErrorCode::ModelNotLoaded,
            Self::Unknown(_) => ErrorCode::ModelNotFound,
            Self::Load(_) => ErrorCode::ModelLoadFailed,
            Self::Inference(_) => ErrorCode::InferenceFailed,
            Self::Unreachable { .. } => ErrorCode::UpstreamUnavailable,
        }
    }
}

/// An embedding model: texts in, vectors out.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// Id, dimensions, limits and languages.
    fn info(&self) -> &EmbedderInfo;

    /// Loads the model into memory unless it is there.
    async fn load(&self) -> Result<(), EmbedError>;

    /// One unit vector of `info().dimensions` values per text, in the given order. Longer texts are cut at
    /// `info().max_tokens`.
    async fn embed(&self, role: TextRole, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError>;
}

/// A tokenizer, as far as cutting text to an embedder's measure needs it.
pub trait TokenSpans: Send + Sync {
    /// Byte ranges of a text's tokens, without special tokens.
    fn token_spans(&self, text: &str) -> Vec<Range<usize>>;
}
