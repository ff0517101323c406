//! The browser's microphone in use.

use crate::api::DictationSocket;
use crate::browser::microphone::Microphone;

/// The browser's microphone and its connection to the node, for the dictation with that number.
pub(super) enum BrowserCapture {
    /// No dictation needs it.
    Closed,
    /// The browser asks the user for permission, perhaps for ever, or opens the device.
    Opening { number: u64 },
    /// Samples go to the node.
    Capturing { number: u64, microphone: Microphone, socket: DictationSocket },
    /// The microphone is closed; the text is still to come.
    Transcribing { number: u64, socket: DictationSocket },
}

impl BrowserCapture {
    /// Number of the dictation that it is for.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Closed => None,
            Self::Opening { number } | Self::Capturing { number, .. } | Self::Transcribing { number, .. } => {
                Some(*number)
            }
        }
    }

    /// Connection of the dictation with that number, or `None`.
    pub(super) fn socket(&self, number: u64) -> Option<&DictationSocket> {
        match self {
            Self::Capturing { number: current, socket, .. }
            | Self::Transcribing { number: current, socket }
                if *current == number =>
            {
                Some(socket)
            }
            _ => None,
        }
    }

    /// Closes the microphone; returns it.
    pub(super) fn take_microphone(&mut self) -> Option<Microphone> {
        match std::mem::replace(self, Self::Closed) {
            Self::Capturing { number, microphone, socket } => {
                *self = Self::Transcribing { number, socket };
                Some(microphone)
            }
            other => {
                *self = other;
                None
            }
        }
    }
}
