//! Operations of the desktop program for the page in its window: everything that a page cannot do
//! alone.

use std::path::PathBuf;

use hearth_domain::{NotebookId, SourceId, TurnId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, DictationEvent};

/// Type of dialog: for files or for a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PickTarget {
    Files,
    Folder,
}

/// Opens a dialog for files or a folder, and adds the chosen ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PickFilesRequest {
    pub notebook_id: NotebookId,
    pub what: PickTarget,
}

/// Adds the files that wait in the shell to a notebook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPendingFilesRequest {
    pub notebook_id: NotebookId,
}

/// Maximum number of files added at once; bounds a home directory dropped by mistake.
pub const MAX_ADDED_FILES: usize = 5000;

/// Number of files being added, those inside of folders included. Their sources appear one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AddedFiles {
    pub files: u32,
    /// Number of files beyond [`MAX_ADDED_FILES`], which are not added.
    pub left_out: u32,
}

/// A folder of this machine that can be shown in the system's file manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Folder {
    /// The folder of the library.
    Library,
    Backups,
}

/// Shows a folder in the system's file manager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevealFolderRequest {
    pub folder: Folder,
}

/// Saves something in the downloads folder; nothing is overwritten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum SaveFileRequest {
    /// The original of a source.
    Original {
        source_id: SourceId,
        name: String,
    },
    Text {
        text: String,
        name: String,
    },
}

/// Path of a saved file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SavedFile {
    pub path: PathBuf,
}

/// Keys that work in every program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hotkeys {
    /// Keys that bring the window to the front with the keyboard focus in the ask bar: `Ctrl+Shift+Space`;
    /// empty for none.
    pub ask: String,
    /// Reason why the keys have no effect, such as another program that holds them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Changes to the hotkeys; absent fields stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HotkeyChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
}

/// Brings the window to the front; sent by a second start of the program to the first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShowWindowRequest {
    /// Files and folders of this machine to add.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathBuf>,
    /// The notebook to open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notebook_id: Option<NotebookId>,
}

/// An event from the desktop program to the page in its window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ShellEvent {
    /// Number of files or folders held over the window; 0 when they are gone.
    Hover { files: u32 },
    /// Number of files or folders that wait for a notebook: dropped on the window, or opened with Hearth.
    Waiting { files: u32 },
    /// A file could not be added.
    Refused { name: String, error: ApiError },
    /// The ask bar is to get the keyboard focus.
    Ask {},
    /// The hotkey was pressed or released; while it is held, it is push-to-talk.
    Talk { is_down: bool },
    /// Progress of a dictation.
    Dictation { number: u64, event: DictationEvent },
    /// Reading aloud (of an answer, if `turn_id` is given) has started or ended; `problem` is the reason why
    /// it failed.
    Reading {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turn_id: Option<TurnId>,
        is_on: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
    },
    /// A notebook is to be opened.
    Go { notebook_id: NotebookId },
}
