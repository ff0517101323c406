//! Scope of an engine's failure: by it a router decides whether another engine is tried.

use crate::{ChatError, EmbedError, TranscribeError, VoiceEncodeError};

/// What a failure says about an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureScope {
    /// The request is at fault: no other engine would do better.
    Input,
    /// The engine cannot serve this request now, for example because it is overloaded or lacks the model; others may.
    Request,
    /// The engine cannot be reached or does not work; others may, and it is passed over for a while.
    Engine,
}

/// Error of an engine.
pub trait EngineError: std::fmt::Display {
    /// Scope of the failure.
    fn failure_scope(&self) -> FailureScope;

    /// True if the same request may succeed on another engine.
    fn can_try_elsewhere(&self) -> bool {
        self.failure_scope() != FailureScope::Input
    }
}

impl EngineError for ChatError {
    fn failure_scope(&self) -> FailureScope {
        match self {
            Self::Refused(_) | Self::PromptTooLong(_) => FailureScope::Input,
            Self::ModelMissing { .. } | Self::OutOfMemory(_) | Self::Loading => FailureScope::Request,
            Self::Unreachable { .. } | Self::Stalled { .. } | Self::Interrupted(_) => FailureScope::Engine,
        }
    }
}

impl EngineError for EmbedError {
    fn failure_scope(&self) -> FailureScope {
        match self {
            Self::Unknown(_) | Self::Inference(_) => FailureScope::Input,
            Self::Overloaded | Self::Missing(_) => FailureScope::Request,
            Self::Load(_) | Self::Unreachable { .. } => FailureScope::Engine,
        }
    }
}

impl EngineError for TranscribeError {
    fn failure_scope(&self) -> FailureScope {
        match self {
            Self::Unknown(_) | Self::Failed(_) => FailureScope::Input,
            Self::Overloaded | Self::Missing(_) => FailureScope::Request,
            Self::Load(_) | Self::Unreachable { .. } => FailureScope::Engine,
        }
    }
}

impl EngineError for VoiceEncodeError {
    fn failure_scope(&self) -> FailureScope {
        match self {
            Self::Failed(_) => FailureScope::Input,
            Self::Overloaded => FailureScope::Request,
            Self::Load(_) | Self::Unreachable { .. } => FailureScope::Engine,
        }
    }
}
