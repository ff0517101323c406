//! The shell of the desktop program: window, files, hotkeys, microphone and voices for the page.

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use hearth_client::Client;
use hearth_domain::{CaptureEvent, NotebookId};
use hearth_host::{DesktopSettings, EffectiveSettings};
use hearth_node::{Shell, ShellError, ShellEvents, Utterance};
use hearth_speech::{SynthesisOptions, SynthesisVoice};
use hearth_wire::{
    AddedFiles, Folder, HotkeyChange, Hotkeys, Microphone, PickTarget, ReadingVoice, SaveFileRequest,
    ShellEvent, ShowWindowRequest,
};
use rfd::AsyncFileDialog;
use tauri::AppHandle;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::hotkeys::HotkeyHandler;
use crate::mutex::lock_mutex;
use crate::{associations, file_import, file_save, hotkeys, window};

/// Time that tasks have to end with the node.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// The desktop program as the shell of its node.
pub(crate) struct DesktopShell {
    app: OnceLock<AppHandle>,
    /// Client of the node, while it runs.
    client: Mutex<Option<Client>>,
    pub(crate) events: ShellEvents,
    waiting_files: Mutex<Vec<PathBuf>>,
    hotkeys: Mutex<Hotkeys>,
    /// Called when the hotkey that asks goes down or up.
    on_ask_keys: HotkeyHandler,
    microphone: hearth_speech::Microphone,
    /// Id of the chosen microphone; `None` for the system's default.
    microphone_id: Mutex<Option<String>>,
    /// Voice and rate of reading aloud.
    voice: Mutex<(String, f64)>,
    data_folder: PathBuf,
    settings_file: PathBuf,
    /// Held while settings are applied.
    applying_settings: Mutex<()>,
    /// Work that goes on after the call that began it; it ends with the node.
    pub(crate) tasks: TaskTracker,
}

impl DesktopShell {
    pub(crate) fn new(data_folder: PathBuf, settings_file: PathBuf, on_ask_keys: HotkeyHandler) -> Self {
        let hotkeys = Hotkeys { ask: String::new(), problem: None };
        Self {
            app: OnceLock::new(),
            client: Mutex::default(),
            events: ShellEvents::default(),
            waiting_files: Mutex::default(),
            hotkeys: Mutex::new(hotkeys),
            on_ask_keys,
            microphone: hearth_speech::Microphone::new(),
            microphone_id: Mutex::default(),
            voice: Mutex::new((String::new(), 1.0)),
            data_folder,
            settings_file,
            applying_settings: Mutex::default(),
            tasks: TaskTracker::new(),
        }
    }

    /// Waits until the tasks have ended, for some seconds at most.
    pub(crate) async fn finish_tasks(&self) {
        self.tasks.close();
        if tokio::time::timeout(STOP_TIMEOUT, self.tasks.wait()).await.is_err() {
            tracing::warn!("a task of the desktop program did not end in time");
        }
        self.tasks.reopen();
    }

    /// Attaches the Tauri application.
    pub(crate) fn attach_app(&self, app: AppHandle) {
        // Attached once, when the program is set up.
        let _ = self.app.set(app);
    }

    /// The Tauri application, or `None` before it is set up.
    pub(crate) fn app_handle(&self) -> Option<&AppHandle> {
        self.app.get()
    }

    /// Sets the client of the node, or `None` once the node has ended.
    pub(crate) fn set_node(&self, node: Option<Client>) {
        *lock_mutex(&self.client) = node;
    }

    /// Client of the node, or `None` if it does not run.
    pub(crate) fn node_client(&self) -> Option<Client> {
        lock_mutex(&self.client).clone()
    }

    /// The global hotkey that asks.
    pub(crate) fn ask_keys(&self) -> String {
        lock_mutex(&self.hotkeys).ask.clone()
    }

    /// The Tauri application; an error while the program starts.
    fn require_app(&self) -> Result<&AppHandle, ShellError> {
        self.app_handle().ok_or_else(|| ShellError::Failed("the program is still starting; try again".into()))
    }

    /// Client of the node; an error while the node starts.
    fn require_client(&self) -> Result<Client, ShellError> {
        self.node_client().ok_or_else(|| ShellError::Failed("the node is starting; try again".into()))
    }

    /// Queues files for the page, which chooses their notebook.
    pub(crate) fn queue_files(&self, paths: Vec<PathBuf>) {
        let files = {
            let mut waiting = lock_mutex(&self.waiting_files);
            waiting.extend(paths);
            waiting.len() as u32
        };
        if files > 0 {
            self.events.publish(ShellEvent::Waiting { files });
        }
    }

    /// The current settings, or `None` if they cannot be read.
    pub(crate) fn load_settings(&self) -> Option<DesktopSettings> {
        let effective = EffectiveSettings::load(&self.settings_file, &[]);
        effective.ok().map(|effective| effective.settings.desktop)
    }

    /// Applies the current settings: microphone and its standby, voice and rate, file associations. One call at a
    /// time, so that the last one applies what is in effect then.
    pub(crate) fn apply_settings(&self) {
        let _guard = lock_mutex(&self.applying_settings);
        let Some(settings) = self.load_settings() else { return };
        let microphone_id = Some(settings.microphone).filter(|id| !id.is_empty());
        self.microphone.set_standby(settings.microphone_ready, microphone_id.clone());
        *lock_mutex(&self.microphone_id) = microphone_id;
        *lock_mutex(&self.voice) = (settings.voice, settings.voice_rate);
        if let Err(error) = associations::apply_associations(settings.open_with) {
            tracing::warn!(%error, "the file associations could not be updated");
        }
    }

    /// Registers the hotkey of the settings at the start.
    pub(crate) fn register_hotkeys(&self, ask: &str) {
        let Some(app) = self.app_handle() else { return };
        *lock_mutex(&self.hotkeys) = match hotkeys::replace_hotkey(app, "", ask, self.on_ask_keys) {
            Ok(()) => Hotkeys { ask: ask.to_owned(), problem: None },
            Err(error) => {
                tracing::warn!(%error, "the hotkey could not be registered");
                Hotkeys { ask: ask.to_owned(), problem: Some(error.to_string()) }
            }
        };
    }
}

#[async_trait]
impl Shell for DesktopShell {
    async fn pick_files(&self, notebook: NotebookId, target: PickTarget) -> Result<AddedFiles, ShellError> {
        let client = self.require_client()?;
        let (sender, receiver) = oneshot::channel();
        let dialog_error = |error: &dyn std::fmt::Display| {
            ShellError::Failed(format!("the file dialog could not be opened: {error}"))
        };
        // Dialogs must be opened on the main thread.
        let open_dialog = move || {
            let dialog = AsyncFileDialog::new();
            tauri::async_runtime::spawn(async move {
                let files = match target {
                    PickTarget::Files => dialog.pick_files().await,
                    PickTarget::Folder => dialog.pick_folder().await.map(|folder| vec![folder]),
                };
                // The caller may be gone.
                let _ = sender.send(files.unwrap_or_default());
            });
        };
        self.require_app()?.run_on_main_thread(open_dialog).map_err(|error| dialog_error(&error))?;
        let picked = receiver.await.map_err(|error| dialog_error(&error))?;
        let paths = picked.into_iter().map(|file| file.path().to_owned()).collect();
        file_import::add_files(client, notebook, paths, self.events.clone(), &self.tasks).await
    }

    fn waiting_file_count(&self) -> u32 {
        lock_mutex(&self.waiting_files).len() as u32
    }

    async fn take_files(&self, notebook: NotebookId) -> Result<AddedFiles, ShellError> {
        let client = self.require_client()?;
        let paths = std::mem::take(&mut *lock_mutex(&self.waiting_files));
        file_import::add_files(client, notebook, paths, self.events.clone(), &self.tasks).await
    }

    async fn save_file(&self, request: SaveFileRequest) -> Result<PathBuf, ShellError> {
        file_save::save_to_downloads(&self.require_client()?, request).await
    }

    fn reveal_folder(&self, folder: Folder) -> Result<(), ShellError> {
        let path = match folder {
            Folder::Library => self.data_folder.clone(),
            Folder::Backups => self.data_folder.join("backups"),
        };
        open::that_detached(&path)
            .map_err(|error| ShellError::Failed(format!("{} could not be shown: {error}", path.display())))
    }

    fn get_hotkeys(&self) -> Hotkeys {
        lock_mutex(&self.hotkeys).clone()
    }

    fn change_hotkeys(&self, change: &HotkeyChange) -> Result<Hotkeys, ShellError> {
        let app = self.require_app()?;
        let mut hotkeys = lock_mutex(&self.hotkeys);
        if let Some(ask) = &change.ask {
            let ask = ask.trim();
            let current = if hotkeys.problem.is_none() { hotkeys.ask.as_str() } else { "" };
            hotkeys::replace_hotkey(app, current, ask, self.on_ask_keys)?;
            *hotkeys = Hotkeys { ask: ask.to_owned(), problem: None };
        }
        Ok(hotkeys.clone())
    }

    fn microphone_problem(&self) -> Option<String> {
        self.microphone.standby_error()
    }

    async fn list_microphones(&self) -> Result<Vec<Microphone>, ShellError> {
        // Listing devices is slow, and may hang.
        let devices = self.microphone.input_devices().clone();
        let found_devices = tokio::task::spawn_blocking(move || devices.list()).await;
        let found_devices = found_devices.map_err(|error| ShellError::Failed(error.to_string()))?;
        let found_devices = found_devices.map_err(|error| ShellError::Microphone(error.to_string()))?;
        let to_microphone = |device: hearth_speech::MicrophoneInfo| Microphone {
            id: device.id,
            name: device.name,
            is_default: device.is_default,
        };
        Ok(found_devices.into_iter().map(to_microphone).collect())
    }

    fn start_capture(&self, stop: CancellationToken) -> Result<mpsc::Receiver<CaptureEvent>, ShellError> {
        Ok(self.microphone.start_capture(lock_mutex(&self.microphone_id).clone(), stop))
    }

    async fn list_voices(&self) -> Result<Vec<ReadingVoice>, ShellError> {
        let to_voice =
            |voice: SynthesisVoice| ReadingVoice { id: voice.id, name: voice.name, language: voice.language };
        Ok(hearth_speech::list_voices().await.into_iter().map(to_voice).collect())
    }

    async fn read_aloud(
        &self,
        mut utterances: mpsc::Receiver<Utterance>,
        stop: CancellationToken,
    ) -> Result<(), ShellError> {
        while let Some(Some(Utterance { text, language })) = stop.run_until_cancelled(utterances.recv()).await
        {
            let (voice, rate) = lock_mutex(&self.voice).clone();
            let options = SynthesisOptions { voice, rate, language: language.map(str::to_owned) };
            let result = hearth_speech::read_aloud(&text, &options, &stop).await;
            result.map_err(|error| ShellError::Failed(error.to_string()))?;
        }
        Ok(())
    }

    async fn show_window(&self, request: ShowWindowRequest) -> Result<(), ShellError> {
        window::show_window(self.require_app()?);
        if let Some(notebook_id) = request.notebook_id {
            self.events.publish(ShellEvent::Go { notebook_id });
        }
        self.queue_files(request.paths);
        Ok(())
    }
}
