//! `hearth models`

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Subcommand;
use hearth_domain::ModelTask;
use hearth_models::{Catalogue, CatalogueEntry, ModelCache, download_model};
use hearth_node::add_own_model;
use indicatif::{ProgressBar, ProgressStyle};

use crate::connection::load_installation;
use crate::output;

const HUB_URL: &str = "https://huggingface.co";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<ModelsCommand>,
}

#[derive(Subcommand)]
enum ModelsCommand {
    /// List the models of the catalogue and of this machine
    List,
    /// Download a model; an interrupted download is resumed
    Get { id: String },
    /// Import a model of the catalogue from a folder with its files, or your own model file with --task
    Add {
        path: PathBuf,
        #[arg(long)]
        id: String,
        /// Task of your own model file: transcribe
        #[arg(long)]
        task: Option<ModelTask>,
    },
    /// Delete a model's files from the cache
    Rm { id: String },
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let (directories, _) = load_installation(data_dir, &[])?;
    let catalogue = Catalogue::load_built_in()?;
    let cache = ModelCache::new(&directories.models);
    let entries: Vec<CatalogueEntry> = catalogue.models.into_iter().chain(cache.list_own_models()).collect();
    let find_entry = |id: &str| {
        entries.iter().find(|entry| entry.id == id).with_context(|| {
            format!("there is no model {id:?} in the catalogue; list the models with `hearth models`")
        })
    };
    match arguments.command.unwrap_or(ModelsCommand::List) {
        ModelsCommand::List => {
            for entry in &entries {
                let state = if cache.find_files(entry).is_some() { "ready " } else { "absent" };
                output::print_line(&format!(
                    "{state}  {:<27} {:<10} {:<11} {}",
                    entry.id, entry.task, entry.licence, entry.about
                ));
            }
        }
        ModelsCommand::Get { id } => {
            let entry = find_entry(&id)?;
            let bar = ProgressBar::new(entry.known_bytes().max(1));
            bar.set_style(ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {eta}")?);
            let client = reqwest::Client::new();
            let files =
                download_model(&client, HUB_URL, &cache, entry, |progress| bar.set_position(progress.done))
                    .await;
            bar.finish_and_clear();
            output::print_line(&format!("{id} is in {}", files?.folder.display()));
        }
        ModelsCommand::Add { path, id, task: Some(task) } => {
            let added = add_own_model(&cache, &id, task, &path)?;
            output::print_line(&format!("{} is in {}", added.id, cache.snapshot_folder(&added).display()));
        }
        ModelsCommand::Add { path, id, task: None } => {
            let files = cache
                .import_model(find_entry(&id)?, &path)
                .with_context(|| format!("{} does not contain the files of {id}", path.display()))?;
            output::print_line(&format!("{id} is in {}", files.folder.display()));
        }
        ModelsCommand::Rm { id } => {
            if !cache.remove(find_entry(&id)?)? {
                bail!("{id} is not on this machine");
            }
            output::print_line(&format!("{id} was removed"));
        }
    }
    Ok(())
}
