//! State that all routes share.

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hearth_domain::KeyId;
use hearth_library::Library;
use hearth_machine::Machine;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::allowed_hosts::AllowedHosts;
use crate::credentials::Credentials;
use crate::current_reading::CurrentReading;
use crate::dictation_slot::DictationSlot;
use crate::fetcher::Fetcher;
use crate::metrics::Metrics;
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
    /// Maximum size of an upload.
    pub(crate) max_upload_bytes: u64,
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

    /// Stores that a key was used, at most once a minute.
    pub(crate) fn record_key_use(&self, id: KeyId) {
        let mut key_uses = self.key_uses.lock().unwrap_or_else(PoisonError::into_inner);
        if key_uses.get(&id).is_some_and(|at| at.elapsed() < KEY_USE_INTERVAL) {
            return;
        }
        key_uses.insert(id, Instant::now());
        let machine = self.machine.clone();
        self.tasks.spawn_blocking(move || {
            if let Err(error) = machine.record_key_use(id) {
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
