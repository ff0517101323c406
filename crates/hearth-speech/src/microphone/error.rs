//! Errors of microphones.

/// Error of opening or listing microphones.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MicrophoneError {
    #[error("no microphone was found; connect one and try again")]
    NotFound,
    #[error("{0}")]
    Denied(&'static str),
    #[error("another program uses the microphone; close it there and try again")]
    Busy,
    #[error("the microphone could not be opened: {0}")]
    Failed(String),
}
