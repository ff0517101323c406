//! Dictation: a pending one (recorded speech that is not text yet), and the two state machines that decide
//! what page, node and shell do. Both are pure: `(state, input) → (state, effects)`, with numbers and times
//! passed in.
//!
//! - [`PushToTalk`] turns keys into commands, one after the other. It runs where the keys are: in the page,
//!   which the shell sends its global hotkey.
//! - [`DictationLife`] is the life of one dictation after the other, from the opening of the microphone to the
//!   end. Where the microphone is (node, or page with a browser's microphone) it decides; where a dictation is
//!   only shown (page of the desktop program, dictation bar) it follows the published events.

mod life;
mod push_to_talk;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::DictationId;

pub use life::{DictationEffect, DictationInput, DictationLife, DictationPhase, DictationState};
pub use push_to_talk::{PushToTalk, StartResult, TalkEffect, TalkInput, TriggerSource};

/// A dictation that is recorded and not yet text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PendingDictation {
    pub id: DictationId,
    /// Start of the recording.
    pub at: Timestamp,
    pub seconds: f64,
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tests;
