//! The embedded node: in a thread of its own, on a port that stays the same over restarts.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::Context;
use hearth_client::Client;
use hearth_domain::{Clock, NotebookId};
use hearth_host::{Directories, EffectiveSettings};
use hearth_node::{Composition, Node, NodeOptions, ShellHandle};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::notifications;
use crate::shell::DesktopShell;
use crate::supervisor::{NodePhase, Supervised, supervise_node};

/// File with the last port: a page's browser storage (theme, widths, drafts) belongs to an address, so the
/// port is used again.
const PORT_FILE: &str = "window-port";

/// Thread that runs the embedded node.
pub(crate) struct NodeThread {
    thread: Option<JoinHandle<()>>,
    stop: CancellationToken,
    retry: Arc<Notify>,
}

/// Options of starting the embedded node.
pub(crate) struct NodeStartOptions {
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) desktop: Arc<DesktopShell>,
    /// The notebook that the window shows first.
    pub(crate) first_notebook: Option<NotebookId>,
}

impl NodeThread {
    /// Starts the node; `on_phase` is called with each phase, on the node's thread.
    pub(crate) fn start(
        mut options: NodeStartOptions,
        on_phase: impl Fn(NodePhase) + Send + 'static,
    ) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let (stop, retry) = (CancellationToken::new(), Arc::new(Notify::new()));
        let (thread_stop, thread_retry) = (stop.clone(), Arc::clone(&retry));
        let thread = std::thread::Builder::new().name("node".into()).spawn(move || {
            let start_node = async || EmbeddedNode::start(&mut options).await;
            runtime.block_on(supervise_node(start_node, on_phase, &thread_retry, &thread_stop));
            runtime.shutdown_timeout(std::time::Duration::from_secs(1));
        })?;
        Ok(Self { thread: Some(thread), stop, retry })
    }

    /// Retries at once a start that would happen later, or only on request.
    pub(crate) fn retry_start(&self) {
        self.retry.notify_one();
    }

    /// Stops the node, and waits until it has ended.
    pub(crate) fn stop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the node's thread panicked");
        }
    }
}

/// A running node, with the shell that it serves.
struct EmbeddedNode {
    node: Node,
    desktop: Arc<DesktopShell>,
    first_notebook: Option<NotebookId>,
}

impl EmbeddedNode {
    async fn start(options: &mut NodeStartOptions) -> anyhow::Result<Self> {
        let desktop = Arc::clone(&options.desktop);
        let directories = Directories::from_environment(options.data_dir.as_deref())?;
        let effective = EffectiveSettings::load(&directories.settings_file, &[])?;
        let data = directories.data.clone();
        #[allow(clippy::disallowed_methods, reason = "the program provides the clock")]
        let clock = Clock::new(jiff::Timestamp::now);
        let node = Node::start(NodeOptions {
            composition: Composition::from_settings(directories, &effective, &[], clock)?,
            listen: (Ipv4Addr::LOCALHOST, choose_port(&data)).into(),
            insecure_http: false,
            shell: Some(ShellHandle::new(Arc::clone(&desktop) as _, &desktop.events)),
        })
        .await?;
        save_port(&data, &node.address());
        let client =
            Client::new(&node.address(), node.token()).context("the node's own address is invalid")?;
        desktop.set_node(Some(client.clone()));
        desktop.tasks.spawn(notifications::watch_node(Arc::clone(&desktop), client));
        Ok(Self { node, desktop, first_notebook: options.first_notebook.take() })
    }
}

impl Supervised for EmbeddedNode {
    fn window_address(&self) -> String {
        notebook_address(self.node.create_window_address(), self.first_notebook)
    }

    async fn wait_for_end(&mut self) -> String {
        self.node.wait_for_server_end().await
    }

    async fn stop(self) {
        self.desktop.set_node(None);
        self.node.stop().await;
        self.desktop.finish_tasks().await;
    }
}

/// Adds a notebook to an address with a one-time code, as the page to open.
pub(crate) fn notebook_address(address: String, notebook: Option<NotebookId>) -> String {
    match notebook {
        Some(notebook) => format!("{address}&to=/notebook/{notebook}"),
        None => address,
    }
}

/// Chooses the last port if it is free, else 0 for any.
fn choose_port(data: &Path) -> u16 {
    let last = fs::read_to_string(data.join(PORT_FILE)).ok().and_then(|text| text.trim().parse().ok());
    let is_free = |port: &u16| TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, *port))).is_ok();
    last.filter(is_free).unwrap_or(0)
}

/// Saves the port of an address for the next start.
fn save_port(data: &Path, address: &str) {
    let port = address.rsplit(':').next().unwrap_or_default();
    if let Err(error) = fs::write(data.join(PORT_FILE), port) {
        tracing::warn!(%error, "the window's port could not be saved; page settings and drafts may be lost");
    }
}
