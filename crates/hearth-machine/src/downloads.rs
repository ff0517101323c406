//! Downloads of models: durable jobs of the machine, with attempts, cancelling and progress.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::StreamExt;
use hearth_domain::{
    EmbedError, ErrorCode, Failure, Job, JobId, JobPayload, JobState, JobStep, ModelProvider,
};
use uuid::Uuid;

use crate::download_list::RunningDownload;
use crate::{Machine, MachineError, MachineEvent};

/// Ended downloads that stay listed.
const MAX_ENDED_DOWNLOADS: usize = 100;
/// Attempts at a download that may succeed later.
const MAX_ATTEMPTS: u32 = 4;
/// Interval between two events of progress.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);

impl Machine {
    /// Starts the download of a model of the catalogue; an open download of it is returned instead.
    pub fn download_model(&self, id: &str) -> Result<Job, MachineError> {
        if self.0.models.find_entry(id).is_none() {
            return Err(EmbedError::Unknown(id.to_owned()).into());
        }
        Ok(self.add_download(JobPayload::Download { model: id.to_owned(), provider: ModelProvider::Hub }))
    }

    /// Starts the download of a model by the language model server.
    pub fn pull_model(&self, name: &str) -> Job {
        let provider = ModelProvider::ChatServer;
        self.add_download(JobPayload::Download { model: name.to_owned(), provider })
    }

    /// Starts the download of a model by its provider.
    pub fn start_download(&self, model: &str, provider: ModelProvider) -> Result<Job, MachineError> {
        match provider {
            ModelProvider::Hub => self.download_model(model),
            ModelProvider::ChatServer => Ok(self.pull_model(model)),
        }
    }

    /// Downloads, newest first.
    pub fn list_jobs(&self) -> Vec<Job> {
        let mut jobs = self.0.downloads.lock_jobs().clone();
        for job in &mut jobs {
            self.0.downloads.estimate_remaining_time(job);
        }
        jobs.reverse();
        jobs
    }

    /// A download by its id.
    pub fn find_job(&self, id: JobId) -> Option<Job> {
        let mut job = self.0.downloads.lock_jobs().iter().find(|job| job.id == id).cloned()?;
        self.0.downloads.estimate_remaining_time(&mut job);
        Some(job)
    }

    /// Ids of the models of the catalogue that are being downloaded, or wait for it.
    pub fn list_downloading_models(&self) -> Vec<String> {
        self.list_open_models(ModelProvider::Hub)
    }

    /// Names of the models that the language model server is downloading.
    pub fn list_pulling_models(&self) -> Vec<String> {
        self.list_open_models(ModelProvider::ChatServer)
    }

    fn list_open_models(&self, from: ModelProvider) -> Vec<String> {
        let jobs = self.0.downloads.lock_jobs();
        let open = jobs.iter().filter(|job| !job.state.is_final());
        open.filter_map(|job| match &job.payload {
            JobPayload::Download { model, provider } if *provider == from => Some(model.clone()),
            _ => None,
        })
        .collect()
    }

    /// Cancels a download; `None` if there is no such one.
    pub fn cancel_job(&self, id: JobId) -> Option<Job> {
        let open = [JobState::Queued, JobState::Running];
        if self.0.downloads.change_state(id, &open, |job| job.state = JobState::Cancelled).is_some() {
            if let Some(download) = self.0.downloads.lock_running().remove(&id) {
                download.cancel.cancel();
            }
            self.0.publish(MachineEvent::Job(id));
        }
        self.find_job(id)
    }

    /// Starts a failed or cancelled download again, unless another one of the same model is open, which is returned
    /// instead; `None` if there is no such download.
    pub fn retry_job(&self, id: JobId) -> Option<Job> {
        let payload = self.find_job(id)?.payload;
        let open = self.0.downloads.lock_jobs().iter().find(|job| is_open(job, &payload)).cloned();
        if open.is_some() {
            return open;
        }
        let ended = [JobState::Failed, JobState::Cancelled];
        let restarted = self.0.downloads.change_state(id, &ended, |job| {
            (job.state, job.step, job.attempts, job.error) = (JobState::Queued, JobStep::Waiting, 0, None);
        });
        if restarted.is_some() {
            self.0.publish(MachineEvent::Job(id));
            self.spawn_download(id);
        }
        self.find_job(id)
    }

    /// Starts the open downloads of the previous process again; partial files continue.
    pub fn resume_downloads(&self) {
        let open: Vec<JobId> = {
            let mut jobs = self.0.downloads.lock_jobs();
            let open = jobs.iter_mut().filter(|job| !job.state.is_final());
            open.map(|job| {
                job.state = JobState::Queued;
                job.id
            })
            .collect()
        };
        for id in open {
            self.spawn_download(id);
        }
    }

    fn add_download(&self, payload: JobPayload) -> Job {
        let job = {
            let mut jobs = self.0.downloads.lock_jobs();
            if let Some(open) = jobs.iter().find(|job| is_open(job, &payload)) {
                return open.clone();
            }
            let job = Job {
                id: JobId(Uuid::now_v7()),
                payload,
                state: JobState::Queued,
                step: JobStep::Waiting,
                progress: 0.0,
                attempts: 0,
                error: None,
                eta_seconds: None,
            };
            jobs.push(job.clone());
            let ended = jobs.iter().filter(|job| job.state.is_final()).count();
            if ended > MAX_ENDED_DOWNLOADS
                && let Some(oldest) = jobs.iter().position(|job| job.state.is_final())
            {
                jobs.remove(oldest);
            }
            self.0.downloads.save(&jobs);
            job
        };
        self.0.publish(MachineEvent::Job(job.id));
        self.spawn_download(job.id);
        job
    }

    fn spawn_download(&self, id: JobId) {
        let (run, cancel) = (Uuid::now_v7(), self.0.stop.child_token());
        let running = RunningDownload {
            run,
            cancel: cancel.clone(),
            started_at: Instant::now(),
            initial_progress: 0.0,
        };
        self.0.downloads.lock_running().insert(id, running);
        let machine = self.clone();
        self.0.tasks.spawn(async move {
            cancel.run_until_cancelled(machine.run_download(id)).await;
            let mut running = machine.0.downloads.lock_running();
            if running.get(&id).is_some_and(|download| download.run == run) {
                running.remove(&id);
            }
        });
    }

    /// Runs a download to its end, with its attempts.
    async fn run_download(&self, id: JobId) {
        let payload = self.find_job(id).map(|job| job.payload);
        let Some(JobPayload::Download { model, provider }) = payload else { return };
        let lock = self.0.downloads.model_lock(&model, provider);
        let _guard = lock.lock().await;
        while let Some(delay) = self.run_attempt(id, &model, provider).await {
            tokio::time::sleep(delay).await;
        }
    }

    /// Runs one attempt; returns the delay of the next one, or `None` if there is none.
    async fn run_attempt(&self, id: JobId, model: &str, provider: ModelProvider) -> Option<Duration> {
        let downloads = &self.0.downloads;
        let _permit = downloads.permits.acquire().await.expect("the semaphore is never closed");
        let started = downloads.change_state(id, &[JobState::Queued], |job| {
            (job.state, job.step, job.error) = (JobState::Running, JobStep::Downloading, None);
        })?;
        if let Some(download) = downloads.lock_running().get_mut(&id) {
            (download.started_at, download.initial_progress) = (Instant::now(), started.progress);
        }
        self.0.publish(MachineEvent::Job(id));
        let outcome = match provider {
            ModelProvider::Hub => self.run_catalogue_download(id, model).await,
            ModelProvider::ChatServer => self.run_pull(id, model).await,
        };
        let ended = downloads.change_state(id, &[JobState::Running], |job| match outcome {
            Ok(()) => (job.state, job.step, job.progress) = (JobState::Done, JobStep::Finished, 1.0),
            Err(error) => {
                // A server that refuses a name refuses it again.
                let is_temporary =
                    matches!(error.code, ErrorCode::UpstreamUnavailable | ErrorCode::ResourceExhausted);
                job.attempts += 1;
                job.state = if is_temporary && job.attempts < MAX_ATTEMPTS {
                    JobState::Queued
                } else {
                    JobState::Failed
                };
                job.error = Some(error);
            }
        })?;
        self.0.publish(MachineEvent::Job(id));
        if ended.state == JobState::Done {
            self.0.publish(MachineEvent::Model(model.into()));
        }
        (ended.state == JobState::Queued).then(|| Duration::from_secs(1 << ended.attempts.min(6)))
    }

    async fn run_catalogue_download(&self, id: JobId, model: &str) -> Result<(), Failure> {
        let progress = Mutex::new(None);
        let report = |share: f32| {
            let mut last = progress.lock().unwrap_or_else(PoisonError::into_inner);
            self.report_progress(id, share, &mut last);
        };
        self.0.models.download(model, &report).await
    }

    async fn run_pull(&self, id: JobId, name: &str) -> Result<(), Failure> {
        let mut shares = self.chat_model().pull_model(name);
        let mut last = None;
        while let Some(share) = shares.next().await {
            let share = share.map_err(|error| MachineError::Chat(error).to_failure())?;
            self.report_progress(id, share, &mut last);
        }
        Ok(())
    }

    /// Records and publishes progress, at most once an interval.
    fn report_progress(&self, id: JobId, share: f32, last: &mut Option<Instant>) {
        if last.is_some_and(|at| at.elapsed() < PROGRESS_INTERVAL) {
            return;
        }
        *last = Some(Instant::now());
        {
            let mut jobs = self.0.downloads.lock_jobs();
            let Some(job) = jobs.iter_mut().find(|job| job.id == id && job.state == JobState::Running) else {
                return;
            };
            job.progress = share.clamp(0.0, 0.999);
        }
        self.0.publish(MachineEvent::Job(id));
    }
}

/// True if a job has this work and has not ended.
fn is_open(job: &Job, payload: &JobPayload) -> bool {
    !job.state.is_final() && job.payload == *payload
}
