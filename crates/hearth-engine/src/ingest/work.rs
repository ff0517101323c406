//! The worker of the job queue.

use std::time::Duration;

use hearth_documents::{Cut, Input, ReadFailure, ReadOptions, cut, detect_language};
use hearth_domain::{
    EmbedError, Failure, Job, JobId, JobKind, JobStep, OriginKind, Passage, RevisionId, Source, SourceId,
    SourceKind, TextRole, TranscribeError,
};
use hearth_store::{RevisionFacts, StoreError};
use uuid::Uuid;

use super::commits::Findable;
use super::guide::guide;
use super::listen::HEARD;
use crate::{Engine, EngineError, LibraryEvent};

/// Passages that are embedded and stored at a time.
const BATCH: u32 = 64;
/// Attempts at what may succeed later.
const ATTEMPTS: u32 = 8;
/// Jobs that are on their way at once: while one waits for a reader, the embedder or the disk, others go on.
const AT_ONCE: usize = 8;
/// How often waiting jobs are looked for when nobody rings.
const LOOK: Duration = Duration::from_secs(2);

/// Where a job's steps stand on its way from 0 to 1.
const READ: f32 = 0.2;
const EMBEDDED: f32 = 0.95;

impl Engine {
    /// Works the queue until the engine stops, in the background.
    pub fn work(&self) {
        for _ in 0..AT_ONCE {
            let engine = self.clone();
            tokio::spawn(async move { engine.work_queue().await });
        }
        let engine = self.clone();
        tokio::spawn(async move { engine.make_guides().await });
    }

    async fn work_queue(&self) {
        let shared = &self.0;
        loop {
            if shared.stop.is_cancelled() {
                return;
            }
            match shared.store.claim_job().await {
                Ok(Some(job)) => {
                    // Another worker may find the next one.
                    shared.work.notify_one();
                    let engine = self.clone();
                    let id = job.id;
                    // A task of its own: a panic ends the job, not the worker.
                    if tokio::spawn(async move { engine.run_job(&job).await }).await.is_err() {
                        self.give_up(id).await;
                    }
                }
                Ok(None) => tokio::select! {
                    () = shared.work.notified() => {}
                    () = tokio::time::sleep(LOOK) => {}
                    () = shared.stop.cancelled() => return,
                },
                Err(error) => {
                    tracing::error!(%error, "the job queue could not be read");
                    tokio::time::sleep(LOOK).await;
                }
            }
        }
    }

    /// Fails a job whose work ended in a panic.
    async fn give_up(&self, id: JobId) {
        let failure = Failure {
            code: "INTERNAL".into(),
            message: "taking this in ended unexpectedly; the log says where".into(),
        };
        self.end(id, &Err((failure, None))).await;
        self.0.tell(LibraryEvent::Job(id));
    }

    /// Writes how a job ended: done, cancelled or deleted meanwhile, or failed and when it is tried again. On a full disk
    /// not even that can be written, and what is not written would seem to run for ever: it is tried until it can.
    async fn end(&self, id: JobId, outcome: &Result<bool, (Failure, Option<i64>)>) {
        let store = &self.0.store;
        loop {
            let written = match outcome {
                Ok(true) => store.finish_job(id).await,
                // Whoever cancelled or deleted it has said so.
                Ok(false) => Ok(()),
                Err((failure, retry)) => store.fail_job(id, failure, *retry).await,
            };
            let Err(error) = written else { return };
            tracing::error!(%error, "a job's end could not be written");
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.0.stop.cancelled() => return,
            }
        }
    }

    async fn run_job(&self, job: &Job) {
        let shared = &self.0;
        let place = shared.jobs.begin(job);
        let outcome = tokio::select! {
            outcome = self.run(job) => outcome,
            // Whoever cancelled it has said so in the store.
            () = place.stop.cancelled() => Ok(false),
            // The job stays "running"; the next start takes it up again.
            () = shared.stop.cancelled() => return,
        };
        let outcome = outcome.map_err(|error| {
            let retry = retry_in(&error, job.attempts);
            tracing::warn!(%error, job = %job.id, ?retry, "a job failed");
            (error.failure(), retry)
        });
        self.end(job.id, &outcome).await;
        drop(place);
        shared.tell(LibraryEvent::Job(job.id));
        if let Some(source) = job.source_id {
            shared.tell(LibraryEvent::Source(source));
        }
    }

    async fn run(&self, job: &Job) -> Result<bool, EngineError> {
        match (job.kind, job.source_id, &job.subject) {
            (JobKind::Ingest, Some(source), _) => self.ingest(job, source).await,
            (JobKind::Download, _, Some(model)) => self.run_download(job, model).await,
            (JobKind::Reembed, _, Some(embedder)) => self.run_reembed(job, embedder).await,
            _ => Err(EngineError::Invalid("the job does not say what it works on".into())),
        }
    }

    /// Notes progress; false when the job was cancelled.
    pub(crate) async fn advance(&self, job: &Job, step: JobStep, progress: f32) -> Result<bool, EngineError> {
        let goes_on = self.0.store.advance_job(job.id, step, progress).await?;
        self.0.tell(LibraryEvent::Job(job.id));
        if let Some(source) = job.source_id {
            self.0.tell(LibraryEvent::Source(source));
        }
        Ok(goes_on)
    }

    /// All steps from a file to findable passages; false when the job was cancelled.
    async fn ingest(&self, job: &Job, id: SourceId) -> Result<bool, EngineError> {
        let shared = &self.0;
        let source = match shared.store.source(id).await {
            Err(StoreError::NotFound(_)) => return Ok(false),
            other => other?,
        };
        if source.revision.is_none() && source.kind == SourceKind::Audio {
            if !self.listen(job, &source).await? {
                return Ok(false);
            }
        } else if source.revision.is_none() {
            let _reading = shared.reading.acquire().await.expect("nobody closes it");
            if !self.advance(job, JobStep::Reading, 0.02).await? {
                return Ok(false);
            }
            self.read(&source).await?;
        }
        if shared.store.passages_of(id).await?.is_empty() {
            self.cut(id).await?;
        }
        let begun = if source.kind == SourceKind::Audio { HEARD } else { READ };
        if !self.embed(job, id, begun).await? || !self.advance(job, JobStep::Indexing, EMBEDDED).await? {
            return Ok(false);
        }
        self.index(id).await?;
        Ok(true)
    }

    async fn read(&self, source: &Source) -> Result<(), EngineError> {
        let shared = &self.0;
        let original = shared.store.blobs().open_blob(&source.sha256).await?;
        let options = ReadOptions {
            max_chars: shared.max_text_chars,
            article: source.origin.kind == OriginKind::Url,
            address: source.origin.value.clone().filter(|_| source.origin.kind == OriginKind::Url),
        };
        let document = shared.reader.read(source.kind, Input::File(original), options).await?;
        let facts = RevisionFacts {
            // A name that its owner gave a file says more than most documents' own titles; an
            // address says less.
            title: document.title.as_deref().filter(|_| source.origin.kind == OriginKind::Url),
            pages: document.pages,
            seconds: None,
            loudness: &[],
            words: document.revision.text.split_whitespace().count() as u32,
            language: detect_language(&document.revision.text),
            problems: &document.problems,
            guide: Some(&guide(&document.revision)),
        };
        shared.store.put_revision(source.id, RevisionId(Uuid::now_v7()), &document.revision, &facts).await?;
        Ok(())
    }

    async fn cut(&self, id: SourceId) -> Result<(), EngineError> {
        let shared = self.0.clone();
        // Cutting measures by the embedder's tokens: without it nothing may be cut.
        shared.embedder().load().await?;
        let (revision_id, revision) = shared.store.revision(id, None).await?;
        let passages = tokio::task::spawn_blocking(move || {
            cut(&Cut {
                source: id,
                revision_id,
                revision: &revision,
                cutting: shared.cutting(),
                tokens: shared.embedding().spans.as_ref(),
            })
        })
        .await?;
        Ok(self.0.store.put_passages(&passages).await?)
    }

    /// Embeds what has no vector yet, from a job's progress on; false when the job was cancelled.
    async fn embed(&self, job: &Job, id: SourceId, begun: f32) -> Result<bool, EngineError> {
        let shared = &self.0;
        let embedder = shared.embedder_id();
        let all = shared.store.passages_of(id).await?.len().max(1);
        let mut done = shared.store.vectors_of(id, &embedder).await?.len();
        loop {
            let progress = begun + (EMBEDDED - begun) * done as f32 / all as f32;
            if !self.advance(job, JobStep::Embedding, progress).await? {
                return Ok(false);
            }
            let batch = shared.store.passages_without_vector(id, &embedder, BATCH).await?;
            if batch.is_empty() {
                return Ok(true);
            }
            let texts = batch.iter().map(|row| embedded_text(&row.source_title, &row.passage)).collect();
            let vectors = shared.embedder().embed(TextRole::Passage, texts).await?;
            let keyed: Vec<(i64, Vec<f32>)> = batch.iter().map(|row| row.key).zip(vectors).collect();
            shared.store.put_vectors(&embedder, &keyed).await?;
            done += keyed.len();
        }
    }

    async fn index(&self, id: SourceId) -> Result<(), EngineError> {
        let store = &self.0.store;
        let Some(source) = store.source_key(id).await? else {
            return Ok(());
        };
        let entries = store.index_entries_of(id).await?;
        let embedder = self.0.embedder_id();
        let vectors = store.vectors_of(id, &embedder).await?;
        let vectors = vectors.into_iter().map(|row| (row.key, row.vector)).collect();
        self.make_findable(Findable { source, entries, embedder, vectors }).await
    }
}

/// What of a passage is embedded: where it stands, then what it says.
pub(crate) fn embedded_text(title: &str, passage: &Passage) -> String {
    let title =
        title.rsplit_once('.').map_or(title, |(stem, ending)| if ending.len() <= 5 { stem } else { title });
    let mut text = String::from(title);
    for section in &passage.section {
        // A heading that the passage starts with is said once.
        if !passage.text.starts_with('#') || !passage.text.contains(section.as_str()) {
            text.push_str(" › ");
            text.push_str(section);
        }
    }
    text.push('\n');
    text.push_str(&passage.text);
    text
}

/// When to try again what failed; `None` for what will not get better by itself.
fn retry_in(error: &EngineError, attempts: u32) -> Option<i64> {
    let may_pass = match error {
        // However long it takes to make room, or to bring the model here; nothing is lost by waiting.
        EngineError::Index(error) if error.is_full() => true,
        EngineError::Recording(failure) if failure.code == "RESOURCE_EXHAUSTED" => true,
        EngineError::Store(StoreError::Full)
        | EngineError::Embed(EmbedError::Missing(_))
        | EngineError::Transcribe(TranscribeError::Missing(_)) => true,
        EngineError::Embed(EmbedError::Overloaded) | EngineError::Read(ReadFailure::Unavailable(_)) => {
            attempts < ATTEMPTS
        }
        EngineError::Recording(failure) if failure.code == "INTERNAL" => attempts < 3,
        // Once more: the machine may have been short of memory for a moment.
        EngineError::Read(ReadFailure::Crashed) => attempts < 1,
        EngineError::Store(StoreError::Database(_) | StoreError::Io(_))
        | EngineError::Index(_)
        | EngineError::Download(_)
        | EngineError::Transcribe(TranscribeError::Failed(_)) => attempts < 3,
        _ => false,
    };
    may_pass.then(|| 1000 << attempts.min(6))
}
