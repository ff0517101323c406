//! A node, running.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use hearth_host::machine_name;
use hearth_models::{Catalogue, ModelCache};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::app::{App, Inner};
use crate::compose::{Composition, StartError, compose, embedder};
use crate::credentials::{Credentials, secret};
use crate::fetch::Fetcher;
use crate::identity::{Identity, NodeFile};
use crate::router::router;

/// Pages that are drawn at the same time.
const PAGES: usize = 2;
/// How long open connections may go on after the node was told to stop.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How a node is started.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    pub composition: Composition,
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
}

/// A running node. Stop it with [`Node::stop`].
pub struct Node {
    app: App,
    address: SocketAddr,
    token: String,
    server: JoinHandle<std::io::Result<()>>,
    identity: Identity,
}

impl Node {
    /// Opens the library and begins to serve it.
    pub async fn start(options: NodeOptions) -> Result<Self, StartError> {
        let NodeOptions { composition, listen } = options;
        if !listen.ip().is_loopback() {
            return Err(StartError::Listen {
                address: listen.to_string(),
                reason: "a node listens on this machine only; use 127.0.0.1".into(),
            });
        }
        let identity = Identity::claim(&composition.directories.data)?;
        let cache = ModelCache::new(&composition.directories.models);
        let embedder = embedder(&composition.settings, &cache)?;
        let engine = compose(&composition, &embedder).await?;
        let not_heard = |error: std::io::Error| StartError::Listen {
            address: listen.to_string(),
            reason: error.to_string(),
        };
        let listener = TcpListener::bind(listen).await.map_err(not_heard)?;
        let address = listener.local_addr()?;
        let token = secret();
        let name = match composition.settings.node.name.as_str() {
            "" => machine_name(),
            name => name.to_owned(),
        };
        let app = App::new(Inner {
            stop: engine.stopping(),
            engine,
            credentials: Credentials::new(&token),
            fetcher: Fetcher::new(&composition.settings.fetch),
            settings: composition.settings,
            catalogue: Catalogue::embedded()?,
            cache,
            embedder,
            pages: Semaphore::new(PAGES),
            name,
            hosts: names(address),
            started: Instant::now(),
        });
        identity.publish(&NodeFile {
            address: format!("http://{address}"),
            token: token.clone(),
            pid: std::process::id(),
        })?;
        let server = tokio::spawn(serve(app.clone(), listener));
        Ok(Self { app, address, token, server, identity })
    }

    /// `http://127.0.0.1:PORT`
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bearer token of programs on this machine.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// An address that opens the node in a browser, once.
    pub fn page(&self) -> String {
        format!("{}/?code={}", self.address(), self.app.credentials.new_code())
    }

    /// Stops serving and working; what was begun goes on at the next start.
    pub async fn stop(self) {
        self.app.engine.stop();
        if let Err(error) = self.server.await {
            tracing::warn!(%error, "the server did not end well");
        }
        self.app.engine.store().close().await;
        drop(self.identity);
    }
}

/// The names under which a node on the loopback may be asked.
fn names(address: SocketAddr) -> Vec<String> {
    let port = address.port();
    vec![
        address.to_string(),
        format!("localhost:{port}"),
        format!("{}:{port}", Ipv4Addr::LOCALHOST),
        format!("[::1]:{port}"),
    ]
}

async fn serve(app: App, listener: TcpListener) -> std::io::Result<()> {
    let stop = app.stop.clone();
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::select! {
        ended = async { server.await } => ended,
        () = async { stop.cancelled().await; tokio::time::sleep(LAST_WORDS).await } => Ok(()),
    }
}
