//! What a desktop program offers to the page in its window. The program implements it and hands it to the
//! node that it runs; the page asks for it by operations like all others.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use hearth_domain::{NotebookId, Sound};
use hearth_wire::{
    ErrorCode, FilesTaken, Folder, HotkeyChange, Hotkeys, Microphone, Pick, ReadingVoice, SaveRequest,
    ShellEvent, ShowRequest,
};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;

/// Events that a page may be behind.
const BACKLOG: usize = 256;

/// Why the shell did not do what it was asked for, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    #[error("{0}")]
    Invalid(String),
    /// Another program has it.
    #[error("{0}")]
    Taken(String),
    #[error("{0}")]
    Failed(String),
}

impl From<ShellError> for Failure {
    fn from(error: ShellError) -> Self {
        let code = match &error {
            ShellError::Invalid(_) => ErrorCode::InvalidRequest,
            ShellError::Taken(_) => ErrorCode::Conflict,
            ShellError::Failed(_) => ErrorCode::Internal,
        };
        Self::new(code, error.to_string())
    }
}

/// A sentence that is read aloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Utterance {
    pub text: String,
    /// ISO 639-1 code of its language, where that is clear.
    pub language: Option<&'static str>,
}

/// A desktop program, as its page sees it.
#[async_trait]
pub trait Shell: Send + Sync {
    /// Has files or a folder chosen, and begins to add them to the notebook.
    async fn pick(&self, notebook: NotebookId, what: Pick) -> Result<FilesTaken, ShellError>;

    /// Files and folders that were dropped, or opened with Hearth, and that no notebook has yet.
    fn waiting(&self) -> u32;

    /// Begins to add what waits to a notebook.
    async fn take(&self, notebook: NotebookId) -> Result<FilesTaken, ShellError>;

    /// Saves something where downloads go; gives its path.
    async fn save(&self, what: SaveRequest) -> Result<PathBuf, ShellError>;

    /// Shows a folder in the system's file manager.
    fn reveal(&self, folder: Folder) -> Result<(), ShellError>;

    fn hotkeys(&self) -> Hotkeys;

    /// Has other keys from now on; the node keeps them for the next start.
    fn change_hotkeys(&self, change: &HotkeyChange) -> Result<Hotkeys, ShellError>;

    /// The microphones that are there now.
    async fn microphones(&self) -> Result<Vec<Microphone>, ShellError>;

    /// Why the one in use is not open, where the settings say that it is to stay open.
    fn microphone_trouble(&self) -> Option<String>;

    /// Listens to the one in use, until `stop` or until the receiver is dropped; it ends with the last that was heard.
    fn listen(&self, stop: CancellationToken) -> Result<mpsc::Receiver<Sound>, ShellError>;

    /// The voices that can read aloud.
    async fn voices(&self) -> Result<Vec<ReadingVoice>, ShellError>;

    /// Reads aloud one after the other, until no more comes, or at once no more when `stop` comes.
    async fn read(&self, what: mpsc::Receiver<Utterance>, stop: CancellationToken) -> Result<(), ShellError>;

    /// Brings the window to the front.
    async fn show(&self, what: ShowRequest) -> Result<(), ShellError>;
}

/// A shell, and the way by which it tells its page something.
#[derive(Clone)]
pub struct Attached {
    pub(crate) shell: Arc<dyn Shell>,
    events: broadcast::Sender<ShellEvent>,
}

impl std::fmt::Debug for Attached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attached")
    }
}

impl Attached {
    pub fn new(shell: Arc<dyn Shell>, events: &ShellEvents) -> Self {
        Self { shell, events: events.0.clone() }
    }

    pub(crate) fn tell(&self, event: ShellEvent) {
        let _ = self.events.send(event);
    }

    pub(crate) fn events(&self) -> broadcast::Receiver<ShellEvent> {
        self.events.subscribe()
    }
}

/// Where the desktop program tells its page something.
#[derive(Clone, Debug)]
pub struct ShellEvents(broadcast::Sender<ShellEvent>);

impl Default for ShellEvents {
    fn default() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }
}

impl ShellEvents {
    /// Hears what the page is told from now on.
    pub fn hear(&self) -> broadcast::Receiver<ShellEvent> {
        self.0.subscribe()
    }

    /// Tells it; nobody hears it while there is no page.
    pub fn tell(&self, event: ShellEvent) {
        let _ = self.0.send(event);
    }
}
