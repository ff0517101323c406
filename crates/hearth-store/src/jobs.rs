//! The durable job queue. A running job has an owner (a process) with a lease, which the owner renews; when it ends
//! without the job's end, the owner is dead, and the job is queued again: [`Store::recover_jobs`].

use hearth_domain::{ErrorCode, Failure, Job, JobId, JobKind, JobPayload, JobStep, Lane, SourceKind};
use sqlx::SqliteConnection;

use crate::records::{JOB_FORMAT, encode_failure, encode_job_payload};
use crate::rows::{job_from_row, parse_id};
use crate::upgrade::upgrade_job;
use crate::{Store, StoreError};

/// Number of interruptions (ends of the process while the job runs) up to which a job is queued again.
const MAX_INTERRUPTIONS: u32 = 20;
/// Number of interruptions up to which a job is not suspected as their cause.
const MAX_UNSUSPECTED_INTERRUPTIONS: u32 = 3;
/// Longest delay of a suspected job, in milliseconds.
const MAX_DELAY_MS: u32 = 60_000;
/// Length of a lease, in milliseconds.
const LEASE_MS: i64 = 30_000;

/// Limits of jobs that run at the same time, by lane; a lane without one runs none.
pub type LaneLimits = [(Lane, u32)];

/// Id of a job to register together with its source.
#[derive(Clone, Copy, Debug)]
pub struct NewJob {
    pub id: JobId,
}

/// Lane of a job; `source_kind` is the kind of its source, if it has one.
fn choose_lane(payload: &JobPayload, source_kind: Option<SourceKind>) -> Lane {
    match payload {
        JobPayload::Ingest { .. } | JobPayload::Reread { .. } if source_kind == Some(SourceKind::Audio) => {
            Lane::Graphics
        }
        JobPayload::Ingest { .. } | JobPayload::Reread { .. } => Lane::Reading,
        JobPayload::Reembed { .. } => Lane::Processor,
        JobPayload::Download { .. } => Lane::Network,
    }
}

impl Store {
    pub(crate) async fn insert_job(
        &self,
        connection: &mut SqliteConnection,
        id: JobId,
        payload: &JobPayload,
        source_kind: Option<SourceKind>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO jobs (id, kind, source_id, payload, lane, state, step, not_before, created_at, updated_at, format)
             VALUES (?1, ?2, ?3, ?4, ?5, 'queued', 'waiting', ?6, ?6, ?6, ?7)",
        )
        .bind(id.to_string())
        .bind(payload.kind().as_str())
        .bind(payload.source_id().map(|source| source.to_string()))
        .bind(encode_job_payload(payload)?)
        .bind(choose_lane(payload, source_kind).as_str())
        .bind(self.now_milliseconds())
        .bind(JOB_FORMAT)
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Registers a job; returns the open job with the same work if there is one.
    pub async fn add_job(&self, id: JobId, payload: &JobPayload) -> Result<Job, StoreError> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let open_job: Option<String> = sqlx::query_scalar(
            "SELECT id FROM jobs WHERE payload = ?1 AND format = ?2 AND state IN ('queued', 'running')",
        )
        .bind(encode_job_payload(payload)?)
        .bind(JOB_FORMAT)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(open_job) = open_job {
            return self.get_job(parse_id(&open_job)?).await;
        }
        let kind: Option<String> = sqlx::query_scalar("SELECT kind FROM sources WHERE id = ?1")
            .bind(payload.source_id().map(|source| source.to_string()))
            .fetch_optional(&mut *tx)
            .await?;
        let kind = kind.as_deref().and_then(SourceKind::parse);
        self.insert_job(&mut tx, id, payload, kind).await?;
        tx.commit().await?;
        self.get_job(id).await
    }

    /// Jobs of a kind that have not ended.
    pub async fn list_open_jobs(&self, kind: JobKind) -> Result<Vec<Job>, StoreError> {
        let rows = sqlx::query("SELECT * FROM jobs WHERE kind = ?1 AND state IN ('queued', 'running')")
            .bind(kind.as_str())
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(job_from_row).collect()
    }

    /// A job by its id; [`StoreError::NotFound`] if it is missing.
    pub async fn get_job(&self, id: JobId) -> Result<Job, StoreError> {
        let row = sqlx::query("SELECT * FROM jobs WHERE id = ?1")
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?
            .ok_or(StoreError::NotFound("job"))?;
        job_from_row(&row)
    }

    /// A page of jobs, newest first; `after` is the last job of the page before.
    pub async fn list_jobs(&self, limit: u32, after: Option<JobId>) -> Result<Vec<Job>, StoreError> {
        let rows = sqlx::query("SELECT * FROM jobs WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2")
            .bind(after.map(|id| id.to_string()))
            .bind(limit)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(job_from_row).collect()
    }

    /// Queues the jobs again whose owners are dead: other processes whose leases have ended. Returns their number. Jobs
    /// that were interrupted repeatedly may be the cause: their delay grows each time, and they fail at last.
    pub async fn recover_jobs(&self) -> Result<u64, StoreError> {
        let message = "Hearth stopped unexpectedly several times while working on this, so it is not tried again; retry it, or remove the source";
        let failure = Failure { code: ErrorCode::Internal, message: message.into() };
        let now = self.now_milliseconds();
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let failing: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM jobs WHERE state = 'running' AND owner IS NOT ?1 AND lease_until <= ?2
             AND interruptions >= ?3",
        )
        .bind(&self.owner)
        .bind(now)
        .bind(MAX_INTERRUPTIONS)
        .fetch_all(&mut *tx)
        .await?;
        for id in failing {
            upgrade_job(&mut tx, parse_id(&id)?).await?;
        }
        let result = sqlx::query(
            "UPDATE jobs SET interruptions = interruptions + 1, owner = NULL, updated_at = ?1,
               state = CASE WHEN interruptions < ?2 THEN 'queued' ELSE 'failed' END,
               error = CASE WHEN interruptions < ?2 THEN error ELSE ?3 END,
               not_before = ?1 + CASE WHEN interruptions < ?4 THEN 0 ELSE min(1000 << (interruptions - ?4), ?5) END
             WHERE state = 'running' AND owner IS NOT ?6 AND lease_until <= ?1",
        )
        .bind(now)
        .bind(MAX_INTERRUPTIONS)
        .bind(encode_failure(&failure)?)
        .bind(MAX_UNSUSPECTED_INTERRUPTIONS)
        .bind(MAX_DELAY_MS)
        .bind(&self.owner)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(result.rows_affected())
    }

    /// Ends the leases of all other processes: for a caller that holds the lock of the library's folder, which proves
    /// that they are dead.
    pub async fn expire_leases(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE jobs SET lease_until = 0 WHERE state = 'running' AND owner IS NOT ?1")
            .bind(&self.owner)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Renews the leases of this process; to be called several times within the length of a lease.
    pub async fn renew_leases(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE jobs SET lease_until = ?2 WHERE state = 'running' AND owner = ?1")
            .bind(&self.owner)
            .bind(self.now_milliseconds() + LEASE_MS)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Queues the running jobs of this process again when it stops regularly, which is no interruption.
    pub async fn release_jobs(&self) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE jobs SET state = 'queued', owner = NULL, updated_at = ?1 WHERE state = 'running' AND owner = ?2",
        )
        .bind(self.now_milliseconds())
        .bind(&self.owner)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Ends the delay of all queued jobs, because what they waited for is available.
    pub async fn wake_delayed_jobs(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE jobs SET not_before = ?1 WHERE state = 'queued' AND not_before > ?1")
            .bind(self.now_milliseconds())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Takes the oldest queued job that is due and whose lane has room, or `None`. Suspected jobs run one at a time, so
    /// that the innocent ones get done.
    pub async fn claim_job(&self, limits: &LaneLimits) -> Result<Option<Job>, StoreError> {
        let limits: serde_json::Map<String, serde_json::Value> =
            limits.iter().map(|(lane, limit)| (lane.as_str().to_owned(), (*limit).into())).collect();
        let row = sqlx::query(
            "UPDATE jobs SET state = 'running', error = NULL, owner = ?4, lease_until = ?5, updated_at = ?1 WHERE id = (
               SELECT id FROM jobs WHERE state = 'queued' AND not_before <= ?1 AND (interruptions <= ?2 OR NOT EXISTS (
                 SELECT 1 FROM jobs WHERE state = 'running' AND interruptions > ?2))
               AND (SELECT count(*) FROM jobs r WHERE r.state = 'running' AND r.lane = jobs.lane)
                 < (SELECT value FROM json_each(?3) WHERE key = jobs.lane)
               ORDER BY not_before, id LIMIT 1)
             RETURNING *",
        )
        .bind(self.now_milliseconds())
        .bind(MAX_UNSUSPECTED_INTERRUPTIONS)
        .bind(serde_json::Value::from(limits).to_string())
        .bind(&self.owner)
        .bind(self.now_milliseconds() + LEASE_MS)
        .fetch_optional(&self.writer)
        .await?;
        row.as_ref().map(job_from_row).transpose()
    }

    /// Saves step and progress (0 to 1) of a running job; `false` if it was cancelled meanwhile, or is another
    /// process's.
    pub async fn update_job_progress(
        &self,
        id: JobId,
        step: JobStep,
        progress: f32,
    ) -> Result<bool, StoreError> {
        let changed = sqlx::query(
            "UPDATE jobs SET step = ?2, progress = ?3, updated_at = ?4 WHERE id = ?1 AND state = 'running' AND owner = ?5",
        )
        .bind(id.to_string())
        .bind(step.as_str())
        .bind(progress)
        .bind(self.now_milliseconds())
        .bind(&self.owner)
        .execute(&self.writer)
        .await?;
        Ok(changed.rows_affected() > 0)
    }

    /// Marks a running job as done.
    pub async fn finish_job(&self, id: JobId) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE jobs SET state = 'done', step = 'finished', progress = 1, updated_at = ?2
             WHERE id = ?1 AND state = 'running' AND owner = ?3",
        )
        .bind(id.to_string())
        .bind(self.now_milliseconds())
        .bind(&self.owner)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Ends a job's attempt with an error: for good, or with a retry after `retry_in_ms` milliseconds.
    pub async fn fail_job(
        &self,
        id: JobId,
        error: &Failure,
        retry_in_ms: Option<i64>,
    ) -> Result<(), StoreError> {
        let now = self.now_milliseconds();
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        upgrade_job(&mut tx, id).await?;
        sqlx::query(
            "UPDATE jobs SET state = ?2, error = ?3, attempts = attempts + 1, not_before = ?4, updated_at = ?5
             WHERE id = ?1 AND state = 'running' AND owner = ?6",
        )
        .bind(id.to_string())
        .bind(if retry_in_ms.is_some() { "queued" } else { "failed" })
        .bind(encode_failure(error)?)
        .bind(now + retry_in_ms.unwrap_or(0))
        .bind(now)
        .bind(&self.owner)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Cancels a job that has not ended; its runner notices that at its next step.
    pub async fn cancel_job(&self, id: JobId) -> Result<Job, StoreError> {
        sqlx::query(
            "UPDATE jobs SET state = 'cancelled', updated_at = ?2 WHERE id = ?1 AND state IN ('queued', 'running')",
        )
        .bind(id.to_string())
        .bind(self.now_milliseconds())
        .execute(&self.writer)
        .await?;
        self.get_job(id).await
    }

    /// Queues a failed or cancelled job again, with its counters reset.
    pub async fn retry_job(&self, id: JobId) -> Result<Job, StoreError> {
        sqlx::query(
            "UPDATE jobs SET state = 'queued', step = 'waiting', error = NULL, attempts = 0, interruptions = 0, progress = 0,
             not_before = ?2, updated_at = ?2 WHERE id = ?1 AND state IN ('failed', 'cancelled')",
        )
        .bind(id.to_string())
        .bind(self.now_milliseconds())
        .execute(&self.writer)
        .await?;
        self.get_job(id).await
    }
}
