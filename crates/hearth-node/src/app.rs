//! What every route shares.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hearth_domain::KeyId;
use hearth_engine::Engine;
use hearth_host::{Effective, Settings};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::fetch::Fetcher;
use crate::metrics::Metrics;
use crate::models::LocalModels;
use crate::names::Names;
use crate::reading::Reading;
use crate::shell::Attached;
use crate::speech::LocalSpeech;
use crate::voice::Listening;

const A_MINUTE: Duration = Duration::from_mins(1);

/// A node's state. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) credentials: Credentials,
    /// As the node was started with them; what can change while it runs is asked of the engine.
    pub(crate) settings: Settings,
    /// Of this run: `section.key` and value.
    pub(crate) flags: Vec<(String, String)>,
    pub(crate) settings_file: PathBuf,
    pub(crate) models: Arc<LocalModels>,
    pub(crate) speech: Arc<LocalSpeech>,
    pub(crate) metrics: Metrics,
    pub(crate) fetcher: Fetcher,
    /// The desktop program, when it is the one that runs this node.
    pub(crate) shell: Option<Attached>,
    pub(crate) listening: Listening,
    /// Dictations over sockets that go on at the same time.
    pub(crate) dictating: Arc<Semaphore>,
    pub(crate) reading: Reading,
    /// Pages of the desktop program's window that hear what it tells.
    pub(crate) watching: AtomicUsize,
    /// Pages that are drawn at the same time.
    pub(crate) pages: Semaphore,
    /// Held while a backup is written or read.
    pub(crate) backing_up: tokio::sync::Mutex<()>,
    pub(crate) name: String,
    /// Where programs of this machine reach it.
    pub(crate) address: String,
    /// Says which node it is, whatever it is called.
    pub(crate) id: String,
    pub(crate) names: Names,
    /// When each key's use was last written down.
    pub(crate) noted: Mutex<HashMap<KeyId, Instant>>,
    /// Says which process this is, in the ids of events.
    pub(crate) run: String,
    pub(crate) started: Instant,
    pub(crate) stop: CancellationToken,
}

impl App {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// What the settings say now, with the flags of this run.
    pub(crate) fn effective(&self) -> Result<Effective, Failure> {
        let flags: Vec<(&str, String)> =
            self.flags.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        Effective::load(&self.settings_file, &flags).map_err(|error| Failure::invalid(error.to_string()))
    }

    /// Writes down that a key is in use, once a minute at most.
    pub(crate) fn note_key(&self, id: KeyId) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.get(&id).is_some_and(|at| at.elapsed() < A_MINUTE) {
            return;
        }
        noted.insert(id, Instant::now());
        let app = self.clone();
        tokio::spawn(async move {
            if let Err(error) = app.engine.store().touch_key(id).await {
                tracing::debug!(%error, "a key's use could not be written down");
            }
        });
    }
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
