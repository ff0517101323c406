//! `hearth node`

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;
use hearth_node::{Node, NodeOptions};

use crate::connection::{build_composition, load_installation};
use crate::output;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Address to listen on; port 0 picks a free port [default: 127.0.0.1:4327]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
    /// Name of the node [default: the machine's name]
    #[arg(long)]
    name: Option<String>,
    /// Use unencrypted HTTP on the network: only on a trusted network or behind a proxy
    #[arg(long)]
    insecure_http: bool,
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let flags: Vec<(&str, String)> = [("node.listen", arguments.listen), ("node.name", arguments.name)]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect();
    let (directories, effective) = load_installation(data_dir, &flags)?;
    let listen = &effective.settings.node.listen;
    let listen: SocketAddr = listen.parse().with_context(|| {
        format!("{listen:?} is not a valid address to listen on; use ADDR:PORT, such as 127.0.0.1:4327")
    })?;
    let options = NodeOptions {
        composition: build_composition(directories, &effective, &flags)?,
        listen,
        insecure_http: arguments.insecure_http,
        shell: None,
    };
    let node = Node::start(options).await?;
    output::print_line(&format!("Hearth listens on {}", node.address()));
    if let Some(fingerprint) = node.certificate_fingerprint() {
        output::print_line(&format!("Certificate fingerprint (SHA-256): {fingerprint}"));
    } else if !listen.ip().is_loopback() {
        output::print_message(
            "warning: connections are not encrypted; others on this network can read all data and keys",
        );
    }
    output::print_line(&format!("Open in a browser, once: {}", node.create_browser_address()));
    wait_for_stop_signal().await;
    output::print_message("stopping");
    node.stop().await;
    Ok(())
}

/// Returns when the user or the system asks the program to stop.
async fn wait_for_stop_signal() {
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
