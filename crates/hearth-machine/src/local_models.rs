//! The models of this machine: the catalogue, the cache, and the embedders in use.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use hearth_domain::{EmbedError, EmbedderCatalogue, EmbeddingModel, ErrorCode, Failure, ModelTask};
use hearth_host::{EmbedPrecision, EmbedSettings};
use hearth_models::{
    Catalogue, CatalogueEntry, CatalogueError, LocalEmbedder, ModelCache, Precision, download_model,
};
use hearth_speech::{ModelFileError, read_model_shape};

/// Work of a model so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelTimes {
    pub id: String,
    pub loaded: bool,
    pub load_seconds: f64,
    pub busy_seconds: f64,
    pub batches: u64,
}

/// Models of the catalogue, of which some are on this machine and some in memory.
pub struct LocalModels {
    catalogue: Catalogue,
    pub(crate) cache: ModelCache,
    hub_url: String,
    threads: usize,
    precision: Precision,
    embedders: Mutex<HashMap<String, LocalEmbedder>>,
}

impl LocalModels {
    /// Models of the cache folder `cache`, with the rest to be downloaded from `hub`.
    pub fn new(cache: &Path, hub: &str, embed: &EmbedSettings) -> Result<Self, CatalogueError> {
        Ok(Self {
            catalogue: Catalogue::load_built_in()?,
            cache: ModelCache::new(cache),
            hub_url: hub.trim_end_matches('/').to_owned(),
            threads: embed.threads,
            precision: match embed.precision {
                EmbedPrecision::Full => Precision::Full,
                EmbedPrecision::Int8 => Precision::Int8,
            },
            embedders: Mutex::default(),
        })
    }

    /// All models: the catalogue's and the user's own.
    pub fn list_entries(&self) -> Vec<CatalogueEntry> {
        self.catalogue.models.iter().cloned().chain(self.cache.list_own_models()).collect()
    }

    /// The models of the catalogue for a task.
    pub fn task_entries(&self, task: ModelTask) -> impl Iterator<Item = &CatalogueEntry> {
        self.catalogue.models_for_task(task)
    }

    /// Finds a model by its id.
    pub fn find_entry(&self, id: &str) -> Option<CatalogueEntry> {
        let known = self.catalogue.find_model(id).cloned();
        known.or_else(|| self.cache.list_own_models().into_iter().find(|entry| entry.id == id))
    }

    /// Embedder of the catalogue; one instance for each id, so that each is in memory once.
    pub fn get_embedder(&self, id: &str) -> Result<LocalEmbedder, EmbedError> {
        let entry = self.catalogue.find_model(id).ok_or_else(|| EmbedError::Unknown(id.to_owned()))?;
        let mut embedders = self.embedders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(embedder) = embedders.get(id) {
            return Ok(embedder.clone());
        }
        let embedder = LocalEmbedder::new(entry, &self.cache, self.threads, self.precision);
        let embedder = embedder.ok_or_else(|| EmbedError::Unknown(id.to_owned()))?;
        embedders.insert(id.to_owned(), embedder.clone());
        Ok(embedder)
    }

    /// Cache of the model files.
    pub fn cache(&self) -> &ModelCache {
        &self.cache
    }

    /// True if a model's files are on this machine.
    pub fn is_on_machine(&self, id: &str) -> bool {
        self.find_entry(id).is_some_and(|entry| self.cache.find_files(&entry).is_some())
    }

    /// True if an embedder is in memory.
    pub fn is_loaded(&self, id: &str) -> bool {
        let embedders = self.embedders.lock().unwrap_or_else(PoisonError::into_inner);
        embedders.get(id).is_some_and(LocalEmbedder::is_loaded)
    }

    /// Deletes a model's files and drops its embedder; returns false if there were no files.
    pub fn remove_files(&self, entry: &CatalogueEntry) -> std::io::Result<bool> {
        self.embedders.lock().unwrap_or_else(PoisonError::into_inner).remove(&entry.id);
        self.cache.remove(entry)
    }

    /// Load and inference times of each embedder.
    pub fn model_times(&self) -> Vec<ModelTimes> {
        let embedders = self.embedders.lock().unwrap_or_else(PoisonError::into_inner);
        embedders
            .iter()
            .map(|(id, embedder)| {
                let times = embedder.timings();
                ModelTimes {
                    id: id.clone(),
                    loaded: embedder.is_loaded(),
                    load_seconds: times.load.as_secs_f64(),
                    busy_seconds: times.busy.as_secs_f64(),
                    batches: times.batches,
                }
            })
            .collect()
    }
}

/// Adds a user's own file as a model of a task, after checking its format.
pub fn add_own_model(
    cache: &ModelCache,
    id: &str,
    task: ModelTask,
    file: &Path,
) -> Result<CatalogueEntry, OwnModelError> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if id.is_empty()
        || id.starts_with('.')
        || id.ends_with('.')
        || id.len() > 80
        || !id.chars().all(is_allowed)
    {
        return Err(OwnModelError::Id(id.to_owned()));
    }
    // On some file systems names that differ in case only are the same.
    let differs_in_case = |entry: &CatalogueEntry| entry.id != id && entry.id.eq_ignore_ascii_case(id);
    let is_known = |catalogue: Catalogue| catalogue.find_model(id).is_some();
    if Catalogue::load_built_in().is_ok_and(is_known) || cache.list_own_models().iter().any(differs_in_case) {
        return Err(OwnModelError::Taken(id.to_owned()));
    }
    if task != ModelTask::Transcribe {
        return Err(OwnModelError::Task(task));
    }
    read_model_shape(file).map_err(|error| OwnModelError::InvalidFile(file.display().to_string(), error))?;
    Ok(cache.add_own_model(id, task, file)?)
}

/// Error of adding a user's own file as a model.
#[derive(Debug, thiserror::Error)]
pub enum OwnModelError {
    #[error("{0:?} is not a valid model name; use letters, digits, - and _")]
    Id(String),
    #[error("a model named {0} exists already; choose another name")]
    Taken(String),
    #[error("your own model files can be added for the task transcribe only, not for {0}")]
    Task(ModelTask),
    #[error("{0} cannot be used as a model: {1}")]
    InvalidFile(String, ModelFileError),
    #[error("the model could not be copied: {0}")]
    Io(#[from] std::io::Error),
}

impl EmbedderCatalogue for LocalModels {
    fn embedding_model(&self, id: &str) -> Result<EmbeddingModel, EmbedError> {
        let embedder = self.get_embedder(id)?;
        Ok(EmbeddingModel { embedder: Arc::new(embedder.clone()), token_spans: Arc::new(embedder) })
    }
}

impl LocalModels {
    /// Downloads a model to this machine; reports the share done, from 0 to 1.
    pub(crate) async fn download(
        &self,
        id: &str,
        progress: &(dyn Fn(f32) + Send + Sync),
    ) -> Result<(), Failure> {
        let failure = |code, message: String| Failure { code, message };
        let entry = self
            .catalogue
            .find_model(id)
            .ok_or_else(|| failure(ErrorCode::ModelNotFound, EmbedError::Unknown(id.into()).to_string()))?;
        let client = reqwest::Client::new();
        download_model(&client, &self.hub_url, &self.cache, entry, |at| {
            progress(at.done as f32 / at.total.max(1) as f32);
        })
        .await
        .map(drop)
        .map_err(|error| failure(ErrorCode::UpstreamUnavailable, error.to_string()))
    }
}
