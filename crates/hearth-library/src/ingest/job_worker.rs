//! Workers of the job queue.

use std::time::Duration;

use hearth_documents::{CuttingInput, Input, ReadFailure, ReadOptions, cut_revision, detect_language};
use hearth_domain::{
    EmbedError, ErrorCode, Failure, Job, JobId, JobPayload, JobStep, Lane, OriginKind, Passage, RevisionId,
    Source, SourceId, SourceKind, TextRole, TranscribeError,
};
use hearth_store::{RevisionMetadata, StoreError};
use uuid::Uuid;

use super::extractive_guide::extract_guide;
use super::index_commits::SearchableSource;
use super::source_transcription::TRANSCRIBED_PROGRESS;
use crate::{Library, LibraryError, LibraryEvent};

/// Passages that are embedded and stored at once.
const EMBEDDING_BATCH_SIZE: u32 = 64;
/// Maximum attempts after a temporary failure.
const MAX_ATTEMPTS: u32 = 8;
/// Jobs that run at once, by lane. While one document waits for a reader, the embedder or the disk, others go on; one
/// recording is decoded while another is transcribed.
const LANE_LIMITS: [(Lane, u32); 3] = [(Lane::Reading, 8), (Lane::Processor, 1), (Lane::Graphics, 2)];
/// Interval of renewing the leases of running jobs, and of taking over those of dead processes.
const LEASE_INTERVAL: Duration = Duration::from_secs(8);
/// Interval of polling the queue without a notification.
const QUEUE_POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Progress of a job after reading, from 0 to 1.
const READ_PROGRESS: f32 = 0.2;
/// Progress of a job after embedding.
const EMBEDDED_PROGRESS: f32 = 0.95;

impl Library {
    /// Starts the workers of the queue, in the background until the library stops.
    pub fn start_workers(&self) {
        for _ in 0..LANE_LIMITS.iter().map(|(_, limit)| limit).sum() {
            let library = self.clone();
            self.0.tasks.spawn(async move { library.run_worker().await });
        }
        let library = self.clone();
        self.0.tasks.spawn(async move { library.keep_leases().await });
        let library = self.clone();
        self.0.tasks.spawn(async move { library.make_guides().await });
    }

    async fn run_worker(&self) {
        let shared = &self.0;
        loop {
            if shared.stop.is_cancelled() {
                return;
            }
            match shared.store.claim_job(&LANE_LIMITS).await {
                Ok(Some(job)) => {
                    // Another worker may take the next job.
                    shared.job_queued.notify_one();
                    let library = self.clone();
                    let id = job.id;
                    // A task of its own: a panic ends the job, not the worker.
                    if tokio::spawn(async move { library.run_job(&job).await }).await.is_err() {
                        self.fail_panicked_job(id).await;
                    }
                }
                Ok(None) => tokio::select! {
                    () = shared.job_queued.notified() => {}
                    () = tokio::time::sleep(QUEUE_POLL_INTERVAL) => {}
                    () = shared.stop.cancelled() => return,
                },
                Err(error) => {
                    tracing::error!(%error, "the job queue could not be read");
                    tokio::time::sleep(QUEUE_POLL_INTERVAL).await;
                }
            }
        }
    }

    /// Renews the leases of the running jobs, and queues those of dead processes, until the library stops.
    async fn keep_leases(&self) {
        let store = &self.0.store;
        loop {
            tokio::select! {
                () = tokio::time::sleep(LEASE_INTERVAL) => {}
                () = self.0.stop.cancelled() => return,
            }
            let result = async {
                store.renew_leases().await?;
                store.recover_jobs().await
            };
            match result.await {
                Ok(0) => {}
                Ok(_) => self.0.job_queued.notify_one(),
                Err(error) => tracing::warn!(%error, "the leases of jobs could not be renewed"),
            }
        }
    }

    /// Fails a job whose work ended in a panic.
    async fn fail_panicked_job(&self, id: JobId) {
        let failure = Failure {
            code: ErrorCode::Internal,
            message: "processing failed unexpectedly; see the log for details".into(),
        };
        self.store_job_end(id, &Err((failure, None))).await;
        self.0.publish(LibraryEvent::Job(id));
    }

    /// Stores the end of a job: done, cancelled or deleted meanwhile, or failed with the delay of its retry.
    /// On a full disk even that cannot be stored, and the job would seem to run for ever: storing is tried
    /// until it succeeds.
    async fn store_job_end(&self, id: JobId, outcome: &Result<bool, (Failure, Option<i64>)>) {
        let store = &self.0.store;
        loop {
            let result = match outcome {
                Ok(true) => store.finish_job(id).await,
                // The cancelling or deleting call has stored that.
                Ok(false) => Ok(()),
                Err((failure, retry)) => store.fail_job(id, failure, *retry).await,
            };
            let Err(error) = result else { return };
            tracing::error!(%error, "a job's outcome could not be stored");
            tokio::select! {
                () = tokio::time::sleep(QUEUE_POLL_INTERVAL) => {}
                () = self.0.stop.cancelled() => return,
            }
        }
    }

    async fn run_job(&self, job: &Job) {
        let shared = &self.0;
        let guard = shared.jobs.register_job(job);
        let outcome = tokio::select! {
            outcome = self.dispatch_job(job) => outcome,
            // The cancelling call has stored that.
            () = guard.stop.cancelled() => Ok(false),
            // The job stays "running"; the next start resumes it.
            () = shared.stop.cancelled() => return,
        };
        let outcome = outcome.map_err(|error| {
            let retry = retry_delay_ms(&error, job.attempts);
            tracing::warn!(%error, job = %job.id, ?retry, "a job failed");
            (error.to_failure(), retry)
        });
        self.store_job_end(job.id, &outcome).await;
        drop(guard);
        shared.publish(LibraryEvent::Job(job.id));
        if let Some(source) = job.payload.source_id() {
            shared.publish(LibraryEvent::Source(source));
        }
    }

    async fn dispatch_job(&self, job: &Job) -> Result<bool, LibraryError> {
        match &job.payload {
            JobPayload::Ingest { source_id } => self.ingest_source(job, *source_id).await,
            JobPayload::Reembed { embedder } => self.run_reembed(job, embedder).await,
            JobPayload::Download { .. } => {
                Err(LibraryError::Invalid("models are downloaded by the machine, not by the library".into()))
            }
        }
    }

    /// Stores and publishes progress; false if the job was cancelled.
    pub(crate) async fn advance_job(
        &self,
        job: &Job,
        step: JobStep,
        progress: f32,
    ) -> Result<bool, LibraryError> {
        let is_running = self.0.store.update_job_progress(job.id, step, progress).await?;
        self.0.publish(LibraryEvent::Job(job.id));
        if let Some(source) = job.payload.source_id() {
            self.0.publish(LibraryEvent::Source(source));
        }
        Ok(is_running)
    }

    /// Runs all steps from a file to searchable passages; false if the job was cancelled.
    async fn ingest_source(&self, job: &Job, id: SourceId) -> Result<bool, LibraryError> {
        let shared = &self.0;
        let source = match shared.store.get_source(id).await {
            Err(StoreError::NotFound(_)) => return Ok(false),
            result => result?,
        };
        if source.revision.is_none() && source.kind == SourceKind::Audio {
            if !self.transcribe_source(job, &source).await? {
                return Ok(false);
            }
        } else if source.revision.is_none() {
            let _permit = shared.read_permits.acquire().await.expect("the semaphore is never closed");
            if !self.advance_job(job, JobStep::Reading, 0.02).await? {
                return Ok(false);
            }
            self.read_source(&source).await?;
        }
        if shared.store.list_passages(id).await?.is_empty() {
            self.cut_source(id).await?;
        }
        let start_progress =
            if source.kind == SourceKind::Audio { TRANSCRIBED_PROGRESS } else { READ_PROGRESS };
        if !self.embed_source(job, id, start_progress).await?
            || !self.advance_job(job, JobStep::Indexing, EMBEDDED_PROGRESS).await?
        {
            return Ok(false);
        }
        self.index_source(id).await?;
        Ok(true)
    }

    async fn read_source(&self, source: &Source) -> Result<(), LibraryError> {
        let shared = &self.0;
        let original = shared.store.blobs().open_blob(&source.sha256).await?;
        let options = ReadOptions {
            max_chars: shared.max_text_chars,
            article: source.origin.kind == OriginKind::Url,
            address: source.origin.value.clone().filter(|_| source.origin.kind == OriginKind::Url),
        };
        let document = shared.reader.read(source.kind, Input::File(original), options).await?;
        let metadata = RevisionMetadata {
            // A file name that its owner chose is a better title than most documents' own one; an address is
            // a worse one.
            title: document.title.as_deref().filter(|_| source.origin.kind == OriginKind::Url),
            pages: document.pages,
            seconds: None,
            loudness: &[],
            words: document.revision.text.split_whitespace().count() as u32,
            language: detect_language(&document.revision.text),
            problems: &document.problems,
            guide: Some(&extract_guide(&document.revision)),
        };
        shared
            .store
            .save_revision(source.id, RevisionId(Uuid::now_v7()), &document.revision, &metadata)
            .await?;
        Ok(())
    }

    async fn cut_source(&self, id: SourceId) -> Result<(), LibraryError> {
        let shared = self.0.clone();
        // Cutting counts the embedder's tokens: without it nothing may be cut.
        shared.embedder().load().await?;
        let (revision_id, revision) = shared.store.get_revision(id, None).await?;
        let passages = tokio::task::spawn_blocking(move || {
            cut_revision(&CuttingInput {
                source: id,
                revision_id,
                revision: &revision,
                cutting: shared.cutting_rules(),
                tokens: shared.embedding_model().token_spans.as_ref(),
            })
        })
        .await?;
        Ok(self.0.store.save_passages(&passages).await?)
    }

    /// Embeds the passages without a vector, from a job's progress on; false if the job was cancelled.
    async fn embed_source(&self, job: &Job, id: SourceId, start_progress: f32) -> Result<bool, LibraryError> {
        let shared = &self.0;
        let embedder = shared.embedder_id();
        let all = shared.store.list_passages(id).await?.len().max(1);
        let mut done = shared.store.list_vectors(id, &embedder).await?.len();
        loop {
            let progress = start_progress + (EMBEDDED_PROGRESS - start_progress) * done as f32 / all as f32;
            if !self.advance_job(job, JobStep::Embedding, progress).await? {
                return Ok(false);
            }
            let batch =
                shared.store.list_source_passages_without_vector(id, &embedder, EMBEDDING_BATCH_SIZE).await?;
            if batch.is_empty() {
                return Ok(true);
            }
            let texts =
                batch.iter().map(|row| build_embedding_text(&row.source_title, &row.passage)).collect();
            let vectors = shared.embedder().embed(TextRole::Passage, texts).await?;
            let keyed: Vec<(i64, Vec<f32>)> = batch.iter().map(|row| row.key).zip(vectors).collect();
            shared.store.save_vectors(&embedder, &keyed).await?;
            done += keyed.len();
        }
    }

    async fn index_source(&self, id: SourceId) -> Result<(), LibraryError> {
        let store = &self.0.store;
        let Some(source) = store.get_source_key(id).await? else {
            return Ok(());
        };
        let entries = store.list_index_entries(id).await?;
        let embedder = self.0.embedder_id();
        let vectors = store.list_vectors(id, &embedder).await?;
        let vectors = vectors.into_iter().map(|row| (row.key, row.vector)).collect();
        self.commit_source(SearchableSource { source_key: source, entries, embedder, vectors }).await
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

/// Delay of the next attempt in milliseconds, or `None` after a permanent failure.
fn retry_delay_ms(error: &LibraryError, attempts: u32) -> Option<i64> {
    let is_temporary = match error {
        // However long it takes to make room, or to bring the model here; waiting loses nothing.
        LibraryError::Index(error) if error.is_disk_full() => true,
        LibraryError::Recording(failure) if failure.code == ErrorCode::ResourceExhausted => true,
        LibraryError::Store(StoreError::DiskFull)
        | LibraryError::Embed(EmbedError::Missing(_))
        | LibraryError::Transcribe(TranscribeError::Missing(_)) => true,
        LibraryError::Embed(EmbedError::Overloaded) | LibraryError::Read(ReadFailure::Unavailable(_)) => {
            attempts < MAX_ATTEMPTS
        }
        LibraryError::Recording(failure) if failure.code == ErrorCode::Internal => attempts < 3,
        // Once more: the machine may have been short of memory for a moment.
        LibraryError::Read(ReadFailure::Crashed) => attempts < 1,
        LibraryError::Store(StoreError::Database(_) | StoreError::Io(_))
        | LibraryError::Index(_)
        | LibraryError::Transcribe(TranscribeError::Failed(_)) => attempts < 3,
        _ => false,
    };
    is_temporary.then(|| 1000 << attempts.min(6))
}
