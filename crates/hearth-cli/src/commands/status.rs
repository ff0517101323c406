//! `hearth status`, and `hearth` alone

use std::path::Path;

use hearth_node::read_node_file;
use hearth_wire::Status;
use hearth_wire::operations::GetStatus;

use crate::connection::{NodeConnection, load_installation};
use crate::output;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let connection = NodeConnection::open(data_dir).await?;
    let status = connection.client.call::<GetStatus>(&[], &(), &()).await;
    connection.close().await;
    let status = status?;
    if arguments.json {
        return output::print_json(&status);
    }
    print_status(&status);
    Ok(())
}

fn print_status(status: &Status) {
    let library = &status.library;
    output::print_line(&format!("Hearth {} on {}", status.version, status.node.name));
    output::print_line(&format!(
        "Library: {} notebooks, {} sources, {} passages, {:.1} MB in {}",
        library.notebooks,
        library.sources,
        library.passages,
        library.bytes as f64 / 1e6,
        library.location
    ));
    let jobs = &status.jobs;
    output::print_line(&format!(
        "Jobs: {} waiting, {} running, {} failed",
        jobs.queued, jobs.running, jobs.failed
    ));
    for engine in &status.engines {
        let chosen = engine.chosen.as_deref().unwrap_or("none");
        output::print_line(&format!("{}: {chosen} ({}): {}", engine.task, engine.location, engine.why));
    }
}

/// Prints the state of the node and the main commands.
pub(crate) fn print_overview(data_dir: Option<&Path>) -> anyhow::Result<()> {
    let (directories, _) = load_installation(data_dir, &[])?;
    match read_node_file(&directories.data) {
        Some(node) => {
            output::print_line(&format!("A node is running at {} (process {}).", node.address, node.pid));
        }
        None => output::print_line("No node is running; commands start one when they need it."),
    }
    output::print_line(&format!("Library: {}", directories.data.display()));
    output::print_line("");
    output::print_line("  hearth new \"My papers\"                  create a notebook");
    output::print_line("  hearth add \"My papers\" ~/papers         add a folder to it");
    output::print_line(
        "  hearth ask \"My papers\" \"What …?\"        ask a question; each claim is shown with its quote",
    );
    output::print_line("  hearth node                             serve it to programs and browsers");
    output::print_line("");
    output::print_line("`hearth help` lists all commands.");
    Ok(())
}
