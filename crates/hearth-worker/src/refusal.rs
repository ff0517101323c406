//! Refusal of a request by the child, as opposed to a crash.

use std::fmt;

use hearth_domain::ErrorCode;
use serde::{Deserialize, Serialize};

/// Error response: a request that the child refuses, as opposed to a crash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The request cannot be done.
    Failed { code: ErrorCode, message: String },
    /// The caller cancelled the request.
    Stopped,
    /// This machine lacks what the request needs, such as a graphics card.
    Unavailable { message: String },
}

impl Refusal {
    /// A request that cannot be done.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Failed { code, message: message.into() }
    }

    /// The code that callers see.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Failed { code, .. } => *code,
            Self::Stopped | Self::Unavailable { .. } => ErrorCode::Internal,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { message, .. } | Self::Unavailable { message } => f.write_str(message),
            Self::Stopped => f.write_str("the request was cancelled"),
        }
    }
}
