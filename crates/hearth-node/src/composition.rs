//! Composition of the library and its engines from the settings.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hearth_chat::{Ollama, OpenAi};
use hearth_documents::DocumentReader;
use hearth_domain::{ChatError, ChatModel, Clock, EmbedError};
use hearth_host::{ChatServer, Directories, EffectiveSettings, Settings, pdfium_library};
use hearth_index::{IndexError, SearchIndex};
use hearth_library::{AskSettings, Library, LibraryError, LibraryParts, ModelCatalogue, SpeechEngines};
use hearth_models::CatalogueError;
use hearth_speech::HAS_GRAPHICS_SUPPORT;
use hearth_store::{Store, StoreError, apply_restore};
use hearth_worker::Limits;

use crate::allowed_hosts::InvalidNetwork;
use crate::models::LocalModels;
use crate::speech::LocalSpeech;

/// Error of starting a node; its message names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Embed(#[from] EmbedError),
    #[error("the language model server's address is not usable: {0}")]
    Chat(#[from] ChatError),
    #[error(transparent)]
    Network(#[from] InvalidNetwork),
    #[error("{0} is in use by another node (process {1}); stop that one or choose another --data-dir")]
    InUse(String, u32),
    #[error("the folder {0} cannot hold the library: {1}; choose another one, or mend this one")]
    Folder(String, String),
    #[error("the address {address} cannot be listened on: {reason}")]
    Listen { address: String, reason: String },
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Settings, paths and clock that a node is built from.
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
    /// True if speech models try the graphics card.
    pub graphics: bool,
}

impl Composition {
    /// Composition whose worker is the running program; `flags` are `section.key` with a value. Fails if the
    /// program's own path is unknown.
    pub fn from_settings(
        directories: Directories,
        effective: &EffectiveSettings,
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
            graphics: HAS_GRAPHICS_SUPPORT,
        })
    }
}

/// Client of the language model server in the settings.
pub(crate) fn create_chat_model(settings: &Settings) -> Result<Arc<dyn ChatModel>, ChatError> {
    let chat = &settings.chat;
    let patience = Duration::from_secs(chat.patience_seconds);
    Ok(match chat.server {
        ChatServer::Ollama => Arc::new(Ollama::new(&chat.address, &chat.keep_alive, patience)?),
        ChatServer::OpenAi => Arc::new(OpenAi::new(&chat.address, &chat.key, patience)?),
    })
}

/// Settings of answering questions, from the node's settings.
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

/// Opens the library with its models and starts its jobs.
pub(crate) async fn open_library(
    parts: &Composition,
    models: &Arc<LocalModels>,
    speech: &Arc<LocalSpeech>,
) -> Result<Library, StartError> {
    let settings = &parts.settings;
    apply_restore(&parts.directories.data)?;
    let store = Store::open(&parts.directories.data, parts.clock.clone()).await?;
    let wanted = &settings.embed.model;
    let mut current = Library::resolve_embedder_id(&store, wanted).await?;
    if models.embedding_model(&current).is_err() {
        // The catalogue no longer has this embedder, so its vectors are of no use.
        current.clone_from(wanted);
    }
    let embedding = models.embedding_model(&current)?;
    let known = embedding.embedder.info();
    let index = SearchIndex::open(&parts.directories.data.join("index"), &known.id, known.dimensions)?;
    let limits = Limits {
        memory_bytes: settings.ingest.reader_memory_mb << 20,
        seconds: settings.ingest.reader_seconds,
        input_bytes: settings.ingest.max_upload_mb << 20,
        ..Limits::default()
    };
    let library = Library::start(LibraryParts {
        store,
        index,
        reader: DocumentReader::new(parts.worker.clone(), &["worker"], limits, parts.pdfium.clone()),
        embedding_model: embedding,
        models: Arc::clone(models) as Arc<dyn ModelCatalogue>,
        speech: Arc::clone(speech) as Arc<dyn SpeechEngines>,
        chat: create_chat_model(settings)?,
        clock: parts.clock.clone(),
        settings: ask_settings(settings),
        max_text_chars: settings.ingest.max_text_chars,
        max_concurrent_reads: settings.ingest.readers,
    })
    .await?;
    library.change_embedder(wanted).await?;
    library.start_workers();
    Ok(library)
}
