//! Putting the engines together from the settings.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hearth_chat::{Ollama, OpenAi};
use hearth_documents::Reader;
use hearth_domain::{ChatError, ChatModel, Clock, EmbedError};
use hearth_engine::{AskSettings, Engine, EngineError, EngineParts, Models, Speech};
use hearth_host::{ChatServer, Directories, Effective, Settings, pdfium_library};
use hearth_index::{Index, IndexError};
use hearth_models::CatalogueError;
use hearth_speech::HAS_GRAPHICS;
use hearth_store::{Store, StoreError, apply_restore};
use hearth_worker::Limits;

use crate::models::LocalModels;
use crate::names::BadNetwork;
use crate::speech::LocalSpeech;

/// Why a node cannot start, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Embed(#[from] EmbedError),
    #[error("the language model server's address is not usable: {0}")]
    Chat(#[from] ChatError),
    #[error(transparent)]
    Network(#[from] BadNetwork),
    #[error("{0} is in use by another node (process {1}); stop that one or choose another --data-dir")]
    InUse(String, u32),
    #[error("the folder {0} cannot hold the library: {1}; choose another one, or mend this one")]
    Folder(String, String),
    #[error("the address {address} cannot be listened on: {reason}")]
    Listen { address: String, reason: String },
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// What a node is composed from.
#[derive(Clone, Debug)]
pub struct Composition {
    pub settings: Settings,
    /// Settings of this run: `section.key` and value.
    pub flags: Vec<(String, String)>,
    pub directories: Directories,
    pub clock: Clock,
    /// The program that serves as worker when started with `worker`.
    pub worker: PathBuf,
    pub pdfium: Option<PathBuf>,
    /// Whether speech models try the graphics card.
    pub graphics: bool,
}

impl Composition {
    /// Of this program, which serves as its own worker; `flags` are `section.key` with a value.
    pub fn here(
        directories: Directories,
        effective: &Effective,
        flags: &[(&str, String)],
        clock: Clock,
    ) -> std::io::Result<Self> {
        Ok(Self {
            settings: effective.settings.clone(),
            flags: flags.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
            directories,
            clock,
            worker: std::env::current_exe()?,
            pdfium: pdfium_library(),
            graphics: HAS_GRAPHICS,
        })
    }
}

pub(crate) fn chat_model(settings: &Settings) -> Result<Arc<dyn ChatModel>, ChatError> {
    let chat = &settings.chat;
    let patience = Duration::from_secs(chat.patience_seconds);
    Ok(match chat.server {
        ChatServer::Ollama => Arc::new(Ollama::new(&chat.address, &chat.keep_alive, patience)?),
        ChatServer::OpenAi => Arc::new(OpenAi::new(&chat.address, &chat.key, patience)?),
    })
}

/// How questions are answered, by the settings.
pub(crate) fn ask_settings(settings: &Settings) -> AskSettings {
    AskSettings {
        model: settings.chat.model.clone(),
        context: settings.chat.context,
        max_answer: settings.chat.max_answer,
        temperature: settings.chat.temperature,
        passages: settings.ask.passages,
        follow_ups: settings.ask.follow_ups,
        guides: settings.ask.guides,
    }
}

/// Opens the library and starts its engine.
pub(crate) async fn compose(
    parts: &Composition,
    models: &Arc<LocalModels>,
    speech: &Arc<LocalSpeech>,
) -> Result<Engine, StartError> {
    let settings = &parts.settings;
    apply_restore(&parts.directories.data)?;
    let store = Store::open(&parts.directories.data, parts.clock.clone()).await?;
    let wanted = &settings.embed.model;
    let mut current = Engine::library_embedder(&store, wanted).await?;
    if models.embedding(&current).is_err() {
        // Of a catalogue that had it: its vectors serve no more.
        current.clone_from(wanted);
    }
    let embedding = models.embedding(&current)?;
    let known = embedding.embedder.info();
    let index = Index::open(&parts.directories.data.join("index"), &known.id, known.dimensions)?;
    let limits = Limits {
        memory_bytes: settings.ingest.reader_memory_mb << 20,
        seconds: settings.ingest.reader_seconds,
        input_bytes: settings.ingest.max_upload_mb << 20,
        ..Limits::default()
    };
    let engine = Engine::start(EngineParts {
        store,
        index,
        reader: Reader::new(parts.worker.clone(), &["worker"], limits, parts.pdfium.clone()),
        embedding,
        models: Arc::clone(models) as Arc<dyn Models>,
        speech: Arc::clone(speech) as Arc<dyn Speech>,
        chat: chat_model(settings)?,
        clock: parts.clock.clone(),
        settings: ask_settings(settings),
        max_text_chars: settings.ingest.max_text_chars,
        readers: settings.ingest.readers,
    })
    .await?;
    engine.change_embedder(wanted).await?;
    engine.work();
    Ok(engine)
}
