//! `hearth node`

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;
use hearth_node::{Node, NodeOptions};

use crate::output;
use crate::session::{composition, installation};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where to listen; port 0 picks a free one [default: 127.0.0.1:4327]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
    /// How the node is called [default: the machine's name]
    #[arg(long)]
    name: Option<String>,
    /// Speak plain HTTP on the network: only where nobody else listens, or behind a proxy
    #[arg(long)]
    insecure_http: bool,
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let flags: Vec<(&str, String)> = [("node.listen", arguments.listen), ("node.name", arguments.name)]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect();
    let (directories, effective) = installation(data_dir, &flags)?;
    let listen = &effective.settings.node.listen;
    let listen: SocketAddr = listen
        .parse()
        .with_context(|| format!("{listen:?} is no address to listen on; write it like 127.0.0.1:4327"))?;
    let options = NodeOptions {
        composition: composition(directories, &effective, &flags)?,
        listen,
        insecure_http: arguments.insecure_http,
        shell: None,
    };
    let node = Node::start(options).await?;
    output::line(&format!("Hearth listens on {}", node.address()));
    if let Some(fingerprint) = node.fingerprint() {
        output::line(&format!("Its certificate's fingerprint (SHA-256): {fingerprint}"));
    } else if !listen.ip().is_loopback() {
        output::message("warning: everything, keys included, travels readable for others on this network");
    }
    output::line(&format!("Open in a browser, once: {}", node.page()));
    stopped().await;
    output::message("stopping");
    node.stop().await;
    Ok(())
}

/// Returns when the user or the system asks the program to stop.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupted.await;
    }
}
