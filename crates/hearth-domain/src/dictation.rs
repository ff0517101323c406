//! Something that was said and has not become text.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::DictationId;

/// A dictation that did not become text; its recording is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeftDictation {
    pub id: DictationId,
    /// When somebody began to speak.
    pub at: Timestamp,
    pub seconds: f64,
}
