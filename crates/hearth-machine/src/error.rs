//! Errors of the machine's use cases.

use std::io;

use hearth_domain::{ChatError, EmbedError, ErrorCode, Failure, TranscribeError};
use hearth_host::SettingsError;

/// Error of a use case.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    #[error(transparent)]
    Embed(#[from] EmbedError),
    #[error(transparent)]
    Chat(#[from] ChatError),
    #[error(transparent)]
    Transcribe(#[from] TranscribeError),
    /// A recording that could not be read.
    #[error("{}", .0.message)]
    Recording(Failure),
    #[error("{}", .0.message)]
    Download(Failure),
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("{0}")]
    Invalid(String),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A setting that another origin overrides.
    #[error("{0}")]
    Conflict(String),
    #[error("a file of this machine could not be read or written: {0}")]
    Io(#[from] io::Error),
    #[error("a background task ended unexpectedly: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl MachineError {
    /// Code that callers see.
    pub fn error_code(&self) -> ErrorCode {
        match self {
            Self::Embed(error) => error.error_code(),
            Self::Chat(error) => error.error_code(),
            Self::Transcribe(error) => error.error_code(),
            Self::Recording(failure) | Self::Download(failure) => failure.code,
            Self::NotFound(_) => ErrorCode::NotFound,
            Self::Invalid(_) | Self::Settings(_) => ErrorCode::InvalidRequest,
            Self::Conflict(_) => ErrorCode::Conflict,
            Self::Io(error) if error.kind() == io::ErrorKind::StorageFull => ErrorCode::ResourceExhausted,
            Self::Io(_) | Self::Task(_) => ErrorCode::Internal,
        }
    }

    /// Failure to store with a job.
    pub fn to_failure(&self) -> Failure {
        Failure { code: self.error_code(), message: self.to_string() }
    }
}
