//! `hearth status`, and `hearth` alone

use std::path::Path;

use hearth_node::read_node_file;
use hearth_wire::Status;
use hearth_wire::operations::GetStatus;

use crate::output;
use crate::session::{Session, installation};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let session = Session::open(data_dir).await?;
    let status = session.client.call::<GetStatus>(&[], &(), &()).await;
    session.close().await;
    let status = status?;
    if arguments.json {
        return output::json(&status);
    }
    show(&status);
    Ok(())
}

fn show(status: &Status) {
    let library = &status.library;
    output::line(&format!("Hearth {} on {}", status.version, status.node.name));
    output::line(&format!(
        "Library: {} notebooks, {} sources, {} passages, {:.1} MB in {}",
        library.notebooks,
        library.sources,
        library.passages,
        library.bytes as f64 / 1e6,
        library.location
    ));
    let jobs = &status.jobs;
    output::line(&format!("Jobs: {} waiting, {} running, {} failed", jobs.queued, jobs.running, jobs.failed));
    for engine in &status.engines {
        let chosen = engine.chosen.as_deref().unwrap_or("none");
        output::line(&format!("{}: {chosen} ({}): {}", engine.task, engine.location, engine.why));
    }
}

/// What the program can do, and what state things are in.
pub(crate) fn overview(data_dir: Option<&Path>) -> anyhow::Result<()> {
    let (directories, _) = installation(data_dir, &[])?;
    match read_node_file(&directories.data) {
        Some(node) => output::line(&format!("A node runs at {} (process {}).", node.address, node.pid)),
        None => output::line("No node runs; commands start one for themselves."),
    }
    output::line(&format!("Library: {}", directories.data.display()));
    output::line("");
    output::line("  hearth new \"My papers\"                  make a notebook");
    output::line("  hearth add \"My papers\" ~/papers         put a folder into it");
    output::line("  hearth ask \"My papers\" \"What …?\"        ask; every claim comes with its quote");
    output::line("  hearth node                             serve it to programs and browsers");
    output::line("");
    output::line("`hearth help` lists all commands.");
    Ok(())
}
