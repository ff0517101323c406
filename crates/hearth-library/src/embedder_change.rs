//! A change of the embedder: new vectors of the whole library.

use hearth_domain::{EmbedError, EmbeddingModel, Job, JobKind, JobPayload, JobStep, TextRole};

use crate::ingest::build_embedding_text;
use crate::{Library, LibraryError, LibraryEvent};

/// Passages that are embedded and stored at once.
const EMBEDDING_BATCH_SIZE: u32 = 64;
/// Metadata key of the embedder that made the library's vectors.
const EMBEDDER_META_KEY: &str = "embedder";

impl Library {
    /// Id of the current embedder, and the result of embedding a sentence with it.
    pub async fn test_embedder(&self) -> (String, Result<(), EmbedError>) {
        let embedder = self.embedder();
        let result = embedder.embed(TextRole::Query, vec!["Does it work?".to_owned()]).await;
        (embedder.info().id.clone(), result.map(drop))
    }

    /// Changes the embedder: new vectors are made in the background, and questions use the old ones until all
    /// are there.
    pub async fn change_embedder(&self, id: &str) -> Result<Option<Job>, LibraryError> {
        self.0.embedders.embedding_model(id)?;
        // A new choice cancels the one before.
        for job in self.0.store.list_open_jobs(JobKind::Reembed).await? {
            if job.payload != (JobPayload::Reembed { embedder: id.to_owned() }) {
                self.cancel_job(job.id).await?;
            }
        }
        if id == self.0.embedder_id() {
            return Ok(None);
        }
        self.add_job(&JobPayload::Reembed { embedder: id.to_owned() }).await.map(Some)
    }

    /// Id of the embedder of the library's vectors; the given one for a library without any.
    pub async fn resolve_embedder_id(
        store: &hearth_store::Store,
        default_id: &str,
    ) -> Result<String, LibraryError> {
        if let Some(known) = store.get_metadata(EMBEDDER_META_KEY).await? {
            return Ok(known);
        }
        store.set_metadata(EMBEDDER_META_KEY, default_id).await?;
        Ok(default_id.to_owned())
    }

    /// Runs a job that replaces the library's vectors; false if it was cancelled.
    pub(crate) async fn run_reembed(&self, job: &Job, id: &str) -> Result<bool, LibraryError> {
        let shared = &self.0;
        let target = shared.embedders.embedding_model(id)?;
        if !self.embed_missing_passages(job, &target, 0.95).await? {
            return Ok(false);
        }
        if id == shared.embedder_id() {
            // An earlier job came as far as the change: only the rest is to be done.
            self.reconcile_indexes().await?;
            shared.store.delete_vectors_except(id).await?;
            return Ok(true);
        }
        if !self.advance_job(job, JobStep::Indexing, 0.95).await? {
            return Ok(false);
        }
        let info = target.embedder.info();
        let new_index = shared.index.prepare_vector_index(&info.id, info.dimensions)?;
        let new_index = self.fill_vector_index(new_index, &info.id).await?;
        shared.store.set_metadata(EMBEDDER_META_KEY, id).await?;
        {
            let mut current =
                shared.embedding_model.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            shared.index.replace_vector_index(new_index);
            *current = target.clone();
        }
        // Sources that were added meanwhile have vectors of the old embedder only.
        if !self.embed_missing_passages(job, &target, 0.99).await? {
            return Ok(false);
        }
        self.reconcile_indexes().await?;
        shared.store.delete_vectors_except(id).await?;
        shared.publish(LibraryEvent::Embedder(id.into()));
        Ok(true)
    }

    async fn fill_vector_index(
        &self,
        mut new_index: hearth_index::VectorIndex,
        embedder: &str,
    ) -> Result<hearth_index::VectorIndex, LibraryError> {
        for source in self.0.store.list_indexed_sources(embedder).await? {
            let rows = self.0.store.list_vectors(source.id, None, embedder).await?;
            let vectors: Vec<_> = rows.into_iter().map(|row| (row.key, row.vector)).collect();
            new_index.replace_source(source.key, &vectors).map_err(hearth_index::IndexError::Io)?;
        }
        new_index.commit().map_err(hearth_index::IndexError::Io)?;
        Ok(new_index)
    }

    /// Embeds every passage that has no vector of an embedder; false if the job was cancelled.
    async fn embed_missing_passages(
        &self,
        job: &Job,
        target: &EmbeddingModel,
        up_to: f32,
    ) -> Result<bool, LibraryError> {
        let store = &self.0.store;
        let id = &target.embedder.info().id;
        loop {
            let (all, missing) = store.count_passages_without_vector(id).await?;
            let share = 1.0 - missing as f32 / all.max(1) as f32;
            if !self.advance_job(job, JobStep::Embedding, up_to * share).await? {
                return Ok(false);
            }
            let batch = store.list_passages_without_vector(id, EMBEDDING_BATCH_SIZE).await?;
            if batch.is_empty() {
                return Ok(true);
            }
            let texts =
                batch.iter().map(|row| build_embedding_text(&row.source_title, &row.passage)).collect();
            let vectors = target.embedder.embed(TextRole::Passage, texts).await?;
            let keyed: Vec<_> = batch.iter().map(|row| row.key).zip(vectors).collect();
            store.save_vectors(id, &keyed).await?;
        }
    }
}
