//! A pending dictation: recorded speech that is not text yet.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::DictationId;

/// A dictation that is recorded and not yet text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PendingDictation {
    pub id: DictationId,
    /// Start of the recording.
    pub at: Timestamp,
    pub seconds: f64,
}
