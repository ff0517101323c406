//! `hearth models`

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Subcommand;
use hearth_models::{Catalogue, CatalogueEntry, ModelCache, download};
use hearth_node::add_own_model;
use indicatif::{ProgressBar, ProgressStyle};

use crate::output;
use crate::session::installation;

const HUB: &str = "https://huggingface.co";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Show the catalogue and what is on this machine
    List,
    /// Download a model; goes on where an earlier attempt stopped
    Get { id: String },
    /// Take a model of the catalogue from a folder that has its files, or a file of one's own with --task
    Add {
        path: PathBuf,
        #[arg(long)]
        id: String,
        /// What a file of one's own does: transcribe
        #[arg(long)]
        task: Option<String>,
    },
    /// Delete a model's files from the cache
    Rm { id: String },
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let (directories, _) = installation(data_dir, &[])?;
    let catalogue = Catalogue::embedded()?;
    let cache = ModelCache::new(&directories.models);
    let entries: Vec<CatalogueEntry> = catalogue.models.into_iter().chain(cache.own()).collect();
    let known = |id: &str| {
        entries
            .iter()
            .find(|entry| entry.id == id)
            .with_context(|| format!("there is no model {id:?} in the catalogue; `hearth models` shows it"))
    };
    match arguments.what.unwrap_or(What::List) {
        What::List => {
            for entry in &entries {
                let state = if cache.find(entry).is_some() { "ready " } else { "absent" };
                output::line(&format!(
                    "{state}  {:<27} {:<10} {:<11} {}",
                    entry.id, entry.task, entry.licence, entry.about
                ));
            }
        }
        What::Get { id } => {
            let entry = known(&id)?;
            let bar = ProgressBar::new(entry.known_bytes().max(1));
            bar.set_style(ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {eta}")?);
            let client = reqwest::Client::new();
            let files =
                download(&client, HUB, &cache, entry, |progress| bar.set_position(progress.done)).await;
            bar.finish_and_clear();
            output::line(&format!("{id} is in {}", files?.folder.display()));
        }
        What::Add { path, id, task: Some(task) } => {
            let added = add_own_model(&cache, &id, &task, &path)?;
            output::line(&format!("{} is in {}", added.id, cache.snapshot(&added).display()));
        }
        What::Add { path, id, task: None } => {
            let files = cache
                .import(known(&id)?, &path)
                .with_context(|| format!("{} does not hold the files of {id}", path.display()))?;
            output::line(&format!("{id} is in {}", files.folder.display()));
        }
        What::Rm { id } => {
            if !cache.remove(known(&id)?)? {
                bail!("{id} is not on this machine");
            }
            output::line(&format!("{id} was removed"));
        }
    }
    Ok(())
}
