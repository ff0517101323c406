//! The machine: state that all its use cases share.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hearth_domain::{ChatModel, Clock, EventStream, Positioned, SpeechEngines};
use tokio::sync::{Semaphore, broadcast};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access_store::AccessStore;
use crate::download_list::DownloadList;
use crate::settings_source::SettingsSource;
use crate::{ChatServers, LocalModels, LocalSpeech, MachineError, MachineEvent};

/// Recordings that are decoded at the same time for callers who wait.
const MAX_CONCURRENT_DECODINGS: usize = 1;
/// Folder of temporary files.
const SCRATCH_FOLDER: &str = "scratch";

/// Time that tasks have to end at a stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Parts of a machine.
pub struct MachineParts {
    pub models: Arc<LocalModels>,
    pub speech: Arc<LocalSpeech>,
    /// Engines of dictation and transcription: those of `speech`, or others.
    pub engines: Arc<dyn SpeechEngines>,
    pub chat: ChatServers,
    pub clock: Clock,
    pub settings: SettingsSource,
    /// Folder of what the machine stores: recordings of dictations, downloads, keys.
    pub folder: PathBuf,
}

/// A running machine. Cheap to clone.
#[derive(Clone)]
pub struct Machine(pub(crate) Arc<Shared>);

/// State of a machine, behind its cheap handles.
pub(crate) struct Shared {
    pub(crate) models: Arc<LocalModels>,
    pub(crate) speech: Arc<LocalSpeech>,
    pub(crate) engines: Arc<dyn SpeechEngines>,
    chat: RwLock<Arc<ChatServers>>,
    pub(crate) clock: Clock,
    pub(crate) folder: PathBuf,
    /// Folder of temporary files, emptied at each start.
    pub(crate) scratch: PathBuf,
    pub(crate) downloads: DownloadList,
    pub(crate) access: AccessStore,
    pub(crate) settings: SettingsSource,
    pub(crate) decoding_permits: Semaphore,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    events: EventStream<MachineEvent>,
}

impl Shared {
    pub(crate) fn publish(&self, event: MachineEvent) {
        self.events.publish(event);
    }
}

impl Machine {
    /// Starts a machine, and completes the recordings of a previous process; [`Self::resume_downloads`] comes when
    /// all else has started.
    pub async fn start(parts: MachineParts) -> Result<Self, MachineError> {
        let MachineParts { models, speech, engines, chat, clock, settings, folder } = parts;
        crate::dictation::recover_recordings(&folder).await;
        let scratch = folder.join(SCRATCH_FOLDER);
        // Files of a process that was killed.
        if let Err(error) = std::fs::remove_dir_all(&scratch)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the folder of temporary files could not be emptied");
        }
        let downloads = DownloadList::open(&folder)?;
        let access = AccessStore::open(&folder)?;
        let machine = Self(Arc::new(Shared {
            models,
            speech,
            engines,
            chat: RwLock::new(Arc::new(chat)),
            clock,
            folder,
            scratch,
            downloads,
            access,
            settings,
            decoding_permits: Semaphore::new(MAX_CONCURRENT_DECODINGS),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            events: EventStream::default(),
        }));
        let watching = machine.clone();
        machine.0.tasks.spawn(async move { watching.watch_graphics_card().await });
        Ok(machine)
    }

    /// Models of this machine.
    pub fn models(&self) -> &Arc<LocalModels> {
        &self.0.models
    }

    /// Speech engines of this machine.
    pub fn speech(&self) -> &Arc<LocalSpeech> {
        &self.0.speech
    }

    /// The language model servers as one.
    pub fn chat_model(&self) -> Arc<dyn ChatModel> {
        self.chat_servers()
    }

    /// The language model servers.
    pub fn chat_servers(&self) -> Arc<ChatServers> {
        Arc::clone(&self.0.chat.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Uses other language model servers from now on.
    pub(crate) fn use_chat_servers(&self, chat: ChatServers) {
        *self.0.chat.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(chat);
    }

    /// Publishes that a model's files came or went.
    pub fn publish_model_change(&self, id: &str) {
        self.0.speech.unload_model(id);
        self.0.publish(MachineEvent::Model(id.into()));
    }

    /// Clock of all timestamps.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Subscribes to events. Also returns those after a position, or `None` if some are no longer known.
    pub fn subscribe_events(
        &self,
        after: Option<u64>,
    ) -> (Option<Vec<Positioned<MachineEvent>>>, broadcast::Receiver<Positioned<MachineEvent>>) {
        self.0.events.subscribe_after(after)
    }

    /// Position of the latest event.
    pub fn event_position(&self) -> u64 {
        self.0.events.position()
    }

    /// Fails if there is no model for transcription.
    pub fn ensure_transcriber(&self) -> Result<(), MachineError> {
        Ok(self.0.engines.transcriber(None).map(drop)?)
    }

    /// Has downloads and background tasks end.
    pub fn begin_stop(&self) {
        self.0.stop.cancel();
    }

    /// Stops downloads and background tasks, and waits until they have ended, for some seconds at most.
    pub async fn stop(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        if timeout(STOP_TIMEOUT, self.0.tasks.wait()).await.is_err() {
            tracing::warn!("a background task of the machine did not stop in time");
        }
    }

    /// Publishes when the graphics card fails, so that pages look at the status.
    async fn watch_graphics_card(&self) {
        tokio::select! {
            () = self.0.speech.graphics_card().wait_for_problem() => {
                self.0.publish(MachineEvent::Model(self.0.speech.chosen_model().0.into()));
            }
            () = self.0.stop.cancelled() => {}
        }
    }
}
