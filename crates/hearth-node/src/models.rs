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

use crate::metrics::ModelTimes;

/// What of the catalogue is on this machine, and in memory.
pub(crate) struct LocalModels {
    pub(crate) catalogue: Catalogue,
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

    /// An embedder of the catalogue; one for each id, so that each is in memory once.
    pub(crate) fn embedder(&self, id: &str) -> Result<LocalEmbedder, EmbedError> {
        let entry = self.catalogue.find(id).ok_or_else(|| EmbedError::Unknown(id.to_owned()))?;
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(used
            .entry(id.to_owned())
            .or_insert_with(|| LocalEmbedder::new(entry, &self.cache, self.threads, self.precision))
            .clone())
    }

    /// Whether a model's files are on this machine.
    pub(crate) fn is_here(&self, id: &str) -> bool {
        self.catalogue.find(id).is_some_and(|entry| self.cache.find(entry).is_some())
    }

    /// Whether an embedder is in memory.
    pub(crate) fn is_loaded(&self, id: &str) -> bool {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.get(id).is_some_and(LocalEmbedder::is_loaded)
    }

    /// Deletes a model's files, and what is in memory of it.
    pub(crate) fn remove(&self, entry: &CatalogueEntry) -> std::io::Result<bool> {
        let Some(files) = self.cache.find(entry) else {
            return Ok(false);
        };
        self.used.lock().unwrap_or_else(PoisonError::into_inner).remove(&entry.id);
        std::fs::remove_dir_all(files.folder)?;
        Ok(true)
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

#[async_trait]
impl Models for LocalModels {
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
