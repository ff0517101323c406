//! The contract of an embedder: texts in, unit vectors out.

use std::ops::Range;

use async_trait::async_trait;

/// What a text is to an embedder: some models want another prefix for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextRole {
    Query,
    Passage,
}

/// What an embedder is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbedderInfo {
    /// The catalogue's id; vectors of different ids are not comparable.
    pub id: String,
    pub dimensions: usize,
    /// Tokens of one text that are looked at, special ones included.
    pub max_tokens: usize,
    /// ISO 639-1 codes of the languages that it was trained for; empty means any.
    pub languages: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    #[error("the embedder has more work queued than it may; try again in a moment")]
    Overloaded,
    #[error("the embedder {0} is not on this machine yet; get it with `hearth models get {0}`")]
    Missing(String),
    #[error("there is no model {0} in the catalogue; `hearth models` shows it")]
    Unknown(String),
    #[error("the model could not be loaded: {0}")]
    Load(String),
    #[error("embedding failed: {0}")]
    Inference(String),
}

/// Makes vectors of texts.
#[async_trait]
pub trait Embedder: Send + Sync {
    fn info(&self) -> &EmbedderInfo;

    /// Brings the model into memory, if it is not there.
    async fn load(&self) -> Result<(), EmbedError>;

    /// One unit vector of `info().dimensions` values a text, in the order given. Longer texts
    /// are cut at `info().max_tokens`.
    async fn embed(&self, role: TextRole, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError>;
}

/// Says where the tokens of a text are, as byte ranges, without special tokens: for cutting text
/// to an embedder's measure.
pub trait TokenSpans: Send + Sync {
    fn token_spans(&self, text: &str) -> Vec<Range<usize>>;
}
