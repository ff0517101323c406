//! The shell: functions that a desktop program offers to the page in its window. The program implements it
//! and passes it to the node that it runs; the page calls it by operations like all others.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use hearth_domain::{CaptureEvent, EventStream, NotebookId, Positioned};
use hearth_wire::{
    AddedFiles, ErrorCode, Folder, HotkeyChange, Hotkeys, Microphone, PickTarget, ReadingVoice,
    SaveFileRequest, ShellEvent, ShowWindowRequest,
};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use crate::route_error::RouteError;

/// Error of a shell function; its message names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    #[error("{0}")]
    Invalid(String),
    /// Another program holds the resource (a hotkey, for example).
    #[error("{0}")]
    Taken(String),
    #[error("{0}")]
    Microphone(String),
    #[error("{0}")]
    Failed(String),
}

impl From<ShellError> for RouteError {
    fn from(error: ShellError) -> Self {
        let code = match &error {
            ShellError::Invalid(_) => ErrorCode::InvalidRequest,
            ShellError::Taken(_) => ErrorCode::Conflict,
            ShellError::Microphone(_) => ErrorCode::MicrophoneUnavailable,
            ShellError::Failed(_) => ErrorCode::Internal,
        };
        Self::new(code, error.to_string())
    }
}

/// Sentence for speech synthesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Utterance {
    pub text: String,
    /// ISO 639-1 code of its language, or `None` if that is unclear.
    pub language: Option<&'static str>,
}

/// Functions of a desktop program for its page.
#[async_trait]
pub trait Shell: Send + Sync {
    /// Lets the user choose files or a folder, and starts adding them to the notebook.
    async fn pick_files(&self, notebook: NotebookId, target: PickTarget) -> Result<AddedFiles, ShellError>;

    /// Number of files and folders that were dropped, or opened with Hearth, and are in no notebook yet.
    fn waiting_file_count(&self) -> u32;

    /// Starts adding the waiting files to a notebook.
    async fn take_files(&self, notebook: NotebookId) -> Result<AddedFiles, ShellError>;

    /// Saves a file in the downloads folder; returns its path.
    async fn save_file(&self, request: SaveFileRequest) -> Result<PathBuf, ShellError>;

    /// Shows a folder in the system's file manager.
    fn reveal_folder(&self, folder: Folder) -> Result<(), ShellError>;

    /// Global hotkeys in effect.
    fn get_hotkeys(&self) -> Hotkeys;

    /// Replaces the hotkeys at once; the node stores them for the next start.
    fn change_hotkeys(&self, change: &HotkeyChange) -> Result<Hotkeys, ShellError>;

    /// Lists the microphones that are present now.
    async fn list_microphones(&self) -> Result<Vec<Microphone>, ShellError>;

    /// Problem that keeps the chosen microphone closed although the settings keep it open, or `None`.
    fn microphone_problem(&self) -> Option<String>;

    /// Starts capture from the chosen microphone, until `stop` is cancelled or the receiver is dropped; the
    /// channel ends after the last samples.
    fn start_capture(&self, stop: CancellationToken) -> Result<mpsc::Receiver<CaptureEvent>, ShellError>;

    /// Lists the voices of speech synthesis.
    async fn list_voices(&self) -> Result<Vec<ReadingVoice>, ShellError>;

    /// Reads utterances aloud in order, until the channel ends, or until `stop` is cancelled.
    async fn read_aloud(
        &self,
        utterances: mpsc::Receiver<Utterance>,
        stop: CancellationToken,
    ) -> Result<(), ShellError>;

    /// Brings the window to the front.
    async fn show_window(&self, request: ShowWindowRequest) -> Result<(), ShellError>;
}

/// Shell of a desktop program, with the channel of its events.
#[derive(Clone)]
pub struct ShellHandle {
    pub(crate) shell: Arc<dyn Shell>,
    events: ShellEvents,
}

impl std::fmt::Debug for ShellHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShellHandle")
    }
}

impl ShellHandle {
    /// Combines a shell with its event channel.
    pub fn new(shell: Arc<dyn Shell>, events: &ShellEvents) -> Self {
        Self { shell, events: events.clone() }
    }

    pub(crate) fn publish_event(&self, event: ShellEvent) {
        self.events.publish(event);
    }

    /// Position of the latest event.
    pub(crate) fn event_position(&self) -> u64 {
        self.events.0.position()
    }

    /// Subscribes to events. Also returns those after a position, or `None` if some are no longer known.
    pub(crate) fn subscribe_events(
        &self,
        after: Option<u64>,
    ) -> (Option<Vec<Positioned<ShellEvent>>>, broadcast::Receiver<Positioned<ShellEvent>>) {
        self.events.0.subscribe_after(after)
    }
}

/// Events that the desktop program publishes to its page.
#[derive(Clone, Default)]
pub struct ShellEvents(Arc<EventStream<ShellEvent>>);

impl ShellEvents {
    /// Subscribes to the events from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Positioned<ShellEvent>> {
        self.0.subscribe_after(None).1
    }

    /// Publishes an event; without a connected page the event is lost.
    pub fn publish(&self, event: ShellEvent) {
        self.0.publish(event);
    }
}
