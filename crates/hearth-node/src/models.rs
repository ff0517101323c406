//! The models of this machine: the catalogue, the cache, and the embedders that were used.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use hearth_domain::{EmbedError, Failure};
use hearth_engine::{Embedding, Models};
use hearth_host::{Embed, EmbedPrecision};
use hearth_models::{
    Catalogue, CatalogueEntry, CatalogueError, LocalEmbedder, ModelCache, Precision, download,
};
use hearth_speech::{NotAModel, whisper_shape};

use crate::metrics::ModelTimes;
use crate::speech::TRANSCRIBE;

/// What of the catalogue is on this machine, and in memory.
pub(crate) struct LocalModels {
    catalogue: Catalogue,
    pub(crate) cache: ModelCache,
    hub: String,
    threads: usize,
    precision: Precision,
    used: Mutex<HashMap<String, LocalEmbedder>>,
}

impl LocalModels {
    pub(crate) fn new(cache: &Path, hub: &str, embed: &Embed) -> Result<Self, CatalogueError> {
        Ok(Self {
            catalogue: Catalogue::embedded()?,
            cache: ModelCache::new(cache),
            hub: hub.trim_end_matches('/').to_owned(),
            threads: embed.threads,
            precision: match embed.precision {
                EmbedPrecision::Full => Precision::Full,
                EmbedPrecision::Int8 => Precision::Int8,
            },
            used: Mutex::default(),
        })
    }

    /// The models of the catalogue, and those of one's own.
    pub(crate) fn entries(&self) -> Vec<CatalogueEntry> {
        self.catalogue.models.iter().cloned().chain(self.cache.own()).collect()
    }

    /// The models of the catalogue for a task.
    pub(crate) fn of(&self, task: &str) -> impl Iterator<Item = &CatalogueEntry> {
        self.catalogue.of(task)
    }

    /// A model by its id.
    pub(crate) fn entry(&self, id: &str) -> Option<CatalogueEntry> {
        let known = self.catalogue.find(id).cloned();
        known.or_else(|| self.cache.own().into_iter().find(|entry| entry.id == id))
    }

    /// An embedder of the catalogue; one for each id, so that each is in memory once.
    pub(crate) fn embedder(&self, id: &str) -> Result<LocalEmbedder, EmbedError> {
        let entry = self.catalogue.find(id).ok_or_else(|| EmbedError::Unknown(id.to_owned()))?;
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(embedder) = used.get(id) {
            return Ok(embedder.clone());
        }
        let embedder = LocalEmbedder::new(entry, &self.cache, self.threads, self.precision);
        let embedder = embedder.ok_or_else(|| EmbedError::Unknown(id.to_owned()))?;
        used.insert(id.to_owned(), embedder.clone());
        Ok(embedder)
    }

    /// Whether a model's files are on this machine.
    pub(crate) fn is_here(&self, id: &str) -> bool {
        self.entry(id).is_some_and(|entry| self.cache.find(&entry).is_some())
    }

    /// Whether an embedder is in memory.
    pub(crate) fn is_loaded(&self, id: &str) -> bool {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.get(id).is_some_and(LocalEmbedder::is_loaded)
    }

    /// Deletes a model's files, and what is in memory of it.
    pub(crate) fn remove(&self, entry: &CatalogueEntry) -> std::io::Result<bool> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).remove(&entry.id);
        self.cache.remove(entry)
    }

    /// What each model did so far.
    pub(crate) fn times(&self) -> Vec<ModelTimes> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.iter()
            .map(|(id, embedder)| {
                let times = embedder.times();
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

/// Takes a file of one's own as a model, after looking whether it is one.
pub fn add_own_model(
    cache: &ModelCache,
    id: &str,
    task: &str,
    file: &Path,
) -> Result<CatalogueEntry, OwnModelError> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if id.is_empty() || id.starts_with('.') || id.ends_with('.') || id.len() > 80 || !id.chars().all(is_name)
    {
        return Err(OwnModelError::Id(id.to_owned()));
    }
    // Some file systems tell names apart by more than their letters' size, some do not.
    let is_like = |entry: &CatalogueEntry| entry.id != id && entry.id.eq_ignore_ascii_case(id);
    let is_known = |catalogue: Catalogue| catalogue.find(id).is_some();
    if Catalogue::embedded().is_ok_and(is_known) || cache.own().iter().any(is_like) {
        return Err(OwnModelError::Taken(id.to_owned()));
    }
    if task != TRANSCRIBE {
        return Err(OwnModelError::Task(task.to_owned()));
    }
    whisper_shape(file).map_err(|error| OwnModelError::Other(file.display().to_string(), error))?;
    Ok(cache.add_own(id, task, file)?)
}

/// Why a file is not taken as a model.
#[derive(Debug, thiserror::Error)]
pub enum OwnModelError {
    #[error("{0:?} is no name for a model; use letters, digits, - and _")]
    Id(String),
    #[error("there is a model {0} already; choose another name")]
    Taken(String),
    #[error("files of one's own are taken for the task transcribe, not for {0:?}")]
    Task(String),
    #[error("{0} is not taken: {1}")]
    Other(String, NotAModel),
    #[error("the model could not be copied: {0}")]
    Io(#[from] std::io::Error),
}

#[async_trait]
impl Models for LocalModels {
    fn known(&self, id: &str) -> bool {
        self.entry(id).is_some()
    }

    fn embedding(&self, id: &str) -> Result<Embedding, EmbedError> {
        let embedder = self.embedder(id)?;
        Ok(Embedding { embedder: Arc::new(embedder.clone()), spans: Arc::new(embedder) })
    }

    async fn download(&self, id: &str, progress: &(dyn Fn(f32) + Send + Sync)) -> Result<(), Failure> {
        let failure = |code: &str, message: String| Failure { code: code.into(), message };
        let entry = self
            .catalogue
            .find(id)
            .ok_or_else(|| failure("MODEL_NOT_FOUND", EmbedError::Unknown(id.into()).to_string()))?;
        let client = reqwest::Client::new();
        download(&client, &self.hub, &self.cache, entry, |at| {
            progress(at.done as f32 / at.total.max(1) as f32);
        })
        .await
        .map(drop)
        .map_err(|error| failure("UPSTREAM_UNAVAILABLE", error.to_string()))
    }
}
