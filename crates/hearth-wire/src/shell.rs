//! What a desktop program offers to the page in its window: what a page cannot do by itself.

use std::path::PathBuf;

use hearth_domain::{NotebookId, SourceId, TurnId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Voice;

/// What a dialog lets someone choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    Files,
    Folder,
}

/// Has files or a folder chosen, and adds them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PickRequest {
    pub notebook_id: NotebookId,
    pub what: Pick,
}

/// Where files that wait in the shell go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeRequest {
    pub notebook_id: NotebookId,
}

/// Files that are added at once at most: a home directory dropped by mistake ends somewhere.
pub const MOST_FILES: usize = 5000;

/// How many files are being added; folders were walked. They come as sources, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FilesTaken {
    pub files: u32,
    /// There were so many more than [`MOST_FILES`].
    pub left_out: u32,
}

/// A folder of this machine that can be shown in the system's file manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Folder {
    /// Where the library is.
    Library,
    Backups,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevealRequest {
    pub folder: Folder,
}

/// Saves something where downloads go; nothing is overwritten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SaveRequest {
    /// The bytes of a source as they came.
    Original {
        source_id: SourceId,
        name: String,
    },
    Text {
        text: String,
        name: String,
    },
}

/// Where something was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SavedFile {
    pub path: PathBuf,
}

/// Keys that do something wherever someone is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hotkeys {
    /// Brings the window to the front with the keyboard in the ask bar: `Ctrl+Shift+Space`; empty for none.
    pub ask: String,
    /// Why they do nothing: another program has them, perhaps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HotkeyChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
}

/// Brings the window to the front; what a second start of the program asks the first for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShowRequest {
    /// Files and folders of this machine to add.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathBuf>,
    /// The notebook to go to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notebook_id: Option<NotebookId>,
}

/// What the window tells its page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ShellEvent {
    /// So many files or folders are held over the window; 0: no more.
    Hover { files: u32 },
    /// So many files or folders wait for a notebook: they were dropped, or opened with Hearth.
    Waiting { files: u32 },
    /// A file could not be added.
    Refused { name: String, message: String },
    /// The keyboard is wanted in the ask bar.
    Ask {},
    /// The keys that work everywhere were pressed, or let go: whoever holds them speaks.
    Talk { is_down: bool },
    /// What becomes of what somebody says.
    Voice { number: u64, voice: Voice },
    /// Something is read aloud (an answer, where it is one), or is no more; `problem` is why it cannot be.
    Reading {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turn_id: Option<TurnId>,
        is_on: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
    },
    /// A notebook is to be shown.
    Go { notebook_id: NotebookId },
}
