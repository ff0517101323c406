//! Models: where embedders come from, bringing one to this machine, and making all vectors anew
//! when another one is chosen.

use std::time::Instant;

use async_trait::async_trait;
use futures::StreamExt;
use hearth_domain::{EmbedError, Failure, Job, JobId, JobKind, JobStep, TextRole};
use uuid::Uuid;

use crate::ingest::embedded_text;
use crate::running_jobs::{GLANCE, Share};
use crate::{Embedding, Engine, EngineError, LibraryEvent};

/// Passages that are embedded and stored at a time.
const BATCH: u32 = 64;
/// Where the library says which embedder made its vectors.
const EMBEDDER: &str = "embedder";
/// What stands before the name in the subject of a download that the language model server does.
pub const CHAT: &str = "chat:";

/// The models of this machine.
#[async_trait]
pub trait Models: Send + Sync {
    /// Whether there is such a model, here or to be downloaded.
    fn known(&self, id: &str) -> bool;

    /// An embedder of the catalogue; its files may be missing until it is used.
    fn embedding(&self, id: &str) -> Result<Embedding, EmbedError>;

    /// Brings a model to this machine; tells the share that is done.
    async fn download(&self, id: &str, progress: &(dyn Fn(f32) + Send + Sync)) -> Result<(), Failure>;
}

impl Engine {
    /// Begins to download a model.
    pub async fn download_model(&self, id: &str) -> Result<Job, EngineError> {
        if !self.0.models.known(id) {
            return Err(EmbedError::Unknown(id.to_owned()).into());
        }
        self.add_job(JobKind::Download, id).await
    }

    /// Begins to have the language model server bring a model.
    pub async fn pull_model(&self, name: &str) -> Result<Job, EngineError> {
        self.add_job(JobKind::Download, &format!("{CHAT}{name}")).await
    }

    /// Uses another embedder: vectors are made anew in the background, and questions use the old
    /// ones until all are there.
    pub async fn change_embedder(&self, id: &str) -> Result<Option<Job>, EngineError> {
        self.0.models.embedding(id)?;
        // Whoever changes their mind does not want what they chose before.
        for job in self.0.store.open_jobs(JobKind::Reembed).await? {
            if job.subject.as_deref() != Some(id) {
                self.cancel_job(job.id).await?;
            }
        }
        if id == self.0.embedder_id() {
            return Ok(None);
        }
        self.add_job(JobKind::Reembed, id).await.map(Some)
    }

    async fn add_job(&self, kind: JobKind, subject: &str) -> Result<Job, EngineError> {
        let job = self.0.store.add_job(JobId(Uuid::now_v7()), kind, subject).await?;
        self.0.work.notify_one();
        self.0.tell(LibraryEvent::Job(job.id));
        Ok(job)
    }

    /// Which embedder the library's vectors are of; the given one for a library without any.
    pub async fn library_embedder(store: &hearth_store::Store, wanted: &str) -> Result<String, EngineError> {
        if let Some(known) = store.meta(EMBEDDER).await? {
            return Ok(known);
        }
        store.set_meta(EMBEDDER, wanted).await?;
        Ok(wanted.to_owned())
    }

    async fn run_pull(&self, job: &Job, name: &str) -> Result<bool, EngineError> {
        let mut shares = self.0.chat().pull(name);
        let mut noted = Instant::now();
        while let Some(share) = shares.next().await {
            let share = share?;
            if noted.elapsed() < GLANCE {
                continue;
            }
            noted = Instant::now();
            if !self.advance(job, JobStep::Downloading, share.min(0.999)).await? {
                return Ok(false);
            }
        }
        self.0.tell(LibraryEvent::Model(name.into()));
        Ok(true)
    }

    pub(crate) async fn run_download(&self, job: &Job, id: &str) -> Result<bool, EngineError> {
        if !self.advance(job, JobStep::Downloading, 0.0).await? {
            return Ok(false);
        }
        if let Some(name) = id.strip_prefix(CHAT) {
            return self.run_pull(job, name).await;
        }
        let done = Share::default();
        let note = |share| done.note(share);
        let download = self.0.models.download(id, &note);
        let Some(outcome) = self.watched(job, JobStep::Downloading, 0.0..0.999, &done, download).await?
        else {
            return Ok(false);
        };
        outcome.map_err(EngineError::Download)?;
        self.model_came(id).await?;
        Ok(true)
    }

    /// A model's files are on this machine now: what waited for it goes on.
    pub async fn model_came(&self, id: &str) -> Result<(), EngineError> {
        self.0.tell(LibraryEvent::Model(id.into()));
        self.0.store.hurry_jobs().await?;
        self.0.work.notify_one();
        Ok(())
    }

    pub(crate) async fn run_reembed(&self, job: &Job, id: &str) -> Result<bool, EngineError> {
        let shared = &self.0;
        let target = shared.models.embedding(id)?;
        if !self.embed_all(job, &target, 0.95).await? {
            return Ok(false);
        }
        if id == shared.embedder_id() {
            // An earlier job came as far as the change: only what it left is to be done.
            self.reconcile().await?;
            shared.store.keep_vectors_of(id).await?;
            return Ok(true);
        }
        if !self.advance(job, JobStep::Indexing, 0.95).await? {
            return Ok(false);
        }
        let info = target.embedder.info();
        let fresh = shared.index.prepare_vectors(&info.id, info.dimensions)?;
        let fresh = self.filled(fresh, &info.id).await?;
        shared.store.set_meta(EMBEDDER, id).await?;
        {
            let mut current = shared.embedding.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            shared.index.replace_vectors(fresh);
            *current = target.clone();
        }
        // Sources that were taken in meanwhile have vectors of the old one only.
        if !self.embed_all(job, &target, 0.99).await? {
            return Ok(false);
        }
        self.reconcile().await?;
        shared.store.keep_vectors_of(id).await?;
        shared.tell(LibraryEvent::Model(id.into()));
        Ok(true)
    }

    async fn filled(
        &self,
        mut fresh: hearth_index::VectorIndex,
        embedder: &str,
    ) -> Result<hearth_index::VectorIndex, EngineError> {
        for source in self.0.store.indexed_sources(embedder).await? {
            let rows = self.0.store.vectors_of(source.id, embedder).await?;
            let vectors: Vec<_> = rows.into_iter().map(|row| (row.key, row.vector)).collect();
            fresh.put(source.key, &vectors).map_err(hearth_index::IndexError::Io)?;
        }
        fresh.commit().map_err(hearth_index::IndexError::Io)?;
        Ok(fresh)
    }

    /// Embeds every passage that has no vector of an embedder; false when the job was cancelled.
    async fn embed_all(&self, job: &Job, target: &Embedding, up_to: f32) -> Result<bool, EngineError> {
        let store = &self.0.store;
        let id = &target.embedder.info().id;
        loop {
            let (all, missing) = store.count_without_vector(id).await?;
            let share = 1.0 - missing as f32 / all.max(1) as f32;
            if !self.advance(job, JobStep::Embedding, up_to * share).await? {
                return Ok(false);
            }
            let batch = store.any_without_vector(id, BATCH).await?;
            if batch.is_empty() {
                return Ok(true);
            }
            let texts = batch.iter().map(|row| embedded_text(&row.source_title, &row.passage)).collect();
            let vectors = target.embedder.embed(TextRole::Passage, texts).await?;
            let keyed: Vec<_> = batch.iter().map(|row| row.key).zip(vectors).collect();
            store.put_vectors(id, &keyed).await?;
        }
    }
}
