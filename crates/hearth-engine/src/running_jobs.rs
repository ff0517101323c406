//! Jobs that are being worked on: stopping them, and how long they will take.

use std::collections::HashMap;
use std::ops::Range;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hearth_domain::{Job, JobId, JobState, JobStep};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{Engine, EngineError, LibraryEvent};

/// How long a stopped job may take to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// Progress and time from which the rest can be guessed.
const ENOUGH: f32 = 0.03;
const A_WHILE: Duration = Duration::from_secs(2);

/// How often the progress of something long is noted.
pub(crate) const GLANCE: Duration = Duration::from_millis(500);

struct Running {
    stop: CancellationToken,
    ended: watch::Receiver<bool>,
    since: Instant,
    /// Where its progress stood when it was taken up.
    from: f32,
}

/// The jobs that this process works on.
#[derive(Default)]
pub(crate) struct RunningJobs(Mutex<HashMap<JobId, Running>>);

/// A job's place among the running ones; given up when dropped.
pub(crate) struct Place<'a> {
    jobs: &'a RunningJobs,
    id: JobId,
    pub(crate) stop: CancellationToken,
    ended: watch::Sender<bool>,
}

impl RunningJobs {
    fn held(&self) -> MutexGuard<'_, HashMap<JobId, Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin(&self, job: &Job) -> Place<'_> {
        let stop = CancellationToken::new();
        let (ended, seen) = watch::channel(false);
        let running = Running { stop: stop.clone(), ended: seen, since: Instant::now(), from: job.progress };
        self.held().insert(job.id, running);
        Place { jobs: self, id: job.id, stop, ended }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.jobs.held().remove(&self.id);
        self.ended.send_replace(true);
    }
}

/// How much of something is done, from 0 to 1.
#[derive(Debug, Default)]
pub(crate) struct Share(AtomicU32);

impl Share {
    pub(crate) fn note(&self, share: f32) {
        self.0.store(share.clamp(0.0, 1.0).to_bits(), Ordering::Relaxed);
    }

    fn share(&self) -> f32 {
        f32::from_bits(self.0.load(Ordering::Relaxed))
    }
}

impl Engine {
    /// Waits for a part of a job, telling how far it is within `range` of the whole; nothing when the job was cancelled
    /// meanwhile.
    pub(crate) async fn watched<T>(
        &self,
        job: &Job,
        step: JobStep,
        range: Range<f32>,
        done: &Share,
        part: impl Future<Output = T>,
    ) -> Result<Option<T>, EngineError> {
        let mut part = pin!(part);
        loop {
            tokio::select! {
                outcome = &mut part => return Ok(Some(outcome)),
                () = tokio::time::sleep(GLANCE) => {
                    let progress = range.start + (range.end - range.start) * done.share();
                    if !self.advance(job, step, progress).await? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// A job as it is, with a guess of how long it will take.
    pub async fn job(&self, id: JobId) -> Result<Job, EngineError> {
        let mut job = self.0.store.job(id).await?;
        self.guess(&mut job);
        Ok(job)
    }

    /// Says how long a running job will take, where that can be guessed.
    pub fn guess(&self, job: &mut Job) {
        let held = self.0.jobs.held();
        let Some(running) = held.get(&job.id).filter(|_| job.state == JobState::Running) else {
            return;
        };
        let (made, elapsed) = (job.progress - running.from, running.since.elapsed());
        if made > ENOUGH && elapsed > A_WHILE {
            job.eta_seconds = Some((elapsed.as_secs_f32() / made * (1.0 - job.progress)).max(0.0));
        }
    }

    /// Stops a job; nothing works on it any more when this returns.
    pub async fn cancel_job(&self, id: JobId) -> Result<Job, EngineError> {
        let job = self.0.store.cancel_job(id).await?;
        let running =
            self.0.jobs.held().get(&id).map(|running| (running.stop.clone(), running.ended.clone()));
        if let Some((stop, mut ended)) = running {
            stop.cancel();
            // It ends at its next breath; should it not, its results are refused anyway.
            let _ = tokio::time::timeout(PATIENCE, ended.wait_for(|ended| *ended)).await;
        }
        self.0.tell(LibraryEvent::Job(id));
        if let Some(source) = job.source_id {
            self.0.tell(LibraryEvent::Source(source));
        }
        Ok(job)
    }

    /// Lets a failed or cancelled job begin again.
    pub async fn retry_job(&self, id: JobId) -> Result<Job, EngineError> {
        let job = self.0.store.retry_job(id).await?;
        self.0.work.notify_one();
        self.0.tell(LibraryEvent::Job(id));
        if let Some(source) = job.source_id {
            self.0.tell(LibraryEvent::Source(source));
        }
        Ok(job)
    }
}
