//! A node, running.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum_server::tls_rustls::RustlsConfig;
use hearth_engine::{Engine, LibraryEvent};
use hearth_host::machine_name;
use hearth_store::Store;
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::app::{App, Inner};
use crate::compose::{Composition, StartError, compose};
use crate::credentials::{Credentials, SESSION_DAYS, Visitor, secret};
use crate::fetch::Fetcher;
use crate::identity::{Identity, NodeFile};
use crate::metrics::Metrics;
use crate::models::LocalModels;
use crate::names::Names;
use crate::reading::Reading;
use crate::router::router;
use crate::shell::Attached;
use crate::speech::LocalSpeech;
use crate::tls::certificate;
use crate::voice::Listening;

/// Pages that are drawn at the same time.
const PAGES: usize = 2;
/// People who dictate over sockets at the same time.
const DICTATIONS: usize = 4;
/// How long open connections may go on after the node was told to stop.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// Days that deleted things can be had back.
const TRASH_DAYS: i64 = 30;
/// How often what is older is looked for.
const TEND: Duration = Duration::from_hours(6);

/// How a node is started.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    pub composition: Composition,
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Speak without TLS on the network: for a network of one's own, or behind a proxy.
    pub insecure_http: bool,
    /// The desktop program that runs this node, if one does.
    pub shell: Option<Attached>,
}

/// A running node. Stop it with [`Node::stop`].
pub struct Node {
    app: App,
    token: String,
    fingerprint: Option<String>,
    server: JoinHandle<std::io::Result<()>>,
    identity: Identity,
}

impl Node {
    /// Opens the library and begins to serve it.
    pub async fn start(options: NodeOptions) -> Result<Self, StartError> {
        let NodeOptions { composition, listen, insecure_http, shell } = options;
        let folder = composition.directories.data.clone();
        let identity = Identity::claim(&folder)?;
        let settings = &composition.settings;
        let models = Arc::new(LocalModels::new(
            &composition.directories.models,
            &settings.models.hub,
            &settings.embed,
        )?);
        let speech = Arc::new(LocalSpeech::new(&composition, &models));
        let engine = compose(&composition, &models, &speech).await?;
        let not_heard = |error: std::io::Error| StartError::Listen {
            address: listen.to_string(),
            reason: error.to_string(),
        };
        let listener = TcpListener::bind(listen).await.map_err(not_heard)?;
        let address = listener.local_addr()?;
        let name = match settings.node.name.as_str() {
            "" => machine_name(),
            name => name.to_owned(),
        };
        let certificate = if address.ip().is_loopback() || insecure_http {
            None
        } else {
            Some(certificate(
                &folder,
                vec![
                    name.clone(),
                    format!("{name}.local"),
                    "localhost".into(),
                    "127.0.0.1".into(),
                    "::1".into(),
                ],
            )?)
        };
        let names =
            Names::new(address, certificate.is_some(), &name, &settings.node.names, &settings.node.allow)?;
        let token = secret();
        let sessions = engine.store().sessions(SESSION_DAYS).await?;
        let keys = engine.store().keys().await?;
        let id = node_id(engine.store()).await?;
        let app = App::new(Inner {
            stop: engine.stopping(),
            credentials: Credentials::new(&token, sessions, &keys),
            fetcher: Fetcher::new(&settings.fetch),
            shell,
            flags: composition.flags,
            settings_file: composition.directories.settings_file,
            settings: composition.settings,
            models,
            speech,
            metrics: Metrics::new(),
            listening: Listening::default(),
            dictating: Arc::new(Semaphore::new(DICTATIONS)),
            reading: Reading::default(),
            watching: AtomicUsize::new(0),
            pages: Semaphore::new(PAGES),
            backing_up: tokio::sync::Mutex::default(),
            name,
            id,
            address: format!("{}://{}", names.scheme(), reachable(address)),
            names,
            noted: Mutex::default(),
            run: Uuid::now_v7().simple().to_string(),
            started: Instant::now(),
            engine,
        });
        identity.publish(&NodeFile {
            address: app.address.clone(),
            token: token.clone(),
            pid: std::process::id(),
        })?;
        let fingerprint = certificate.as_ref().map(|certificate| certificate.fingerprint.clone());
        let server = match certificate {
            None => tokio::spawn(serve(app.clone(), listener)),
            Some(certificate) => {
                tokio::spawn(serve_tls(app.clone(), listener.into_std()?, certificate.config))
            }
        };
        tokio::spawn(tend(app.clone()));
        tokio::spawn(tell_of_graphics(app.clone()));
        Ok(Self { app, token, fingerprint, server, identity })
    }

    /// `http://127.0.0.1:PORT`
    pub fn address(&self) -> String {
        self.app.address.clone()
    }

    /// The bearer token of programs on this machine.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// SHA-256 of the certificate, where the node speaks TLS.
    pub fn fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }

    /// The engine, for evaluations.
    pub fn engine(&self) -> &Engine {
        &self.app.engine
    }

    /// An address that opens the node in a browser, once.
    pub fn page(&self) -> String {
        format!("{}/?code={}", self.address(), self.app.credentials.new_code(Visitor::Browser))
    }

    /// An address for the desktop program's own window, once; its page may ask the shell, until the node ends.
    pub fn window(&self) -> String {
        format!("{}/?code={}", self.address(), self.app.credentials.new_code(Visitor::Window))
    }

    /// Returns when the node serves no more though nobody stopped it; says why.
    pub async fn ended(&mut self) -> String {
        match (&mut self.server).await {
            Ok(Ok(())) => "its server ended by itself".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Stops serving and working; what was begun goes on at the next start.
    pub async fn stop(self) {
        self.app.engine.stop();
        // One that ended by itself was asked already.
        if !self.server.is_finished()
            && let Err(error) = self.server.await
        {
            tracing::warn!(%error, "the server did not end well");
        }
        if let Err(error) = self.app.engine.store().release_jobs().await {
            tracing::warn!(%error, "the running jobs could not be put back; the next start does it");
        }
        self.app.engine.store().close().await;
        drop(self.identity);
    }
}

/// Where programs of this machine reach an address that was listened on.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        ip if !ip.is_unspecified() => address,
        IpAddr::V4(_) => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(_) => (Ipv6Addr::LOCALHOST, address.port()).into(),
    }
}

/// Made once for a library.
async fn node_id(store: &Store) -> Result<String, StartError> {
    if let Some(id) = store.meta("node").await? {
        return Ok(id);
    }
    let id = Uuid::now_v7().to_string();
    store.set_meta("node", &id).await?;
    Ok(id)
}

/// What is done from time to time: the trash of long ago is emptied.
async fn tend(app: App) {
    loop {
        let before = app.engine.clock().now() - SignedDuration::from_hours(24 * TRASH_DAYS);
        if let Err(error) = app.engine.store().empty_trash(before).await {
            tracing::warn!(%error, "the trash could not be emptied");
        }
        tokio::select! {
            () = tokio::time::sleep(TEND) => {}
            () = app.stop.cancelled() => return,
        }
    }
}

/// Has pages look when a speech model has to do without the graphics card.
async fn tell_of_graphics(app: App) {
    tokio::select! {
        () = app.speech.graphics().let_down() => {}
        () = app.stop.cancelled() => return,
    }
    app.engine.tell(LibraryEvent::Model(app.speech.chosen().0.into()));
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

async fn serve_tls(
    app: App,
    listener: std::net::TcpListener,
    config: Arc<rustls::ServerConfig>,
) -> std::io::Result<()> {
    let stop = app.stop.clone();
    let handle = axum_server::Handle::new();
    let ending = handle.clone();
    tokio::spawn(async move {
        stop.cancelled().await;
        ending.graceful_shutdown(Some(LAST_WORDS));
    });
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(config))?
        .handle(handle)
        .serve(service)
        .await
}
