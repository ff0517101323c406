//! Putting the engines together from the settings.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hearth_chat::{Ollama, OpenAi};
use hearth_documents::Reader;
use hearth_domain::{ChatError, ChatModel, Clock, EmbedError, Embedder};
use hearth_engine::{AskSettings, Embedding, Engine, EngineError, EngineParts};
use hearth_host::{ChatServer, Directories, Settings};
use hearth_index::{Index, IndexError};
use hearth_models::{Catalogue, CatalogueError, LocalEmbedder, ModelCache};
use hearth_store::{Store, StoreError};
use hearth_worker::Limits;

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
    #[error("the embedder {0} is not in the catalogue; see `hearth models`")]
    UnknownEmbedder(String),
    #[error("the embedder {0} is not on this machine yet; get it with `hearth models get {0}`")]
    EmbedderMissing(String),
    #[error("{0} is in use by another node (process {1}); stop that one or choose another --data-dir")]
    InUse(String, u32),
    #[error("the address {address} cannot be listened on: {reason}")]
    Listen { address: String, reason: String },
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// What a node is composed from.
#[derive(Clone, Debug)]
pub struct Composition {
    pub settings: Settings,
    pub directories: Directories,
    pub clock: Clock,
    /// The program that serves as worker when started with `worker`.
    pub worker: PathBuf,
    pub pdfium: Option<PathBuf>,
}

/// The embedder that the settings choose, from the model cache.
pub fn embedder(settings: &Settings, cache: &ModelCache) -> Result<LocalEmbedder, StartError> {
    let catalogue = Catalogue::embedded()?;
    let id = &settings.embed.model;
    let entry = catalogue.find(id).ok_or_else(|| StartError::UnknownEmbedder(id.clone()))?;
    let files = cache.find(entry).ok_or_else(|| StartError::EmbedderMissing(id.clone()))?;
    Ok(LocalEmbedder::new(entry, files, settings.embed.threads)?)
}

fn chat_model(settings: &Settings) -> Result<Arc<dyn ChatModel>, ChatError> {
    let chat = &settings.chat;
    let patience = Duration::from_secs(chat.patience_seconds);
    Ok(match chat.server {
        ChatServer::Ollama => Arc::new(Ollama::new(&chat.address, &chat.keep_alive, patience)?),
        ChatServer::OpenAi => Arc::new(OpenAi::new(&chat.address, &chat.key, patience)?),
    })
}

/// Opens the library and starts its engine.
pub(crate) async fn compose(parts: &Composition, embedder: &LocalEmbedder) -> Result<Engine, StartError> {
    let settings = &parts.settings;
    let store = Store::open(&parts.directories.data, parts.clock.clone()).await?;
    let known = embedder.info();
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
        embedding: Embedding { embedder: Arc::new(embedder.clone()), spans: Arc::new(embedder.clone()) },
        chat: chat_model(settings)?,
        clock: parts.clock.clone(),
        settings: AskSettings {
            model: settings.chat.model.clone(),
            context: settings.chat.context,
            max_answer: settings.chat.max_answer,
            temperature: settings.chat.temperature,
            passages: settings.ask.passages,
        },
        max_text_chars: settings.ingest.max_text_chars,
    })
    .await?;
    for _ in 0..settings.ingest.readers.max(1) {
        let engine = engine.clone();
        tokio::spawn(async move { engine.work().await });
    }
    Ok(engine)
}
