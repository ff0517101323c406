//! Composition of the library and its engines from the settings.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use hearth_documents::ConfinedReader;
use hearth_domain::{
    AccessRecords, ChatError, Clock, EmbedError, EmbedderCatalogue, JobPayload, NotebookId, SpeechEngines,
};
use hearth_host::{Directories, EffectiveSettings, Settings, pdfium_library};
use hearth_index::{IndexError, SearchIndex};
use hearth_library::{AskSettings, Library, LibraryError, LibraryParts};
use hearth_machine::{
    ChatServers, DictationLibrary, LocalModels, LocalSpeech, Machine, MachineError, MachineEvent,
    MachineParts, SettingsSource,
};
use hearth_models::CatalogueError;
use hearth_speech::HAS_GRAPHICS_SUPPORT;
use hearth_store::{Store, StoreError, apply_restore};
use hearth_worker::Limits;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::allowed_hosts::InvalidNetwork;

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
    Machine(#[from] MachineError),
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
    #[error(
        "the folder {0} cannot hold the library: {1}; repair it, or choose another folder with --data-dir"
    )]
    Folder(String, String),
    #[error("the node cannot listen on {address}: {reason}")]
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

/// Starts the machine: its models, speech engines and language model server.
pub(crate) async fn start_machine(parts: &Composition) -> Result<Machine, StartError> {
    let settings = &parts.settings;
    let models =
        Arc::new(LocalModels::new(&parts.directories.models, &settings.models.hub, &settings.embed)?);
    let speech = Arc::new(LocalSpeech::new(settings, &parts.worker, parts.graphics, &models));
    let machine = Machine::start(MachineParts {
        models,
        engines: Arc::clone(&speech) as Arc<dyn SpeechEngines>,
        speech,
        chat: ChatServers::from_settings(settings)?,
        clock: parts.clock.clone(),
        settings: SettingsSource {
            file: parts.directories.settings_file.clone(),
            flags: parts.flags.clone(),
            at_start: settings.clone(),
        },
        folder: parts.directories.data.clone(),
    });
    Ok(machine.await?)
}

/// Opens the library with the engines of a machine; its jobs are not started yet.
pub(crate) async fn open_library(parts: &Composition, machine: &Machine) -> Result<Library, StartError> {
    let settings = &parts.settings;
    apply_restore(&parts.directories.data)?;
    let store = Store::open(&parts.directories.data, parts.clock.clone()).await?;
    // This process holds the folder's lock: the owner of a job that seems to run is dead.
    if let Err(error) = store.expire_leases().await {
        // On a full disk, for example; the leases end by themselves.
        tracing::warn!(%error, "interrupted jobs wait until their leases end");
    }
    let configured = &settings.embed.model;
    let mut current = Library::resolve_embedder_id(&store, configured).await?;
    if machine.models().embedding_model(&current).is_err() {
        // The catalogue no longer has this embedder, so its vectors are of no use.
        current.clone_from(configured);
    }
    let embedding_model = machine.models().embedding_model(&current)?;
    let info = embedding_model.embedder.info();
    let index = SearchIndex::open(&parts.directories.data.join("index"), &info.id, info.dimensions)?;
    let limits = Limits {
        memory_bytes: settings.ingest.reader_memory_mb << 20,
        seconds: settings.ingest.reader_seconds,
        input_bytes: settings.ingest.max_upload_mb << 20,
        ..Limits::default()
    };
    let library = Library::start(LibraryParts {
        store,
        index,
        reader: Arc::new(ConfinedReader::new(
            parts.worker.clone(),
            &["worker"],
            limits,
            parts.pdfium.clone(),
        )),
        embedding_model,
        embedders: Arc::clone(machine.models()) as Arc<dyn EmbedderCatalogue>,
        speech: Arc::clone(machine.speech()) as Arc<dyn SpeechEngines>,
        chat: machine.chat_model(),
        clock: parts.clock.clone(),
        settings: ask_settings(settings),
        max_text_chars: settings.ingest.max_text_chars,
        max_concurrent_reads: settings.ingest.readers,
    })
    .await?;
    library.change_embedder(configured).await?;
    Ok(library)
}

/// Hands the identity, keys and sessions that a library of 0.1.0 holds to a machine that has none, and deletes them
/// from the library: a restored backup must not grant access again that was revoked since.
pub(crate) async fn adopt_access_records(library: &Library, machine: &Machine) -> Result<(), StartError> {
    let former = library.read_former_access().await?;
    if former == AccessRecords::default() {
        return Ok(());
    }
    if machine.needs_access_records() {
        machine.adopt_access_records(former)?;
    }
    Ok(library.delete_former_access().await?)
}

/// Hands the downloads that a library of 0.1.0 has open to the machine.
pub(crate) async fn adopt_downloads(library: &Library, machine: &Machine) -> Result<(), StartError> {
    for job in library.list_downloads().await? {
        // A model that the catalogue no longer has is not downloaded.
        if let JobPayload::Download { model, provider } = &job.payload
            && let Err(error) = machine.start_download(model, *provider)
        {
            tracing::warn!(%error, "a download of an earlier version was cancelled");
        }
        library.cancel_job(job.id).await?;
    }
    Ok(())
}

/// Wakes the library's jobs that wait for a model whenever one arrives, until the node stops.
pub(crate) async fn wake_jobs_for_models(library: Library, machine: Machine, stop: CancellationToken) {
    let (_, mut events) = machine.subscribe_events(None);
    loop {
        // At first for a model that came while the node started.
        if let Err(error) = library.wake_delayed_jobs().await {
            tracing::warn!(%error, "jobs that wait for a model could not be woken");
        }
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                () = stop.cancelled() => return,
            };
            match event {
                Ok((_, MachineEvent::Model(_) | MachineEvent::Settings)) | Err(RecvError::Lagged(_)) => break,
                Ok((_, MachineEvent::Job(_))) => {}
                Err(RecvError::Closed) => return,
            }
        }
    }
}

/// The library of this node, as a dictation uses it.
pub(crate) struct LocalDictationLibrary(pub(crate) Library);

#[async_trait]
impl DictationLibrary for LocalDictationLibrary {
    async fn list_vocabulary(&self, notebook: NotebookId) -> Vec<String> {
        self.0.list_vocabulary(notebook).await.unwrap_or_default()
    }

    async fn prefetch(&self, notebook: NotebookId, text: &str) {
        if let Err(error) = self.0.prefetch_search(notebook, text).await {
            tracing::debug!(%error, "the search ahead of the question failed");
        }
    }

    async fn warm_models(&self) {
        self.0.warm_models().await;
    }
}
