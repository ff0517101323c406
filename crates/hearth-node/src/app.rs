//! State that all routes share.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hearth_domain::KeyId;
use hearth_host::{EffectiveSettings, Settings};
use hearth_library::Library;
use hearth_machine::Machine;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::allowed_hosts::AllowedHosts;
use crate::credentials::Credentials;
use crate::dictation::DictationSlot;
use crate::fetcher::Fetcher;
use crate::metrics::Metrics;
use crate::read_aloud::CurrentReading;
use crate::route_error::RouteError;
use crate::shell::ShellHandle;

/// Minimum time between two stored uses of a key.
const KEY_USE_INTERVAL: Duration = Duration::from_mins(1);

/// A node's state. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

/// Fields of [`App`].
pub(crate) struct Inner {
    pub(crate) library: Library,
    pub(crate) machine: Machine,
    pub(crate) credentials: Credentials,
    /// Settings at the node's start; those that can change while it runs are read from the library.
    pub(crate) settings: Settings,
    /// Settings of this run's command line: `section.key` and value.
    pub(crate) flags: Vec<(String, String)>,
    pub(crate) settings_file: PathBuf,
    pub(crate) metrics: Metrics,
    pub(crate) fetcher: Fetcher,
    /// The desktop program that runs this node, or `None`.
    pub(crate) shell: Option<ShellHandle>,
    pub(crate) dictation_slot: DictationSlot,
    /// Permits for dictations over sockets.
    pub(crate) dictation_permits: Arc<Semaphore>,
    pub(crate) current_reading: CurrentReading,
    /// Number of the desktop window's pages that receive shell events.
    pub(crate) connected_pages: AtomicUsize,
    pub(crate) name: String,
    /// Base URL for programs of this machine.
    pub(crate) address: String,
    /// Stable id of the node, independent of its name.
    pub(crate) id: String,
    pub(crate) allowed_hosts: AllowedHosts,
    /// Time of the last stored use of each key.
    pub(crate) key_uses: Mutex<HashMap<KeyId, Instant>>,
    /// Id of this process in event ids.
    pub(crate) run_id: String,
    pub(crate) started_at: Instant,
    pub(crate) stop: CancellationToken,
    /// Background tasks, which a stop waits for.
    pub(crate) tasks: TaskTracker,
}

impl App {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// Loads the settings now in effect, with the flags of this run.
    pub(crate) fn effective_settings(&self) -> Result<EffectiveSettings, RouteError> {
        let flags: Vec<(&str, String)> =
            self.flags.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        EffectiveSettings::load(&self.settings_file, &flags)
            .map_err(|error| RouteError::invalid_request(error.to_string()))
    }

    /// Stores that a key was used, at most once a minute.
    pub(crate) fn record_key_use(&self, id: KeyId) {
        let mut key_uses = self.key_uses.lock().unwrap_or_else(PoisonError::into_inner);
        if key_uses.get(&id).is_some_and(|at| at.elapsed() < KEY_USE_INTERVAL) {
            return;
        }
        key_uses.insert(id, Instant::now());
        let app = self.clone();
        self.tasks.spawn(async move {
            if let Err(error) = app.library.record_key_use(id).await {
                tracing::debug!(%error, "a key's use could not be stored");
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
