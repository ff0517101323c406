//! The microphone of a desktop program: what it is asked for, and what it tells.

use hearth_domain::NotebookId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ApiError;

/// Begins to listen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListenRequest {
    /// The notebook that is asked: names that it knows are written as it has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notebook_id: Option<NotebookId>,
    /// It ends by itself when nobody speaks any more.
    pub hands_free: bool,
}

/// Tries again with what was kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AgainRequest {
    /// The notebook that is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notebook_id: Option<NotebookId>,
}

/// Which dictation it is: each has a number of its own, larger than those before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WhichListening {
    /// Whichever goes on, where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
}

/// A microphone that can be chosen, by `desktop.microphone`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Microphone {
    pub id: String,
    pub name: String,
    /// The system's own.
    pub is_default: bool,
}

/// The microphones that are there now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MicrophoneList {
    pub microphones: Vec<Microphone>,
    /// The one that was chosen; empty for the system's own.
    pub chosen: String,
}

/// What becomes of what somebody says, from the key that is pressed to the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Voice {
    /// The microphone is being opened: nothing is heard yet.
    Opening {},
    /// The first samples are there.
    Listening { microphone: String },
    /// How loud it is, 0 to 1, some thirty times a second.
    Level { level: f32 },
    /// What will stay of the text, and what may still change.
    Partial { committed: String, tentative: String },
    /// Nobody listens any more; the last of it is written down.
    Writing {},
    /// All of it; empty where nobody spoke. The microphone may have been lost before.
    Said {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lost: Option<String>,
    },
    /// It did not become text; `is_kept` when the recording is there to be tried again.
    Failed { error: ApiError, is_kept: bool },
    /// It was dropped, as somebody wanted.
    Dropped {},
}
