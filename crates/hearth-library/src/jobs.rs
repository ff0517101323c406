//! Jobs: queueing, listing, cancelling and retrying them, and the progress of their long steps.

use std::ops::Range;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hearth_domain::{Job, JobId, JobKind, JobPayload, JobStep};
use uuid::Uuid;

use crate::{Library, LibraryError, LibraryEvent};

/// Interval at which the progress of a long step is stored.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);

/// Progress from 0 to 1, shared between tasks.
#[derive(Debug, Default)]
pub(crate) struct SharedProgress(AtomicU32);

impl SharedProgress {
    /// Sets the progress, limited to the range from 0 to 1.
    pub(crate) fn set_progress(&self, share: f32) {
        self.0.store(share.clamp(0.0, 1.0).to_bits(), Ordering::Relaxed);
    }

    fn get(&self) -> f32 {
        f32::from_bits(self.0.load(Ordering::Relaxed))
    }
}

impl Library {
    /// Waits for a part of a job and stores its progress within `range` of the whole; `None` if the job was
    /// cancelled meanwhile.
    pub(crate) async fn run_with_progress<T>(
        &self,
        job: &Job,
        step: JobStep,
        range: Range<f32>,
        done: &SharedProgress,
        part: impl Future<Output = T>,
    ) -> Result<Option<T>, LibraryError> {
        let mut part = pin!(part);
        loop {
            tokio::select! {
                outcome = &mut part => return Ok(Some(outcome)),
                () = tokio::time::sleep(PROGRESS_INTERVAL) => {
                    let progress = range.start + (range.end - range.start) * done.get();
                    if !self.advance_job(job, step, progress).await? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Queues a job; returns the open one with the same work if there is one.
    pub(crate) async fn add_job(&self, payload: &JobPayload) -> Result<Job, LibraryError> {
        let job = self.0.store.add_job(JobId(Uuid::now_v7()), payload).await?;
        self.0.job_queued.notify_one();
        self.0.publish(LibraryEvent::Job(job.id));
        Ok(job)
    }

    /// A job with an estimate of its remaining time.
    pub async fn get_job(&self, id: JobId) -> Result<Job, LibraryError> {
        let mut job = self.0.store.get_job(id).await?;
        self.0.jobs.estimate_remaining_time(&mut job);
        Ok(job)
    }

    /// A page of jobs with estimates of their remaining time, newest first; `after` is the last job of the page before.
    pub async fn list_jobs(&self, limit: u32, after: Option<JobId>) -> Result<Vec<Job>, LibraryError> {
        let mut jobs = self.0.store.list_jobs(limit, after).await?;
        for job in &mut jobs {
            self.0.jobs.estimate_remaining_time(job);
        }
        Ok(jobs)
    }

    /// Open downloads of a library of 0.1.0: downloads are the machine's since.
    pub async fn list_downloads(&self) -> Result<Vec<Job>, LibraryError> {
        Ok(self.0.store.list_open_jobs(JobKind::Download).await?)
    }

    /// Ends the delay of jobs that wait for something that is available now.
    pub async fn wake_delayed_jobs(&self) -> Result<(), LibraryError> {
        self.0.store.wake_delayed_jobs().await?;
        self.0.job_queued.notify_one();
        Ok(())
    }

    /// Cancels a job; no work on it goes on once this returns.
    pub async fn cancel_job(&self, id: JobId) -> Result<Job, LibraryError> {
        let job = self.0.store.cancel_job(id).await?;
        self.0.jobs.cancel_job(id).await;
        self.0.publish(LibraryEvent::Job(id));
        if let Some(source) = job.payload.source_id() {
            self.0.publish(LibraryEvent::Source(source));
        }
        Ok(job)
    }

    /// Retries a failed or cancelled job from its beginning.
    pub async fn retry_job(&self, id: JobId) -> Result<Job, LibraryError> {
        let job = self.0.store.retry_job(id).await?;
        self.0.job_queued.notify_one();
        self.0.publish(LibraryEvent::Job(id));
        if let Some(source) = job.payload.source_id() {
            self.0.publish(LibraryEvent::Source(source));
        }
        Ok(job)
    }
}
