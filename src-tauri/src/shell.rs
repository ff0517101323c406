//! What the window's page can ask this program for.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use async_trait::async_trait;
use hearth_domain::NotebookId;
use hearth_node::{Shell, ShellError, ShellEvents};
use hearth_wire::{Folder, HotkeyChange, Hotkeys, Pick, SaveRequest, ShellEvent, ShowRequest};
use rfd::AsyncFileDialog;
use tauri::AppHandle;
use tokio::sync::oneshot;

use crate::adding;
use crate::hotkeys;
use crate::node::Door;
use crate::saving;
use crate::window;

/// The program, as its page sees it.
pub(crate) struct Desktop {
    app: OnceLock<AppHandle>,
    door: Door,
    pub(crate) events: ShellEvents,
    waiting: Mutex<Vec<PathBuf>>,
    hotkeys: Mutex<Hotkeys>,
    data: PathBuf,
}

impl Desktop {
    pub(crate) fn new(door: Door, data: PathBuf) -> Self {
        let hotkeys = Hotkeys { ask: String::new(), problem: None };
        Self {
            app: OnceLock::new(),
            door,
            events: ShellEvents::default(),
            waiting: Mutex::default(),
            hotkeys: Mutex::new(hotkeys),
            data,
        }
    }

    /// From now on there is a program around.
    pub(crate) fn attach(&self, app: AppHandle) {
        // It is attached once, when the program is set up.
        let _ = self.app.set(app);
    }

    fn app(&self) -> Result<&AppHandle, ShellError> {
        self.app.get().ok_or_else(|| ShellError::Failed("the program is still starting; try again".into()))
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

    /// Has the keys that are set from now on.
    pub(crate) fn start_hotkeys(&self, ask: &str) {
        let Some(app) = self.app.get() else { return };
        *locked(&self.hotkeys) = match hotkeys::replace(app, "", ask) {
            Ok(()) => Hotkeys { ask: ask.to_owned(), problem: None },
            Err(error) => {
                tracing::warn!(%error, "the keys do nothing");
                Hotkeys { ask: ask.to_owned(), problem: Some(error.to_string()) }
            }
        };
    }

    async fn add(&self, notebook: NotebookId, paths: Vec<PathBuf>) -> Result<u32, ShellError> {
        let client =
            self.door.client().ok_or_else(|| ShellError::Failed("the node is starting; try again".into()))?;
        adding::add(client, notebook, paths, self.events.clone()).await
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Shell for Desktop {
    async fn pick(&self, notebook: NotebookId, what: Pick) -> Result<u32, ShellError> {
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
        self.app()?.run_on_main_thread(open).map_err(|error| lost(&error))?;
        let picked = picked.await.map_err(|error| lost(&error))?;
        self.add(notebook, picked.into_iter().map(|file| file.path().to_owned()).collect()).await
    }

    fn waiting(&self) -> u32 {
        locked(&self.waiting).len() as u32
    }

    async fn take(&self, notebook: NotebookId) -> Result<u32, ShellError> {
        let paths = std::mem::take(&mut *locked(&self.waiting));
        self.add(notebook, paths).await
    }

    async fn save(&self, what: SaveRequest) -> Result<PathBuf, ShellError> {
        saving::save(self.door.client(), what).await
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
        let app = self.app()?;
        let mut hotkeys = locked(&self.hotkeys);
        if let Some(ask) = &change.ask {
            let ask = ask.trim();
            let before = if hotkeys.problem.is_none() { hotkeys.ask.as_str() } else { "" };
            hotkeys::replace(app, before, ask)?;
            *hotkeys = Hotkeys { ask: ask.to_owned(), problem: None };
        }
        Ok(hotkeys.clone())
    }

    async fn show(&self, what: ShowRequest) -> Result<(), ShellError> {
        window::show(self.app()?);
        if let Some(notebook_id) = what.notebook_id {
            self.events.tell(ShellEvent::Go { notebook_id });
        }
        self.leave(what.paths);
        Ok(())
    }
}
