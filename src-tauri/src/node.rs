//! The node that the program runs: in a thread of its own, on a port that stays the same.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::Context;
use hearth_client::Client;
use hearth_domain::{Clock, NotebookId};
use hearth_host::{Directories, Effective};
use hearth_node::{Attached, Composition, Node, NodeOptions};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::notify;
use crate::shell::Desktop;
use crate::supervise::{Running, Stage, supervise};

/// The port of the last time. What a page keeps in its browser (looks, widths, drafts) belongs to an
/// address, so it stays where it was.
const PORT: &str = "window-port";

/// The thread of the node.
pub(crate) struct NodeThread {
    thread: Option<JoinHandle<()>>,
    stop: CancellationToken,
    again: Arc<Notify>,
}

/// What a node is started with.
pub(crate) struct Start {
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) desktop: Arc<Desktop>,
    /// The notebook that the window shows first.
    pub(crate) first: Option<NotebookId>,
}

impl NodeThread {
    /// Starts the node; `tell` hears how it is, in the node's thread.
    pub(crate) fn start(mut start: Start, tell: impl Fn(Stage) + Send + 'static) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let (stop, again) = (CancellationToken::new(), Arc::new(Notify::new()));
        let (stopped, retried) = (stop.clone(), Arc::clone(&again));
        let thread = std::thread::Builder::new().name("node".into()).spawn(move || {
            let begin = async || Owned::start(&mut start).await;
            runtime.block_on(supervise(begin, tell, &retried, &stopped));
            runtime.shutdown_timeout(std::time::Duration::from_secs(1));
        })?;
        Ok(Self { thread: Some(thread), stop, again })
    }

    /// Starts at once what would be started later, or only when asked for.
    pub(crate) fn again(&self) {
        self.again.notify_one();
    }

    /// Stops the node and waits until it has.
    pub(crate) fn stop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the node's thread did not end well");
        }
    }
}

/// A running node, and the program that reaches it.
struct Owned {
    node: Node,
    desktop: Arc<Desktop>,
    first: Option<NotebookId>,
}

impl Owned {
    async fn start(start: &mut Start) -> anyhow::Result<Self> {
        let desktop = Arc::clone(&start.desktop);
        let directories = Directories::find(start.data_dir.as_deref())?;
        let effective = Effective::load(&directories.settings_file, &[])?;
        let data = directories.data.clone();
        #[allow(clippy::disallowed_methods, reason = "the program is where the clock comes from")]
        let clock = Clock::new(jiff::Timestamp::now);
        let node = Node::start(NodeOptions {
            composition: Composition::here(directories, &effective, &[], clock)?,
            listen: (Ipv4Addr::LOCALHOST, port(&data)).into(),
            insecure_http: false,
            shell: Some(Attached::new(Arc::clone(&desktop) as _, &desktop.events)),
        })
        .await?;
        keep_port(&data, &node.address());
        let client = Client::new(&node.address(), node.token()).context("the node's own address")?;
        desktop.reaches(Some(client.clone()));
        tokio::spawn(notify::listen(Arc::clone(&desktop), client));
        Ok(Self { node, desktop, first: start.first.take() })
    }
}

impl Running for Owned {
    fn window(&self) -> String {
        at(self.node.window(), self.first)
    }

    async fn ended(&mut self) -> String {
        self.node.ended().await
    }

    async fn stop(self) {
        self.desktop.reaches(None);
        self.node.stop().await;
    }
}

/// An address with a one-time code, leading to a notebook.
pub(crate) fn at(address: String, notebook: Option<NotebookId>) -> String {
    match notebook {
        Some(notebook) => format!("{address}&to=/notebook/{notebook}"),
        None => address,
    }
}

/// The port of the last time when it is free, else any.
fn port(data: &Path) -> u16 {
    let last = fs::read_to_string(data.join(PORT)).ok().and_then(|text| text.trim().parse().ok());
    let is_free = |port: &u16| TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, *port))).is_ok();
    last.filter(is_free).unwrap_or(0)
}

fn keep_port(data: &Path, address: &str) {
    let port = address.rsplit(':').next().unwrap_or_default();
    if let Err(error) = fs::write(data.join(PORT), port) {
        tracing::warn!(%error, "the window's port could not be kept; looks and drafts may be forgotten");
    }
}
