//! A desktop program that does what a test says, around a node in this process.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hearth_client::Client;
use hearth_domain::{Clock, NotebookId, SPEECH_RATE, Sound};
use hearth_host::{Directories, Effective};
use hearth_node::{Attached, Composition, Node, NodeOptions, Shell, ShellError, ShellEvents, Utterance};

use hearth_wire::operations::CreateNotebook;
use hearth_wire::{
    FilesTaken, Folder, HotkeyChange, Hotkeys, Microphone, NewNotebook, Pick, ReadingVoice, SaveRequest,
    ShowRequest,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::Browser;
use crate::documents::HANDBOOK;
use crate::node::{program, settled};

/// How often the microphone hands out what it heard.
const TICK: Duration = Duration::from_millis(10);
const TAIL: Duration = Duration::from_millis(30);
/// How long a sentence is read.
const READING: Duration = Duration::from_millis(1200);
/// Where no language model answers.
pub const NOBODY: &str = "http://127.0.0.1:9";
const PIECE: usize = (SPEECH_RATE / 100) as usize;

/// Does what the test says, and remembers what it was asked for.
#[derive(Default)]
pub struct Scripted {
    pub client: Mutex<Option<Client>>,
    /// What is chosen in dialogs, and what waits.
    pub chosen: Mutex<Vec<PathBuf>>,
    pub waiting: Mutex<Vec<PathBuf>>,
    pub asked: Mutex<Vec<String>>,
    /// What the microphone hears each time, before it hears nothing.
    pub sound: Mutex<Vec<f32>>,
    /// What was read aloud; a sentence that was stopped is not.
    pub read: Mutex<Vec<Utterance>>,
    /// The microphone is pulled out when it has heard that.
    pub is_loose: AtomicBool,
    /// There is no voice.
    pub is_mute: AtomicBool,
    /// Why the microphone cannot be kept open.
    pub trouble: Mutex<Option<String>>,
}

impl Scripted {
    fn asked(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }

    async fn add(&self, notebook: NotebookId, paths: Vec<PathBuf>) -> Result<FilesTaken, ShellError> {
        let client = self.client.lock().unwrap().clone().unwrap();
        for path in &paths {
            let name = path.file_name().unwrap().to_string_lossy();
            client
                .add_file(notebook, path, &name)
                .await
                .map_err(|error| ShellError::Failed(error.to_string()))?;
        }
        Ok(FilesTaken { files: paths.len() as u32, left_out: 0 })
    }
}

#[async_trait]
impl Shell for Scripted {
    async fn pick(&self, notebook: NotebookId, what: Pick) -> Result<FilesTaken, ShellError> {
        self.asked(format!("pick {what:?}"));
        let chosen = self.chosen.lock().unwrap().clone();
        self.add(notebook, chosen).await
    }

    fn waiting(&self) -> u32 {
        self.waiting.lock().unwrap().len() as u32
    }

    async fn take(&self, notebook: NotebookId) -> Result<FilesTaken, ShellError> {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap());
        self.add(notebook, waiting).await
    }

    async fn save(&self, what: SaveRequest) -> Result<PathBuf, ShellError> {
        let (SaveRequest::Original { name, .. } | SaveRequest::Text { name, .. }) = what;
        self.asked(format!("save {name}"));
        Ok(PathBuf::from("/downloads").join(name))
    }

    fn reveal(&self, folder: Folder) -> Result<(), ShellError> {
        self.asked(format!("reveal {folder:?}"));
        Ok(())
    }

    fn hotkeys(&self) -> Hotkeys {
        Hotkeys { ask: "Ctrl+Shift+Space".into(), problem: Some("Another program has these keys".into()) }
    }

    fn change_hotkeys(&self, change: &HotkeyChange) -> Result<Hotkeys, ShellError> {
        let ask = change.ask.clone().unwrap_or_default();
        if ask == "Ctrl+C" {
            return Err(ShellError::Taken("Ctrl+C cannot be had".into()));
        }
        self.asked(format!("keys {ask}"));
        Ok(Hotkeys { ask, problem: None })
    }

    fn microphone_trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap().clone()
    }

    async fn microphones(&self) -> Result<Vec<Microphone>, ShellError> {
        let named =
            |id: &str, name: &str, is_default| Microphone { id: id.into(), name: name.into(), is_default };
        Ok(vec![named("desk", "Microphone of the desk", true), named("ear", "Headset", false)])
    }

    fn listen(&self, stop: CancellationToken) -> Result<mpsc::Receiver<Sound>, ShellError> {
        let (to, heard) = mpsc::channel(64);
        let sound = self.sound.lock().unwrap().clone();
        let is_loose = self.is_loose.load(Ordering::SeqCst);
        tokio::spawn(async move {
            tokio::time::sleep(TICK).await;
            let _ = to.send(Sound::Began { microphone: "Microphone of the desk".into() }).await;
            let mut pieces = sound.chunks(PIECE).map(<[f32]>::to_vec);
            while !stop.is_cancelled() && !to.is_closed() {
                let piece = match pieces.next() {
                    Some(piece) => piece,
                    None if is_loose => {
                        let _ = to
                            .send(Sound::Lost("it gives no sound; it may have been disconnected".into()))
                            .await;
                        return;
                    }
                    None => vec![0.0; PIECE],
                };
                let loud = piece.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
                let _ = to.send(Sound::Level(loud)).await;
                let _ = to.send(Sound::Samples(piece)).await;
                tokio::time::sleep(TICK).await;
            }
            // A real one waits for what is still on its way.
            tokio::time::sleep(TAIL).await;
        });
        Ok(heard)
    }

    async fn voices(&self) -> Result<Vec<ReadingVoice>, ShellError> {
        let named = |id: &str, name: &str, language: &str| ReadingVoice {
            id: id.into(),
            name: name.into(),
            language: language.into(),
        };
        Ok(vec![named("anna", "Anna", "de"), named("bob", "Bob", "en-gb")])
    }

    async fn read(
        &self,
        mut what: mpsc::Receiver<Utterance>,
        stop: CancellationToken,
    ) -> Result<(), ShellError> {
        if self.is_mute.load(Ordering::SeqCst) {
            return Err(ShellError::Failed("no voice is installed".into()));
        }
        while let Some(Some(sentence)) = stop.run_until_cancelled(what.recv()).await {
            if stop.run_until_cancelled(tokio::time::sleep(READING)).await.is_some() {
                self.read.lock().unwrap().push(sentence);
            }
        }
        Ok(())
    }

    async fn show(&self, what: ShowRequest) -> Result<(), ShellError> {
        self.asked(format!("show {}", what.paths.len()));
        Ok(())
    }
}

/// A notebook with the handbook in it, and a browser that shows it as the window does, once `ready` is there.
pub async fn window(node: &Node, client: &Client, ready: &str) -> (NotebookId, Browser) {
    let new = NewNotebook { title: "House".into(), emoji: None };
    let notebook = client.call::<CreateNotebook>(&[], &(), &new).await.unwrap().id;
    client.add_text(notebook, "Handbook", HANDBOOK).await.unwrap();
    settled(client, notebook).await;
    let browser = Browser::start(1440, 900, false).await;
    browser.go(&node.window()).await;
    browser.until("document.querySelector('.app')").await;
    browser.go(&format!("{}/notebook/{notebook}", node.address())).await;
    browser.until(&format!("document.querySelector('{ready}')")).await;
    (notebook, browser)
}

/// A node in this process with this shell; its models are in a folder, where one is given.
pub async fn start(
    data: &Path,
    shell: &Arc<Scripted>,
    events: &ShellEvents,
    models: Option<PathBuf>,
    chat: &str,
) -> Node {
    start_as(composition(data, models, chat), shell, events).await
}

/// What such a node is made of.
///
/// # Panics
/// When its folders or settings cannot be read.
pub fn composition(data: &Path, models: Option<PathBuf>, chat: &str) -> Composition {
    let mut directories = Directories::find(Some(data)).unwrap();
    directories.models = models.unwrap_or(directories.models);
    let flags = [("chat.address", chat.into())];
    let effective = Effective::load(&directories.settings_file, &flags);
    #[allow(clippy::disallowed_methods, reason = "a node in this process is where the clock comes from")]
    let clock = Clock::new(jiff::Timestamp::now);
    let composition = Composition::here(directories, &effective.unwrap(), &flags, clock).unwrap();
    Composition { worker: program(), ..composition }
}

/// A node of that.
///
/// # Panics
/// When it does not start.
pub async fn start_as(composition: Composition, shell: &Arc<Scripted>, events: &ShellEvents) -> Node {
    let node = Node::start(NodeOptions {
        composition,
        listen: ([127, 0, 0, 1], 0).into(),
        insecure_http: false,
        shell: Some(Attached::new(Arc::clone(shell) as _, events)),
    })
    .await
    .unwrap();
    *shell.client.lock().unwrap() = Some(Client::new(&node.address(), node.token()).unwrap());
    node
}
