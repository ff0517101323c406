//! A scripted shell, as a desktop program offers one, and a node in this process that uses it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hearth_client::Client;
use hearth_domain::{CaptureEvent, Clock, NotebookId, SPEECH_SAMPLE_RATE};
use hearth_host::{Directories, EffectiveSettings};
use hearth_node::{Composition, Node, NodeOptions, Shell, ShellError, ShellEvents, ShellHandle, Utterance};

use hearth_wire::operations::CreateNotebook;
use hearth_wire::{
    AddedFiles, Folder, HotkeyChange, Hotkeys, Microphone, NewNotebook, PickTarget, ReadingVoice,
    SaveFileRequest, ShowWindowRequest,
};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::documents::HANDBOOK_TEXT;
use crate::node::{hearth_program, wait_until_settled};
use crate::{Browser, wait_for_end};

/// Interval at which the microphone sends samples.
const PIECE_INTERVAL: Duration = Duration::from_millis(10);
/// Delay of the end of a capture, in which its last samples arrive.
const CAPTURE_TAIL: Duration = Duration::from_millis(30);
/// Address at which no language model answers.
pub const UNREACHABLE_ADDRESS: &str = "http://127.0.0.1:9";
/// Samples that the microphone sends at a time.
const PIECE_SAMPLES: usize = (SPEECH_SAMPLE_RATE / 100) as usize;

/// A shell that a test scripts, and that records its calls.
#[derive(Default)]
pub struct ScriptedShell {
    pub client: Mutex<Option<Client>>,
    /// Files that are chosen in dialogs.
    pub chosen_files: Mutex<Vec<PathBuf>>,
    /// Files that wait for a notebook.
    pub waiting_files: Mutex<Vec<PathBuf>>,
    /// Calls so far, as text.
    pub calls: Mutex<Vec<String>>,
    /// Samples that the microphone gives in each capture, followed by silence.
    pub microphone_samples: Mutex<Vec<f32>>,
    /// Number of captures that gave all these samples.
    pub spoken_captures: watch::Sender<usize>,
    /// True if the samples begin again at their end.
    pub repeats_samples: AtomicBool,
    /// Sentences that were read aloud to their end.
    pub read_sentences: Mutex<Vec<Utterance>>,
    /// Number of sentences after which reading pauses in the middle of the next; `None` to read on.
    pub reading_limit: watch::Sender<Option<usize>>,
    /// True if the microphone is unplugged at the end of its samples.
    pub is_unplugged_at_end: AtomicBool,
    /// True if no voice is installed.
    pub has_no_voice: AtomicBool,
    /// Reason why the microphone cannot be kept open, or `None` if it can.
    pub microphone_problem: Mutex<Option<String>>,
}

impl ScriptedShell {
    fn record_call(&self, call: String) {
        self.calls.lock().unwrap().push(call);
    }

    /// Waits until so many captures have given all samples of the microphone.
    pub async fn wait_for_spoken_captures(&self, count: usize) {
        let mut spoken = self.spoken_captures.subscribe();
        let spoken = spoken.wait_for(|spoken| *spoken >= count);
        wait_for_end("the end of the speech", spoken).await.unwrap();
    }

    async fn add_files(&self, notebook: NotebookId, paths: Vec<PathBuf>) -> Result<AddedFiles, ShellError> {
        let client = self.client.lock().unwrap().clone().unwrap();
        for path in &paths {
            let name = path.file_name().unwrap().to_string_lossy();
            client
                .add_file(notebook, path, &name)
                .await
                .map_err(|error| ShellError::Failed(error.to_string()))?;
        }
        Ok(AddedFiles { files: paths.len() as u32, left_out: 0 })
    }
}

#[async_trait]
impl Shell for ScriptedShell {
    async fn pick_files(&self, notebook: NotebookId, target: PickTarget) -> Result<AddedFiles, ShellError> {
        self.record_call(format!("pick {target:?}"));
        let chosen = self.chosen_files.lock().unwrap().clone();
        self.add_files(notebook, chosen).await
    }

    fn waiting_file_count(&self) -> u32 {
        self.waiting_files.lock().unwrap().len() as u32
    }

    async fn take_files(&self, notebook: NotebookId) -> Result<AddedFiles, ShellError> {
        let waiting = std::mem::take(&mut *self.waiting_files.lock().unwrap());
        self.add_files(notebook, waiting).await
    }

    async fn save_file(&self, request: SaveFileRequest) -> Result<PathBuf, ShellError> {
        let (SaveFileRequest::Original { name, .. } | SaveFileRequest::Text { name, .. }) = request;
        self.record_call(format!("save {name}"));
        Ok(PathBuf::from("/downloads").join(name))
    }

    fn reveal_folder(&self, folder: Folder) -> Result<(), ShellError> {
        self.record_call(format!("reveal {folder:?}"));
        Ok(())
    }

    fn get_hotkeys(&self) -> Hotkeys {
        Hotkeys { ask: "Ctrl+Shift+Space".into(), problem: Some("Another program has these keys".into()) }
    }

    fn change_hotkeys(&self, change: &HotkeyChange) -> Result<Hotkeys, ShellError> {
        let ask = change.ask.clone().unwrap_or_default();
        if ask == "Ctrl+C" {
            return Err(ShellError::Taken("Ctrl+C cannot be had".into()));
        }
        self.record_call(format!("keys {ask}"));
        Ok(Hotkeys { ask, problem: None })
    }

    fn microphone_problem(&self) -> Option<String> {
        self.microphone_problem.lock().unwrap().clone()
    }

    async fn list_microphones(&self) -> Result<Vec<Microphone>, ShellError> {
        let microphone =
            |id: &str, name: &str, is_default| Microphone { id: id.into(), name: name.into(), is_default };
        Ok(vec![microphone("desk", "Microphone of the desk", true), microphone("ear", "Headset", false)])
    }

    fn start_capture(&self, stop: CancellationToken) -> Result<mpsc::Receiver<CaptureEvent>, ShellError> {
        let (sender, events) = mpsc::channel(64);
        let sound = self.microphone_samples.lock().unwrap().clone();
        let is_loose = self.is_unplugged_at_end.load(Ordering::SeqCst);
        let repetitions = if self.repeats_samples.load(Ordering::SeqCst) { usize::MAX } else { 1 };
        let spoken_captures = self.spoken_captures.clone();
        tokio::spawn(async move {
            tokio::time::sleep(PIECE_INTERVAL).await;
            let _ = sender.send(CaptureEvent::Started { microphone: "Microphone of the desk".into() }).await;
            let pieces =
                std::iter::repeat_n(&sound, repetitions).flat_map(|sound| sound.chunks(PIECE_SAMPLES));
            let mut pieces = pieces.map(<[f32]>::to_vec).fuse();
            let mut is_spoken = false;
            while !stop.is_cancelled() && !sender.is_closed() {
                let piece = match pieces.next() {
                    Some(piece) => piece,
                    None if is_loose => {
                        let _ = sender
                            .send(CaptureEvent::Lost(
                                "it gives no sound; it may have been disconnected".into(),
                            ))
                            .await;
                        return;
                    }
                    None => {
                        if !std::mem::replace(&mut is_spoken, true) {
                            spoken_captures.send_modify(|count| *count += 1);
                        }
                        vec![0.0; PIECE_SAMPLES]
                    }
                };
                let level = piece.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
                let _ = sender.send(CaptureEvent::Level(level)).await;
                let _ = sender.send(CaptureEvent::Samples(piece)).await;
                tokio::time::sleep(PIECE_INTERVAL).await;
            }
            // A real microphone waits for the samples that are still on their way.
            tokio::time::sleep(CAPTURE_TAIL).await;
        });
        Ok(events)
    }

    async fn list_voices(&self) -> Result<Vec<ReadingVoice>, ShellError> {
        let voice = |id: &str, name: &str, language: &str| ReadingVoice {
            id: id.into(),
            name: name.into(),
            language: language.into(),
        };
        Ok(vec![voice("anna", "Anna", "de"), voice("bob", "Bob", "en-gb")])
    }

    async fn read_aloud(
        &self,
        mut sentences: mpsc::Receiver<Utterance>,
        stop: CancellationToken,
    ) -> Result<(), ShellError> {
        if self.has_no_voice.load(Ordering::SeqCst) {
            return Err(ShellError::Failed("no voice is installed".into()));
        }
        let mut limit = self.reading_limit.subscribe();
        while let Some(Some(sentence)) = stop.run_until_cancelled(sentences.recv()).await {
            let count = self.read_sentences.lock().unwrap().len();
            let may_end = limit.wait_for(|limit| limit.is_none_or(|limit| count < limit));
            if stop.run_until_cancelled(may_end).await.is_some() {
                self.read_sentences.lock().unwrap().push(sentence);
            }
        }
        Ok(())
    }

    async fn show_window(&self, request: ShowWindowRequest) -> Result<(), ShellError> {
        self.record_call(format!("show {}", request.paths.len()));
        Ok(())
    }
}

/// Creates a notebook with the handbook, and opens it in a browser as the program's window does; waits for the
/// selector `ready`.
pub async fn open_notebook_window(node: &Node, client: &Client, ready: &str) -> (NotebookId, Browser) {
    let new = NewNotebook { title: "House".into(), emoji: None };
    let notebook = client.call::<CreateNotebook>(&[], &(), &new).await.unwrap().id;
    client.add_text(notebook, "Handbook", HANDBOOK_TEXT).await.unwrap();
    wait_until_settled(client, notebook).await;
    let browser = Browser::start(1440, 900, false).await;
    browser.go_to(&node.create_window_address()).await;
    browser.wait_until("document.querySelector('.app')").await;
    browser.go_to(&format!("{}/notebook/{notebook}", node.address())).await;
    browser.wait_until(&format!("document.querySelector('{ready}')")).await;
    (notebook, browser)
}

/// Starts a node in this process with a shell, a folder of models (or the default one) and the address of a language
/// model.
pub async fn start_node(
    data: &Path,
    shell: &Arc<ScriptedShell>,
    events: &ShellEvents,
    models: Option<PathBuf>,
    chat: &str,
) -> Node {
    start_node_with(create_composition(data, models, chat), shell, events).await
}

/// Composition of a node with a data directory, a folder of models and the address of a language model.
///
/// # Panics
/// When its folders or settings cannot be read.
pub fn create_composition(data: &Path, models: Option<PathBuf>, chat: &str) -> Composition {
    let mut directories = Directories::from_environment(Some(data)).unwrap();
    directories.models = models.unwrap_or(directories.models);
    let flags = [("chat.address", chat.into())];
    let effective = EffectiveSettings::load(&directories.settings_file, &flags);
    #[allow(clippy::disallowed_methods, reason = "a node in this process is where the clock comes from")]
    let clock = Clock::new(jiff::Timestamp::now);
    let composition = Composition::from_settings(directories, &effective.unwrap(), &flags, clock).unwrap();
    Composition { worker: hearth_program(), ..composition }
}

/// Starts a node of a composition in this process, with a shell.
///
/// # Panics
/// When it does not start.
pub async fn start_node_with(
    composition: Composition,
    shell: &Arc<ScriptedShell>,
    events: &ShellEvents,
) -> Node {
    let node = Node::start(NodeOptions {
        composition,
        listen: ([127, 0, 0, 1], 0).into(),
        insecure_http: false,
        shell: Some(ShellHandle::new(Arc::clone(shell) as _, events)),
    })
    .await
    .unwrap();
    *shell.client.lock().unwrap() = Some(Client::new(&node.address(), node.token()).unwrap());
    node
}
