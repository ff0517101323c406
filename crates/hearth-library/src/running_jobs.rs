//! Running jobs: cancelling them, and estimating their remaining time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hearth_domain::{Job, JobId, JobState};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Timeout of the end of a cancelled job.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(10);
/// Minimum progress for an estimate of the remaining time.
const MIN_ESTIMATE_PROGRESS: f32 = 0.03;
/// Minimum time since the start for an estimate of the remaining time.
const MIN_ESTIMATE_TIME: Duration = Duration::from_secs(2);

struct RunningJob {
    stop: CancellationToken,
    ended: watch::Receiver<bool>,
    started_at: Instant,
    /// Progress at the start of this run.
    start_progress: f32,
}

/// Jobs that this process runs.
#[derive(Default)]
pub(crate) struct RunningJobs(Mutex<HashMap<JobId, RunningJob>>);

/// Guard of a running job's entry, which is removed when dropped.
pub(crate) struct RunningJobGuard<'a> {
    jobs: &'a RunningJobs,
    id: JobId,
    pub(crate) stop: CancellationToken,
    ended: watch::Sender<bool>,
}

impl RunningJobs {
    fn lock_jobs(&self) -> MutexGuard<'_, HashMap<JobId, RunningJob>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a job as running.
    pub(crate) fn register_job(&self, job: &Job) -> RunningJobGuard<'_> {
        let stop = CancellationToken::new();
        let (ended, seen) = watch::channel(false);
        let running = RunningJob {
            stop: stop.clone(),
            ended: seen,
            started_at: Instant::now(),
            start_progress: job.progress,
        };
        self.lock_jobs().insert(job.id, running);
        RunningJobGuard { jobs: self, id: job.id, stop, ended }
    }

    /// Cancels a job that this process runs, and waits until its work has ended.
    pub(crate) async fn cancel_job(&self, id: JobId) {
        let running = self.lock_jobs().get(&id).map(|running| (running.stop.clone(), running.ended.clone()));
        if let Some((stop, mut ended)) = running {
            stop.cancel();
            // The job ends at its next await point; should it not, its results are refused anyway.
            let _ = tokio::time::timeout(CANCEL_TIMEOUT, ended.wait_for(|ended| *ended)).await;
        }
    }

    /// Estimates the remaining time of a running job, if that is possible.
    pub(crate) fn estimate_remaining_time(&self, job: &mut Job) {
        let running_jobs = self.lock_jobs();
        let Some(running) = running_jobs.get(&job.id).filter(|_| job.state == JobState::Running) else {
            return;
        };
        let (progress_made, elapsed) = (job.progress - running.start_progress, running.started_at.elapsed());
        if progress_made > MIN_ESTIMATE_PROGRESS && elapsed > MIN_ESTIMATE_TIME {
            job.eta_seconds = Some((elapsed.as_secs_f32() / progress_made * (1.0 - job.progress)).max(0.0));
        }
    }
}

impl Drop for RunningJobGuard<'_> {
    fn drop(&mut self) {
        self.jobs.lock_jobs().remove(&self.id);
        self.ended.send_replace(true);
    }
}
