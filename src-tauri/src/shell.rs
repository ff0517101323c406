//! What the window's page can ask this program for.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use async_trait::async_trait;
use hearth_client::Client;
use hearth_domain::{NotebookId, Sound};
use hearth_host::Desktop as DesktopSettings;
use hearth_node::{Shell, ShellError, ShellEvents, Utterance};
use hearth_speech::{Manner, SpeakerVoice};
use hearth_wire::{
    FilesTaken, Folder, HotkeyChange, Hotkeys, Microphone, Pick, ReadingVoice, SaveRequest, ShellEvent,
    ShowRequest,
};
use rfd::AsyncFileDialog;
use tauri::AppHandle;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::adding;
use crate::hotkeys;
use crate::saving;
use crate::window;

/// The program, as its page sees it.
pub(crate) struct Desktop {
    app: OnceLock<AppHandle>,
    /// Of the node, while it runs.
    client: Mutex<Option<Client>>,
    pub(crate) events: ShellEvents,
    waiting: Mutex<Vec<PathBuf>>,
    hotkeys: Mutex<Hotkeys>,
    microphone: hearth_speech::Microphone,
    /// The one that was chosen; none for the system's own.
    chosen: Mutex<Option<String>>,
    /// The voice that reads aloud, and how fast.
    voice: Mutex<(String, f64)>,
    data: PathBuf,
}

impl Desktop {
    pub(crate) fn new(data: PathBuf) -> Self {
        let hotkeys = Hotkeys { ask: String::new(), problem: None };
        Self {
            app: OnceLock::new(),
            client: Mutex::default(),
            events: ShellEvents::default(),
            waiting: Mutex::default(),
            hotkeys: Mutex::new(hotkeys),
            microphone: hearth_speech::Microphone::new(),
            chosen: Mutex::default(),
            voice: Mutex::new((String::new(), 1.0)),
            data,
        }
    }

    /// From now on there is a program around.
    pub(crate) fn attach(&self, app: AppHandle) {
        // It is attached once, when the program is set up.
        let _ = self.app.set(app);
    }

    /// The program, once it is set up.
    pub(crate) fn app(&self) -> Option<&AppHandle> {
        self.app.get()
    }

    /// The node is there, or is no more.
    pub(crate) fn reaches(&self, node: Option<Client>) {
        *locked(&self.client) = node;
    }

    /// The node, while it runs.
    pub(crate) fn node(&self) -> Option<Client> {
        locked(&self.client).clone()
    }

    /// The keys that ask from anywhere.
    pub(crate) fn ask_keys(&self) -> String {
        locked(&self.hotkeys).ask.clone()
    }

    fn ready_app(&self) -> Result<&AppHandle, ShellError> {
        self.app().ok_or_else(|| ShellError::Failed("the program is still starting; try again".into()))
    }

    fn client(&self) -> Result<Client, ShellError> {
        self.node().ok_or_else(|| ShellError::Failed("the node is starting; try again".into()))
    }

    /// Leaves files for the page, which says where they go.
    pub(crate) fn leave(&self, paths: Vec<PathBuf>) {
        let files = {
            let mut waiting = locked(&self.waiting);
            waiting.extend(paths);
            waiting.len() as u32
        };
        if files > 0 {
            self.events.tell(ShellEvent::Waiting { files });
        }
    }

    /// Uses the microphone that the settings say now, and has it open or not.
    pub(crate) fn apply(&self, settings: &DesktopSettings) {
        let chosen = Some(settings.microphone.clone()).filter(|id| !id.is_empty());
        self.microphone.stay_ready(settings.microphone_ready, chosen.clone());
        *locked(&self.chosen) = chosen;
        *locked(&self.voice) = (settings.voice.clone(), settings.voice_rate);
    }

    /// Has the keys that are set from now on.
    pub(crate) fn start_hotkeys(&self, ask: &str) {
        let Some(app) = self.app() else { return };
        *locked(&self.hotkeys) = match hotkeys::replace(app, "", ask) {
            Ok(()) => Hotkeys { ask: ask.to_owned(), problem: None },
            Err(error) => {
                tracing::warn!(%error, "the keys do nothing");
                Hotkeys { ask: ask.to_owned(), problem: Some(error.to_string()) }
            }
        };
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Shell for Desktop {
    async fn pick(&self, notebook: NotebookId, what: Pick) -> Result<FilesTaken, ShellError> {
        let client = self.client()?;
        let (chosen, picked) = oneshot::channel();
        let lost =
            |error: &dyn std::fmt::Display| ShellError::Failed(format!("the dialog did not open: {error}"));
        // Dialogs are opened where windows are.
        let open = move || {
            let dialog = AsyncFileDialog::new();
            tauri::async_runtime::spawn(async move {
                let files = match what {
                    Pick::Files => dialog.pick_files().await,
                    Pick::Folder => dialog.pick_folder().await.map(|folder| vec![folder]),
                };
                // Whoever asked may be gone.
                let _ = chosen.send(files.unwrap_or_default());
            });
        };
        self.ready_app()?.run_on_main_thread(open).map_err(|error| lost(&error))?;
        let picked = picked.await.map_err(|error| lost(&error))?;
        let paths = picked.into_iter().map(|file| file.path().to_owned()).collect();
        adding::add(client, notebook, paths, self.events.clone()).await
    }

    fn waiting(&self) -> u32 {
        locked(&self.waiting).len() as u32
    }

    async fn take(&self, notebook: NotebookId) -> Result<FilesTaken, ShellError> {
        let client = self.client()?;
        let paths = std::mem::take(&mut *locked(&self.waiting));
        adding::add(client, notebook, paths, self.events.clone()).await
    }

    async fn save(&self, what: SaveRequest) -> Result<PathBuf, ShellError> {
        saving::save(&self.client()?, what).await
    }

    fn reveal(&self, folder: Folder) -> Result<(), ShellError> {
        let path = match folder {
            Folder::Library => self.data.clone(),
            Folder::Backups => self.data.join("backups"),
        };
        open::that_detached(&path)
            .map_err(|error| ShellError::Failed(format!("{} could not be shown: {error}", path.display())))
    }

    fn hotkeys(&self) -> Hotkeys {
        locked(&self.hotkeys).clone()
    }

    fn change_hotkeys(&self, change: &HotkeyChange) -> Result<Hotkeys, ShellError> {
        let app = self.ready_app()?;
        let mut hotkeys = locked(&self.hotkeys);
        if let Some(ask) = &change.ask {
            let ask = ask.trim();
            let before = if hotkeys.problem.is_none() { hotkeys.ask.as_str() } else { "" };
            hotkeys::replace(app, before, ask)?;
            *hotkeys = Hotkeys { ask: ask.to_owned(), problem: None };
        }
        Ok(hotkeys.clone())
    }

    fn microphone_trouble(&self) -> Option<String> {
        self.microphone.trouble()
    }

    async fn microphones(&self) -> Result<Vec<Microphone>, ShellError> {
        // Asking the system for its devices takes a while, and may hang.
        let devices = self.microphone.devices().clone();
        let found = tokio::task::spawn_blocking(move || devices.all()).await;
        let found = found.map_err(|error| ShellError::Failed(error.to_string()))?;
        let found = found.map_err(|error| ShellError::Failed(error.to_string()))?;
        let named = |found: hearth_speech::MicrophoneInfo| Microphone {
            id: found.id,
            name: found.name,
            is_default: found.is_default,
        };
        Ok(found.into_iter().map(named).collect())
    }

    fn listen(&self, stop: CancellationToken) -> Result<mpsc::Receiver<Sound>, ShellError> {
        Ok(self.microphone.listen(locked(&self.chosen).clone(), stop))
    }

    async fn voices(&self) -> Result<Vec<ReadingVoice>, ShellError> {
        let named =
            |voice: SpeakerVoice| ReadingVoice { id: voice.id, name: voice.name, language: voice.language };
        Ok(hearth_speech::voices().await.into_iter().map(named).collect())
    }

    async fn read(
        &self,
        mut what: mpsc::Receiver<Utterance>,
        stop: CancellationToken,
    ) -> Result<(), ShellError> {
        while let Some(Some(Utterance { text, language })) = stop.run_until_cancelled(what.recv()).await {
            let (voice, rate) = locked(&self.voice).clone();
            let how = Manner { voice, rate, language: language.map(str::to_owned) };
            let said = hearth_speech::say(&text, &how, &stop).await;
            said.map_err(|error| ShellError::Failed(error.to_string()))?;
        }
        Ok(())
    }

    async fn show(&self, what: ShowRequest) -> Result<(), ShellError> {
        window::show(self.ready_app()?);
        if let Some(notebook_id) = what.notebook_id {
            self.events.tell(ShellEvent::Go { notebook_id });
        }
        self.leave(what.paths);
        Ok(())
    }
}
