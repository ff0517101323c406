//! A library with scripted engines, in a folder that is removed with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hearth_domain::{
    EmbedderCatalogue, Job, JobId, NotebookId, Origin, OriginKind, Source, SourceId, SourceStatus, Turn,
    TurnId, TurnState,
};
use hearth_index::SearchIndex;
use hearth_library::{AskRequest, AskSettings, Library, LibraryEvent, LibraryParts, NewFile};
use hearth_store::Store;
use tempfile::TempDir;
use tokio::sync::broadcast::error::RecvError;

use crate::{InProcessReader, ScriptedChat, ScriptedSpeech, TestClock, WordEmbedders};

/// Id of the embedder at the start.
pub const WORD_EMBEDDER: &str = "words";
/// Time after which a test fails that waits for something.
const WAIT_TIMEOUT: Duration = Duration::from_mins(1);

/// A library in the test's process, and the engines that the test scripts.
pub struct TestLibrary {
    pub library: Library,
    pub chat: Arc<ScriptedChat>,
    pub speech: ScriptedSpeech,
    pub clock: TestClock,
    folder: TempDir,
}

/// Settings of asking: the one scripted model, and nothing that comes after an answer.
fn ask_settings() -> AskSettings {
    AskSettings {
        model: String::new(),
        context: 4096,
        max_answer: 512,
        temperature: 0.0,
        passages: 12,
        follow_ups: false,
        guides: false,
    }
}

impl TestLibrary {
    /// Starts an empty library; `speech` are the words that recordings have.
    pub async fn start(speech: &[&'static str]) -> Self {
        Self::start_with(speech, |_| ()).await
    }

    /// Starts an empty library with changed settings of asking.
    pub async fn start_with(speech: &[&'static str], change: impl FnOnce(&mut AskSettings)) -> Self {
        let folder = TempDir::new().expect("the system has a folder of temporary files");
        let (chat, clock) = (Arc::new(ScriptedChat::default()), TestClock::default());
        let speech = ScriptedSpeech::new(speech);
        let mut settings = ask_settings();
        change(&mut settings);
        let library = open_library(folder.path(), &chat, &speech, &clock, settings).await;
        Self { library, chat, speech, clock, folder }
    }

    /// Folder of the library.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stops the library and opens it anew, as the next process does.
    pub async fn restart(self) -> Self {
        let Self { library, chat, speech, clock, folder } = self;
        library.stop();
        library.close().await;
        let settings = library.ask_settings();
        drop(library);
        let library = open_library(folder.path(), &chat, &speech, &clock, settings).await;
        Self { library, chat, speech, clock, folder }
    }

    /// Creates a notebook.
    pub async fn create_notebook(&self, title: &str) -> NotebookId {
        self.library.create_notebook(title, None).await.expect("a notebook is created").id
    }

    /// Adds a file without waiting until it is read.
    pub async fn add_file(&self, notebook: NotebookId, name: &str, content: &[u8]) -> Source {
        let mut bytes = self.library.stage_file().await.expect("a file is staged");
        bytes.write(content).await.expect("a staged file is written");
        let origin = Origin { kind: OriginKind::Upload, value: None };
        let file = NewFile { name: name.to_owned(), bytes, origin };
        self.library.add_file(notebook, file).await.expect("the file is added").source
    }

    /// Adds a file and waits until it is ready or has failed.
    pub async fn read_file(&self, notebook: NotebookId, name: &str, content: &[u8]) -> Source {
        let source = self.add_file(notebook, name, content).await;
        self.wait_for_source(source.id).await
    }

    /// Waits until a source is ready or has failed.
    pub async fn wait_for_source(&self, id: SourceId) -> Source {
        self.wait_for(async || {
            let source = self.library.get_source(id).await.expect("the source is there");
            matches!(source.status, SourceStatus::Ready | SourceStatus::Failed).then_some(source)
        })
        .await
    }

    /// Waits until a job has ended.
    pub async fn wait_for_job(&self, id: JobId) -> Job {
        self.wait_for(async || {
            let job = self.library.get_job(id).await.expect("the job is there");
            job.state.is_final().then_some(job)
        })
        .await
    }

    /// Asks a question and waits for the end of its turn.
    pub async fn ask(&self, notebook: NotebookId, request: AskRequest) -> Turn {
        let turn = self.library.ask_question(notebook, request).await.expect("the question is taken");
        self.wait_for_turn(turn.id).await
    }

    /// Waits until a turn has ended.
    pub async fn wait_for_turn(&self, id: TurnId) -> Turn {
        self.wait_for(async || {
            let turn = self.library.get_turn(id).await.expect("the turn is there");
            (turn.state != TurnState::Running).then_some(turn)
        })
        .await
    }

    /// Waits until a look at the library gives something; looks again after each of its events.
    pub async fn wait_for<T>(&self, look: impl AsyncFn() -> Option<T>) -> T {
        let (_, mut events) = self.library.subscribe_events(None);
        let found = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                if matches!(events.recv().await, Err(RecvError::Closed)) {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::time::timeout(WAIT_TIMEOUT, found).await.expect("what the test waits for comes")
    }

    /// Waits until an event matches.
    pub async fn wait_for_event(
        events: &mut tokio::sync::broadcast::Receiver<(u64, LibraryEvent)>,
        is_match: impl Fn(&LibraryEvent) -> bool,
    ) {
        let matching = async {
            while let Ok((_, event)) = events.recv().await {
                if is_match(&event) {
                    return;
                }
            }
        };
        tokio::time::timeout(WAIT_TIMEOUT, matching).await.expect("the event comes");
    }
}

async fn open_library(
    folder: &Path,
    chat: &Arc<ScriptedChat>,
    speech: &ScriptedSpeech,
    clock: &TestClock,
    settings: AskSettings,
) -> Library {
    let store = Store::open(folder, clock.clock()).await.expect("the library opens");
    let embedding_model = WordEmbedders.embedding_model(WORD_EMBEDDER).expect("the embedder is known");
    let index_folder: PathBuf = folder.join("index");
    let dimensions = embedding_model.embedder.info().dimensions;
    let index = SearchIndex::open(&index_folder, WORD_EMBEDDER, dimensions).expect("the indexes open");
    let parts = LibraryParts {
        store,
        index,
        reader: Arc::new(InProcessReader),
        embedding_model,
        embedders: Arc::new(WordEmbedders),
        speech: Arc::new(speech.clone()),
        chat: Arc::clone(chat) as _,
        clock: clock.clock(),
        settings,
        max_text_chars: 1_000_000,
        max_concurrent_reads: 2,
    };
    let library = Library::start(parts).await.expect("the library starts");
    library.start_workers();
    library
}
