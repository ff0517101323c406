//! Workers of the job queue.

use std::time::Duration;

use hearth_documents::ReadFailure;
use hearth_domain::{EmbedError, ErrorCode, Failure, Job, JobId, JobPayload, JobStep, Lane, TranscribeError};
use hearth_store::StoreError;

use crate::{Library, LibraryError, LibraryEvent};

/// Maximum attempts after a temporary failure.
const MAX_ATTEMPTS: u32 = 8;
/// Jobs that run at once, by lane. While one document waits for a reader, the embedder or the disk, others go on; one
/// recording is decoded while another is transcribed.
const LANE_LIMITS: [(Lane, u32); 3] = [(Lane::Reading, 8), (Lane::Processor, 1), (Lane::Graphics, 2)];
/// Interval of renewing the leases of running jobs, and of taking over those of dead processes.
const LEASE_INTERVAL: Duration = Duration::from_secs(8);
/// Interval of polling the queue without a notification.
const QUEUE_POLL_INTERVAL: Duration = Duration::from_secs(2);

impl Library {
    /// Starts to work on the queued jobs, in the background until the library stops.
    pub fn start_workers(&self) {
        let library = self.clone();
        self.0.tasks.spawn(async move { library.run_queue().await });
        let library = self.clone();
        self.0.tasks.spawn(async move { library.keep_leases().await });
        let library = self.clone();
        self.0.tasks.spawn(async move { library.make_guides().await });
    }

    /// Claims jobs as long as their lanes have room, each for a task of its own.
    async fn run_queue(&self) {
        let shared = &self.0;
        while !shared.stop.is_cancelled() {
            match shared.store.claim_job(&LANE_LIMITS).await {
                Ok(Some(job)) => {
                    let library = self.clone();
                    shared.tasks.spawn(async move { library.run_claimed_job(job).await });
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "the job queue could not be read"),
            }
            tokio::select! {
                () = shared.job_queued.notified() => {}
                () = tokio::time::sleep(QUEUE_POLL_INTERVAL) => {}
                () = shared.stop.cancelled() => {}
            }
        }
    }

    async fn run_claimed_job(&self, job: Job) {
        let (library, id) = (self.clone(), job.id);
        // A task of its own: a panic ends the job alone.
        if tokio::spawn(async move { library.run_job(&job).await }).await.is_err() {
            self.fail_panicked_job(id).await;
        }
        // Its lane has room now.
        self.0.job_queued.notify_one();
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
            JobPayload::Ingest { source_id } => self.ingest_source(job, *source_id, None).await,
            JobPayload::Reread { source_id, revision } => {
                self.ingest_source(job, *source_id, Some(*revision)).await
            }
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
