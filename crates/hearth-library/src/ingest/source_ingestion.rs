//! The stages of a source's revision: read, cut, embedded, indexed. Each leaves its result in the store, and a job that
//! was interrupted goes on behind the last one.

use hearth_documents::{CuttingInput, ReadOptions, cut_revision, detect_language};
use hearth_domain::{
    Job, JobStep, OriginKind, Passage, RevisionId, RevisionStage, Source, SourceId, SourceKind, TextRole,
};
use hearth_store::{RevisionMetadata, StoreError};
use tokio::sync::oneshot;

use super::extractive_guide::extract_guide;
use super::reading::Reading;
use super::source_transcription::TRANSCRIBED_PROGRESS;
use crate::index_commits::SearchableSource;
use crate::{Library, LibraryError};

/// Passages that are embedded and stored at once.
const EMBEDDING_BATCH_SIZE: u32 = 64;
/// Progress of a job after reading, from 0 to 1.
const READ_PROGRESS: f32 = 0.2;
/// Progress of a job after embedding.
const EMBEDDED_PROGRESS: f32 = 0.95;

impl Library {
    /// Runs all stages of a source's first reading, or of one that `replaces` a revision; false if the job was
    /// cancelled.
    pub(super) async fn ingest_source(
        &self,
        job: &Job,
        id: SourceId,
        replaces: Option<RevisionId>,
    ) -> Result<bool, LibraryError> {
        let store = &self.0.store;
        let source = match store.get_source(id).await {
            Err(StoreError::NotFound(_)) => return Ok(false),
            result => result?,
        };
        let (revision, stage) = match store.find_open_revision(id, job.id).await? {
            Some(open) => open,
            // An earlier run of this job has finished the revision.
            None if source.revision != replaces => return Ok(true),
            None => {
                store.delete_unfinished_revisions(id, job.id).await?;
                let reading = match source.kind {
                    SourceKind::Audio => self.transcribe_source(job, &source).await?,
                    _ => self.read_source(job, &source).await?,
                };
                match reading {
                    Reading::Revision(revision) => (revision, RevisionStage::Read),
                    Reading::Unchanged => return Ok(true),
                    Reading::Cancelled => return Ok(false),
                }
            }
        };
        if stage < RevisionStage::Cut {
            self.cut_source(id, revision).await?;
        }
        let start_progress =
            if source.kind == SourceKind::Audio { TRANSCRIBED_PROGRESS } else { READ_PROGRESS };
        loop {
            let embedder = self.0.embedder_id();
            if !self.embed_revision(job, revision, &embedder, start_progress).await?
                || !self.advance_job(job, JobStep::Indexing, EMBEDDED_PROGRESS).await?
            {
                return Ok(false);
            }
            store.set_revision_stage(revision, RevisionStage::Embedded).await?;
            self.index_revision(id, revision, &embedder).await?;
            // The embedder may have been changed meanwhile.
            if embedder == self.0.embedder_id() {
                break;
            }
        }
        store.finish_revision(id, revision).await?;
        Ok(true)
    }

    async fn read_source(&self, job: &Job, source: &Source) -> Result<Reading, LibraryError> {
        let shared = &self.0;
        let _permit = shared.read_permits.acquire().await.expect("the semaphore is never closed");
        if !self.advance_job(job, JobStep::Reading, 0.02).await? {
            return Ok(Reading::Cancelled);
        }
        let original = shared.store.blobs().open_blob(&source.sha256).await?;
        let options = ReadOptions {
            max_chars: shared.max_text_chars,
            article: source.origin.kind == OriginKind::Url,
            address: source.origin.value.clone().filter(|_| source.origin.kind == OriginKind::Url),
        };
        let document = shared.reader.read_file(source.kind, original, options).await?;
        let metadata = RevisionMetadata {
            // A file name that its owner chose is a better title than most documents' own one; an address is
            // a worse one.
            title: document.title.filter(|_| source.origin.kind == OriginKind::Url),
            pages: document.pages,
            seconds: None,
            loudness: Vec::new(),
            words: document.revision.text.split_whitespace().count() as u32,
            language: detect_language(&document.revision.text).map(str::to_owned),
            problems: document.problems,
            guide: Some(extract_guide(&document.revision)),
        };
        self.store_reading(job, source, &document.revision, &metadata).await
    }

    async fn cut_source(&self, id: SourceId, revision_id: RevisionId) -> Result<(), LibraryError> {
        let shared = self.0.clone();
        // Cutting counts the embedder's tokens: without it nothing may be cut.
        shared.embedder().load().await?;
        let (_, revision) = shared.store.get_revision(id, Some(revision_id)).await?;
        let passages = self
            .0
            .tasks
            .spawn_blocking(move || {
                cut_revision(&CuttingInput {
                    source: id,
                    revision_id,
                    revision: &revision,
                    cutting: shared.cutting_rules(),
                    tokens: shared.embedding_model().token_spans.as_ref(),
                })
            })
            .await?;
        Ok(self.0.store.save_passages(revision_id, &passages).await?)
    }

    /// Embeds the passages without a vector, from a job's progress on; false if the job was cancelled.
    async fn embed_revision(
        &self,
        job: &Job,
        revision: RevisionId,
        embedder: &str,
        start_progress: f32,
    ) -> Result<bool, LibraryError> {
        let shared = &self.0;
        let (all, mut done) = shared.store.count_revision_vectors(revision, embedder).await?;
        let model = shared.embedder();
        loop {
            let share = done as f32 / all.max(1) as f32;
            let progress = start_progress + (EMBEDDED_PROGRESS - start_progress) * share;
            if !self.advance_job(job, JobStep::Embedding, progress).await? {
                return Ok(false);
            }
            let batch = shared
                .store
                .list_revision_passages_without_vector(revision, embedder, EMBEDDING_BATCH_SIZE)
                .await?;
            // The embedder that is in use by now embeds in the next round.
            if batch.is_empty() || model.info().id != embedder {
                return Ok(true);
            }
            let texts =
                batch.iter().map(|row| build_embedding_text(&row.source_title, &row.passage)).collect();
            let vectors = model.embed(TextRole::Passage, texts).await?;
            let keyed: Vec<(i64, Vec<f32>)> = batch.iter().map(|row| row.key).zip(vectors).collect();
            shared.store.save_vectors(embedder, &keyed).await?;
            done += keyed.len() as u64;
        }
    }

    async fn index_revision(
        &self,
        id: SourceId,
        revision: RevisionId,
        embedder: &str,
    ) -> Result<(), LibraryError> {
        let store = &self.0.store;
        let Some(source_key) = store.get_source_key(id).await? else {
            return Ok(());
        };
        let entries = store.list_index_entries(id, Some(revision)).await?;
        let vectors = store.list_vectors(id, Some(revision), embedder).await?;
        let vectors = vectors.into_iter().map(|row| (row.key, row.vector)).collect();
        self.commit_source(SearchableSource { source_key, entries, embedder: embedder.to_owned(), vectors })
            .await
    }

    /// Replaces the index entries of a source; durable and searchable once this returns.
    async fn commit_source(&self, source: SearchableSource) -> Result<(), LibraryError> {
        let shared = self.0.clone();
        let (reply, receiver) = oneshot::channel();
        let commit_task =
            self.0.tasks.spawn_blocking(move || shared.commits.commit_source(&shared.index, source, reply));
        match receiver.await {
            Ok(outcome) => Ok(outcome?),
            // The committing thread panicked; if it was this one, its panic explains more.
            Err(_) => {
                commit_task.await?;
                Err(LibraryError::Invalid(
                    "the search index could not be written; see the log for details".into(),
                ))
            }
        }
    }
}

/// Text of a passage for the embedder: title and headings, then its own text.
pub(crate) fn build_embedding_text(title: &str, passage: &Passage) -> String {
    let title =
        title.rsplit_once('.').map_or(title, |(stem, ending)| if ending.len() <= 5 { stem } else { title });
    let mut text = String::from(title);
    for section in &passage.section {
        // A heading at the beginning of the passage is not repeated.
        if !passage.text.starts_with('#') || !passage.text.contains(section.as_str()) {
            text.push_str(" › ");
            text.push_str(section);
        }
    }
    text.push('\n');
    text.push_str(&passage.text);
    text
}
