//! What every route shares.

use std::sync::Arc;
use std::time::Instant;

use hearth_engine::Engine;
use hearth_host::Settings;
use hearth_models::{Catalogue, LocalEmbedder, ModelCache};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::credentials::Credentials;
use crate::fetch::Fetcher;

/// A node's state. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) credentials: Credentials,
    pub(crate) settings: Settings,
    pub(crate) catalogue: Catalogue,
    pub(crate) cache: ModelCache,
    pub(crate) embedder: LocalEmbedder,
    pub(crate) fetcher: Fetcher,
    /// Pages that are drawn at the same time.
    pub(crate) pages: Semaphore,
    pub(crate) name: String,
    /// `127.0.0.1:4327` and the other names under which this node may be asked.
    pub(crate) hosts: Vec<String>,
    pub(crate) started: Instant,
    pub(crate) stop: CancellationToken,
}

impl App {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
