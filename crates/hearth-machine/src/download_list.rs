//! The list of downloads: what runs now, and what is written to `downloads.json`.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hearth_domain::{ErrorCode, Failure, Job, JobId, JobPayload, JobState, JobStep, ModelProvider};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::state_file::{StateContent, StateFile};

const DOWNLOADS_FILE: &str = "downloads.json";
const MAX_CONCURRENT_DOWNLOADS: usize = 2;
/// Progress and time from which the remaining time is estimated.
const MIN_ESTIMATE_PROGRESS: f32 = 0.03;
const MIN_ESTIMATE_TIME: Duration = Duration::from_secs(2);

/// Lock of a model's files.
type ModelLock = Arc<tokio::sync::Mutex<()>>;

/// The downloads of this machine.
pub(crate) struct DownloadList {
    file: StateFile,
    jobs: Mutex<Vec<Job>>,
    running: Mutex<HashMap<JobId, RunningDownload>>,
    /// Held by the download of a model, so that no two write the same files.
    model_locks: Mutex<HashMap<(String, ModelProvider), ModelLock>>,
    pub(crate) permits: Semaphore,
}

/// A download that runs.
pub(crate) struct RunningDownload {
    /// Distinguishes this run from a later one of the same job.
    pub(crate) run: Uuid,
    pub(crate) cancel: CancellationToken,
    pub(crate) started_at: Instant,
    pub(crate) initial_progress: f32,
}

/// The file's content.
#[derive(Serialize, Deserialize)]
struct DownloadsRecord {
    jobs: Vec<JobRecord>,
}

#[derive(Serialize, Deserialize)]
struct JobRecord {
    id: JobId,
    model: String,
    provider: ModelProvider,
    state: JobState,
    progress: f32,
    attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<(String, String)>,
}

impl DownloadList {
    /// Opens the list of a folder; a damaged one is started anew, as a download can be asked for again.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let file = StateFile::new(folder, DOWNLOADS_FILE);
        let jobs = match file.read::<DownloadsRecord>()? {
            StateContent::Present(record) => record.jobs.into_iter().map(Job::from).collect(),
            StateContent::Absent | StateContent::Damaged => Vec::new(),
        };
        Ok(Self {
            file,
            jobs: Mutex::new(jobs),
            running: Mutex::default(),
            model_locks: Mutex::default(),
            permits: Semaphore::new(MAX_CONCURRENT_DOWNLOADS),
        })
    }

    pub(crate) fn lock_jobs(&self) -> MutexGuard<'_, Vec<Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lock_running(&self) -> MutexGuard<'_, HashMap<JobId, RunningDownload>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a job that is in one of these states, and writes the list. Returns the job, or `None` if it is in
    /// another state by now, perhaps cancelled.
    pub(crate) fn change_state(
        &self,
        id: JobId,
        from: &[JobState],
        change: impl FnOnce(&mut Job),
    ) -> Option<Job> {
        let mut jobs = self.lock_jobs();
        let job = jobs.iter_mut().find(|job| job.id == id && from.contains(&job.state))?;
        change(job);
        let job = job.clone();
        self.save(&jobs);
        Some(job)
    }

    /// The lock of a model.
    pub(crate) fn model_lock(&self, model: &str, provider: ModelProvider) -> ModelLock {
        let mut locks = self.model_locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry((model.to_owned(), provider)).or_default())
    }

    /// Writes the list. A full disk loses at most the list's last changes.
    pub(crate) fn save(&self, jobs: &[Job]) {
        let record = DownloadsRecord { jobs: jobs.iter().filter_map(JobRecord::from_job).collect() };
        if let Err(error) = self.file.write(&record) {
            tracing::warn!(%error, "the list of downloads could not be written");
        }
    }

    /// Estimates the remaining time of a running job from its progress so far.
    pub(crate) fn estimate_remaining_time(&self, job: &mut Job) {
        let running = self.lock_running();
        let Some(download) = running.get(&job.id).filter(|_| job.state == JobState::Running) else { return };
        let (progress, elapsed) = (job.progress - download.initial_progress, download.started_at.elapsed());
        if progress > MIN_ESTIMATE_PROGRESS && elapsed > MIN_ESTIMATE_TIME {
            job.eta_seconds = Some((elapsed.as_secs_f32() / progress * (1.0 - job.progress)).max(0.0));
        }
    }
}

impl JobRecord {
    /// Record of a download; `None` for a job of another kind, which the machine has not.
    fn from_job(job: &Job) -> Option<Self> {
        let JobPayload::Download { model, provider } = job.payload.clone() else { return None };
        Some(Self {
            id: job.id,
            model,
            provider,
            state: job.state,
            progress: job.progress,
            attempts: job.attempts,
            error: job.error.as_ref().map(|error| (error.code.as_str().to_owned(), error.message.clone())),
        })
    }
}

impl From<JobRecord> for Job {
    fn from(record: JobRecord) -> Self {
        let error = record.error.map(|(code, message)| Failure {
            code: ErrorCode::parse(&code).unwrap_or(ErrorCode::Internal),
            message,
        });
        let step = if record.state == JobState::Done { JobStep::Finished } else { JobStep::Waiting };
        Self {
            id: record.id,
            payload: JobPayload::Download { model: record.model, provider: record.provider },
            state: record.state,
            step,
            progress: record.progress,
            attempts: record.attempts,
            error,
            eta_seconds: None,
        }
    }
}
