//! Errors of use cases.

use hearth_documents::ReadFailure;
use hearth_domain::{ChatError, EmbedError, ErrorCode, Failure, TranscribeError};
use hearth_index::IndexError;
use hearth_store::StoreError;

/// Error of a use case.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
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
        "Hearth cannot read the file type of {0}; it reads PDF, Word, PowerPoint, Excel, HTML, Markdown, text, CSV, calendars, recordings, and pictures as PNG, JPEG, WebP or GIF"
    )]
    Unreadable(String),
    #[error(transparent)]
    Transcribe(#[from] TranscribeError),
    /// A recording that could not be read.
    #[error("{}", .0.message)]
    Recording(Failure),
    #[error("{0}")]
    Invalid(String),
    /// The state of the item does not allow the request.
    #[error("{0}")]
    Conflict(String),
    #[error("{0}")]
    Overloaded(String),
    /// Sources of this kind cannot do that.
    #[error("{0}")]
    Unsupported(String),
    #[error("a background task ended unexpectedly: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl From<std::io::Error> for LibraryError {
    fn from(error: std::io::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl LibraryError {
    /// Error code of the wire's table.
    pub fn error_code(&self) -> ErrorCode {
        match self {
            Self::Store(StoreError::NotFound(_)) => ErrorCode::NotFound,
            Self::Store(StoreError::BadBackup(_)) => ErrorCode::InvalidRequest,
            Self::Store(StoreError::DiskFull) => ErrorCode::ResourceExhausted,
            Self::Index(error) if error.is_disk_full() => ErrorCode::ResourceExhausted,
            Self::Store(_) | Self::Index(_) | Self::Task(_) => ErrorCode::Internal,
            Self::Embed(error) => error.error_code(),
            Self::Chat(error) => error.error_code(),
            Self::Transcribe(error) => error.error_code(),
            Self::Overloaded(_) => ErrorCode::Overloaded,
            Self::Conflict(_) => ErrorCode::Conflict,
            Self::Recording(failure) => failure.code,
            Self::Read(ReadFailure::Refused { code, .. }) => *code,
            Self::Invalid(_) => ErrorCode::InvalidRequest,
            Self::Read(ReadFailure::Limit(_)) => ErrorCode::TooLarge,
            Self::Read(ReadFailure::Crashed | ReadFailure::Unavailable(_)) => ErrorCode::Internal,
            Self::Unreadable(_) | Self::Unsupported(_) => ErrorCode::UnsupportedMedia,
        }
    }

    /// Failure to store with a job or a turn.
    pub fn to_failure(&self) -> Failure {
        Failure { code: self.error_code(), message: self.to_string() }
    }
}
