//! What can go wrong in a use case.

use hearth_documents::ReadFailure;
use hearth_domain::{ChatError, EmbedError, Failure, TranscribeError};
use hearth_index::IndexError;
use hearth_store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Embed(#[from] EmbedError),
    #[error(transparent)]
    Chat(#[from] ChatError),
    #[error(transparent)]
    Read(#[from] ReadFailure),
    #[error(
        "{0} is of no kind that Hearth reads; it reads PDF, Word, PowerPoint, Excel, HTML, Markdown, text, CSV, calendars, recordings, and pictures as PNG, JPEG, WebP or GIF"
    )]
    Unreadable(String),
    #[error(transparent)]
    Transcribe(#[from] TranscribeError),
    /// A recording could not be read.
    #[error("{}", .0.message)]
    Recording(Failure),
    #[error("{}", .0.message)]
    Download(Failure),
    #[error("{0}")]
    Invalid(String),
    #[error("a background task ended unexpectedly: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl EngineError {
    /// The code of the wire's table.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(StoreError::NotFound(_)) => "NOT_FOUND",
            Self::Store(StoreError::BadBackup(_)) => "INVALID_REQUEST",
            Self::Store(StoreError::Full) => "RESOURCE_EXHAUSTED",
            Self::Index(error) if error.is_full() => "RESOURCE_EXHAUSTED",
            Self::Store(_) | Self::Index(_) | Self::Task(_) => "INTERNAL",
            Self::Embed(EmbedError::Overloaded) => "OVERLOADED",
            Self::Embed(EmbedError::Missing(_)) => "MODEL_NOT_LOADED",
            Self::Embed(EmbedError::Unknown(_)) => "MODEL_NOT_FOUND",
            Self::Embed(EmbedError::Load(_)) => "MODEL_LOAD_FAILED",
            Self::Transcribe(TranscribeError::Missing(_)) => "MODEL_NOT_LOADED",
            Self::Transcribe(TranscribeError::Unknown(_)) => "MODEL_NOT_FOUND",
            Self::Transcribe(TranscribeError::Load(_)) => "MODEL_LOAD_FAILED",
            Self::Transcribe(TranscribeError::Failed(_)) => "INFERENCE_FAILED",
            Self::Recording(failure) => match failure.code.as_str() {
                "UNSUPPORTED_MEDIA" => "UNSUPPORTED_MEDIA",
                "INVALID_REQUEST" => "INVALID_REQUEST",
                "TOO_LARGE" => "TOO_LARGE",
                "RESOURCE_EXHAUSTED" => "RESOURCE_EXHAUSTED",
                _ => "INTERNAL",
            },
            Self::Download(_) => "UPSTREAM_UNAVAILABLE",
            Self::Embed(EmbedError::Inference(_)) => "INFERENCE_FAILED",
            Self::Chat(ChatError::ModelMissing { .. }) => "MODEL_NOT_FOUND",
            Self::Chat(ChatError::OutOfMemory(_)) => "RESOURCE_EXHAUSTED",
            Self::Chat(ChatError::Refused(_)) => "INFERENCE_FAILED",
            Self::Chat(_) => "UPSTREAM_UNAVAILABLE",
            Self::Read(ReadFailure::Refused { code, .. }) if code == "TOO_LARGE" => "TOO_LARGE",
            Self::Read(ReadFailure::Refused { code, .. }) if code == "UNSUPPORTED_MEDIA" => {
                "UNSUPPORTED_MEDIA"
            }
            Self::Read(ReadFailure::Refused { .. }) | Self::Invalid(_) => "INVALID_REQUEST",
            Self::Read(ReadFailure::Limit(_)) => "TOO_LARGE",
            Self::Read(ReadFailure::Crashed | ReadFailure::Unavailable(_)) => "INTERNAL",
            Self::Unreadable(_) => "UNSUPPORTED_MEDIA",
        }
    }

    /// As it is kept with a job or a turn.
    pub fn failure(&self) -> Failure {
        Failure { code: self.code().to_owned(), message: self.to_string() }
    }
}
