//! `hearth add`

use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use hearth_client::{Client, list_files_under};
use hearth_domain::{Source, SourceId, SourceStatus};
use hearth_wire::operations::{AddSources, GetSource};
use hearth_wire::{AddedSources, NewSources};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::connection::NodeConnection;
use crate::output;

/// Interval of polling a source while it is being processed.
const POLL_INTERVAL: Duration = Duration::from_millis(150);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Id or title of the notebook
    notebook: String,
    /// Files, folders (including subfolders) or addresses of web pages
    #[arg(required = true, value_name = "PATH|URL")]
    inputs: Vec<String>,
    /// Return at once, without waiting until the sources are ready
    #[arg(long)]
    no_wait: bool,
    /// Print the outcome of each source as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    sources: Vec<Source>,
    refused: Vec<Refusal>,
}

#[derive(Serialize)]
struct Refusal {
    name: String,
    code: String,
    message: String,
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let connection = NodeConnection::open(data_dir).await?;
    let outcome = add_all(&connection, &arguments).await;
    connection.close().await;
    let report = outcome?;
    let failed = report.sources.iter().filter(|source| source.status == SourceStatus::Failed).count();
    if arguments.json {
        output::print_json(&report)?;
    } else {
        print_report(&report, arguments.no_wait);
    }
    if failed + report.refused.len() > 0 && failed == report.sources.len() {
        bail!("no source could be added");
    }
    Ok(())
}

async fn add_all(connection: &NodeConnection, arguments: &Arguments) -> anyhow::Result<Report> {
    let notebook = connection.find_notebook(&arguments.notebook).await?.id;
    let bars = MultiProgress::new();
    if arguments.json {
        bars.set_draw_target(ProgressDrawTarget::hidden());
    }
    let (urls, paths): (Vec<String>, Vec<String>) = arguments
        .inputs
        .iter()
        .cloned()
        .partition(|input| input.starts_with("http://") || input.starts_with("https://"));
    let mut report = Report { sources: Vec::new(), refused: Vec::new() };
    let files = list_files_under(&paths)?;
    let bar = bars.add(ProgressBar::new(files.len() as u64));
    bar.set_style(ProgressStyle::with_template("Uploading {bar:30} {pos}/{len} {wide_msg}")?);
    for file in &files {
        let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        bar.set_message(name.clone());
        match connection.client.add_file(notebook, file, &name).await {
            Ok(added) => record_added(&mut report, added),
            Err(error) => report.refused.push(Refusal {
                name,
                code: error.error_code().map_or("CLIENT", hearth_wire::ErrorCode::as_str).to_owned(),
                message: error.to_string(),
            }),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if !urls.is_empty() {
        let body = NewSources::Urls { urls };
        let id = notebook.to_string();
        record_added(&mut report, connection.client.call::<AddSources>(&[&id], &(), &body).await?);
    }
    if !arguments.no_wait {
        wait_for_sources(&connection.client, &mut report.sources, &bars).await?;
    }
    Ok(report)
}

fn record_added(report: &mut Report, added: AddedSources) {
    for source in added.sources {
        if !report.sources.iter().any(|known| known.id == source.id) {
            report.sources.push(source);
        }
    }
    report.refused.extend(added.refused.into_iter().map(|refused| Refusal {
        name: refused.name,
        code: refused.error.code.as_str().to_owned(),
        message: refused.error.message,
    }));
}

async fn wait_for_sources(
    client: &Client,
    sources: &mut [Source],
    bars: &MultiProgress,
) -> anyhow::Result<()> {
    let bar = bars.add(ProgressBar::new(sources.len() as u64 * 100));
    bar.set_style(ProgressStyle::with_template("Processing {bar:30} {percent}% {wide_msg}")?);
    loop {
        let unfinished_ids: Vec<SourceId> =
            sources.iter().filter(|source| !is_settled(source)).map(|source| source.id).collect();
        for id in &unfinished_ids {
            let current = client.call::<GetSource>(&[&id.to_string()], &(), &()).await?;
            if let Some(source) = sources.iter_mut().find(|source| source.id == *id) {
                *source = current;
            }
        }
        let finished: f32 =
            sources.iter().map(|source| if is_settled(source) { 1.0 } else { source.progress }).sum();
        bar.set_position((finished * 100.0) as u64);
        match sources.iter().find(|source| !is_settled(source)) {
            Some(unfinished) => bar.set_message(unfinished.title.clone()),
            None => break,
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    bar.finish_and_clear();
    Ok(())
}

fn is_settled(source: &Source) -> bool {
    matches!(source.status, SourceStatus::Ready | SourceStatus::Failed)
}

fn print_report(report: &Report, no_wait: bool) {
    for source in &report.sources {
        let size = match source.pages {
            Some(pages) => format!("{pages} pages, {} words", source.words),
            None => format!("{} words", source.words),
        };
        let line = match (&source.status, &source.error) {
            (SourceStatus::Failed, Some(error)) => format!("failed  {}: {}", source.title, error.message),
            (SourceStatus::Failed, None) => format!("failed  {}", source.title),
            (SourceStatus::Ready, _) => format!("ready   {} ({size})", source.title),
            _ if no_wait => format!("queued  {}", source.title),
            _ => format!("working {}", source.title),
        };
        output::print_line(&line);
        for problem in &source.problems {
            output::print_line(&format!("        warning: {}", problem.message));
        }
    }
    for refused in &report.refused {
        output::print_line(&format!("refused {}: {}", refused.name, refused.message));
    }
}
