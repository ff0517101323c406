//! Starting, serving and stopping a node.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum_server::tls_rustls::RustlsConfig;
use hearth_host::machine_name;
use hearth_library::Library;
use hearth_machine::Machine;
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::allowed_hosts::AllowedHosts;
use crate::app::{App, Inner};
use crate::composition::{
    Composition, StartError, adopt_access_records, adopt_downloads, open_library, start_machine,
    wake_jobs_for_models,
};
use crate::credentials::{Credentials, PageKind, SESSION_DAYS, generate_secret};
use crate::current_reading::CurrentReading;
use crate::dictation_slot::DictationSlot;
use crate::fetcher::Fetcher;
use crate::metrics::Metrics;
use crate::node_lock::{NodeFile, NodeLock};
use crate::router::build_router;
use crate::shell::ShellHandle;
use crate::tls::load_certificate;

/// Dictations over sockets at the same time.
const MAX_SOCKET_DICTATIONS: usize = 4;
/// Time that open connections have to end when the node stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
/// Days that deleted things stay in the trash.
const TRASH_DAYS: i64 = 30;
/// Interval of deleting older things from the trash.
const MAINTENANCE_INTERVAL: Duration = Duration::from_hours(6);

/// Options of starting a node.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    pub composition: Composition,
    /// Address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Serve without TLS on the network: for a private network, or behind a proxy.
    pub insecure_http: bool,
    /// The desktop program that runs this node, or `None`.
    pub shell: Option<ShellHandle>,
}

/// A running node. Stop it with [`Node::stop`].
pub struct Node {
    app: App,
    token: String,
    fingerprint: Option<String>,
    server: JoinHandle<std::io::Result<()>>,
    lock: NodeLock,
}

impl Node {
    /// Opens the library and starts serving it.
    pub async fn start(options: NodeOptions) -> Result<Self, StartError> {
        let NodeOptions { composition, listen, insecure_http, shell } = options;
        let lock = NodeLock::acquire_lock(&composition.directories.data)?;
        let machine = start_machine(&composition).await?;
        let started = Self::start_on(composition, listen, insecure_http, shell, lock, machine.clone()).await;
        if started.is_err() {
            machine.stop().await;
        }
        started
    }

    /// Opens the library with the engines of a machine, and starts serving it.
    async fn start_on(
        composition: Composition,
        listen: SocketAddr,
        insecure_http: bool,
        shell: Option<ShellHandle>,
        lock: NodeLock,
        machine: Machine,
    ) -> Result<Self, StartError> {
        let (folder, settings) = (composition.directories.data.clone(), &composition.settings);
        let library = open_library(&composition, &machine).await?;
        adopt_access_records(&library, &machine).await?;
        adopt_downloads(&library, &machine).await?;
        library.start_workers();
        let listen_error = |error: std::io::Error| StartError::Listen {
            address: listen.to_string(),
            reason: error.to_string(),
        };
        let listener = TcpListener::bind(listen).await.map_err(listen_error)?;
        let address = listener.local_addr()?;
        let name = match settings.node.name.as_str() {
            "" => machine_name(),
            name => name.to_owned(),
        };
        let certificate = if address.ip().is_loopback() || insecure_http {
            None
        } else {
            Some(load_certificate(
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
        let allowed_hosts = AllowedHosts::new(
            address,
            certificate.is_some(),
            &name,
            &settings.node.names,
            &settings.node.allow,
        )?;
        let token = generate_secret();
        let sessions = machine.list_sessions(SignedDuration::from_hours(24 * SESSION_DAYS))?;
        let keys = machine.list_keys();
        let id = machine.ensure_node_id(|| Uuid::now_v7().to_string())?;
        let app = App::new(Inner {
            stop: library.stop_token(),
            credentials: Credentials::new(&token, sessions, &keys),
            fetcher: Fetcher::new(&settings.fetch),
            shell,
            max_upload_bytes: settings.ingest.max_upload_mb << 20,
            metrics: Metrics::new(),
            dictation_slot: DictationSlot::default(),
            dictation_permits: Arc::new(Semaphore::new(MAX_SOCKET_DICTATIONS)),
            current_reading: CurrentReading::default(),
            connected_pages: AtomicUsize::new(0),
            name,
            id,
            address: format!("{}://{}", allowed_hosts.scheme(), reachable_address(address)),
            allowed_hosts,
            key_uses: Mutex::default(),
            run_id: Uuid::now_v7().simple().to_string(),
            started_at: Instant::now(),
            library,
            machine,
            tasks: TaskTracker::new(),
        });
        lock.write_node_file(&NodeFile {
            address: app.address.clone(),
            token: token.clone(),
            pid: std::process::id(),
        })?;
        let fingerprint = certificate.as_ref().map(|certificate| certificate.fingerprint.clone());
        let server = match certificate {
            None => tokio::spawn(serve_http(app.clone(), listener)),
            Some(certificate) => {
                tokio::spawn(serve_tls(app.clone(), listener.into_std()?, certificate.config))
            }
        };
        app.tasks.spawn(run_maintenance(app.clone()));
        app.tasks.spawn(wake_jobs_for_models(app.library.clone(), app.machine.clone(), app.stop.clone()));
        app.machine.resume_downloads();
        Ok(Self { app, token, fingerprint, server, lock })
    }

    /// `http://127.0.0.1:PORT`
    pub fn address(&self) -> String {
        self.app.address.clone()
    }

    /// The bearer token of programs on this machine.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// SHA-256 of the certificate, or `None` without TLS.
    pub fn certificate_fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }

    /// The library, for evaluations.
    pub fn library(&self) -> &Library {
        &self.app.library
    }

    /// Creates an address with a one-time code that opens the node in a browser.
    pub fn create_browser_address(&self) -> String {
        format!("{}/?code={}", self.address(), self.app.credentials.create_code(PageKind::Browser))
    }

    /// Creates an address with a one-time code for the desktop program's window; its page may use the shell,
    /// until the node ends.
    pub fn create_window_address(&self) -> String {
        format!("{}/?code={}", self.address(), self.app.credentials.create_code(PageKind::Window))
    }

    /// Waits until the server ends without [`Node::stop`]; returns the reason.
    pub async fn wait_for_server_end(&mut self) -> String {
        match (&mut self.server).await {
            Ok(Ok(())) => "its server stopped unexpectedly".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Stops serving and running jobs; unfinished jobs continue at the next start.
    pub async fn stop(self) {
        self.app.library.stop();
        self.app.machine.begin_stop();
        // A server that ended by itself was awaited already.
        if !self.server.is_finished()
            && let Err(error) = self.server.await
        {
            tracing::warn!(%error, "the server ended with an error");
        }
        self.app.machine.stop().await;
        self.app.tasks.close();
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, self.app.tasks.wait()).await.is_err() {
            tracing::warn!("background tasks did not end in time");
        }
        self.app.library.close().await;
        drop(self.lock);
    }
}

/// Address by which programs of this machine reach a listening address.
fn reachable_address(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        ip if !ip.is_unspecified() => address,
        IpAddr::V4(_) => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(_) => (Ipv6Addr::LOCALHOST, address.port()).into(),
    }
}

/// Runs periodic maintenance: deletes things older than [`TRASH_DAYS`] from the trash.
async fn run_maintenance(app: App) {
    loop {
        let before = app.library.clock().now() - SignedDuration::from_hours(24 * TRASH_DAYS);
        if let Err(error) = app.library.empty_trash(before).await {
            tracing::warn!(%error, "the trash could not be emptied");
        }
        tokio::select! {
            () = tokio::time::sleep(MAINTENANCE_INTERVAL) => {}
            () = app.stop.cancelled() => return,
        }
    }
}

async fn serve_http(app: App, listener: TcpListener) -> std::io::Result<()> {
    let stop = app.stop.clone();
    let service = build_router(app).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::select! {
        ended = async { server.await } => ended,
        () = async { stop.cancelled().await; tokio::time::sleep(SHUTDOWN_TIMEOUT).await } => Ok(()),
    }
}

async fn serve_tls(
    app: App,
    listener: std::net::TcpListener,
    config: Arc<rustls::ServerConfig>,
) -> std::io::Result<()> {
    let stop = app.stop.clone();
    let handle = axum_server::Handle::new();
    let shutdown_handle = handle.clone();
    app.tasks.spawn(async move {
        stop.cancelled().await;
        shutdown_handle.graceful_shutdown(Some(SHUTDOWN_TIMEOUT));
    });
    let service = build_router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(config))?
        .handle(handle)
        .serve(service)
        .await
}
