//! The durable job queue. One process works on a library, so a job whose process ended while it ran is
//! queued again at the next start: [`Store::recover_jobs`].

use hearth_domain::{ErrorCode, Failure, Job, JobId, JobKind, JobStep};
use sqlx::SqliteConnection;

use crate::records::{JOB_FORMAT, encode_failure};
use crate::rows::job_from_row;
use crate::{Store, StoreError};

/// Number of interruptions (ends of the process while the job runs) up to which a job is queued again.
const MAX_INTERRUPTIONS: u32 = 20;
/// Number of interruptions up to which a job is not suspected as their cause.
const MAX_UNSUSPECTED_INTERRUPTIONS: u32 = 3;
/// Limit of recordings that are transcribed at the same time: one is transcribed while another is read.
const MAX_RUNNING_TRANSCRIPTIONS: u32 = 2;
/// Longest delay of a suspected job, in milliseconds.
const MAX_DELAY_MS: u32 = 60_000;

/// Id of a job to register together with its source.
#[derive(Clone, Copy, Debug)]
pub struct NewJob {
    pub id: JobId,
}

impl Store {
    pub(crate) async fn insert_job(
        &self,
        connection: &mut SqliteConnection,
        new: NewJob,
        kind: JobKind,
        source: Option<&str>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO jobs (id, kind, source_id, state, step, not_before, created_at, updated_at, format)
             VALUES (?1, ?2, ?3, 'queued', 'waiting', ?4, ?4, ?4, ?5)",
        )
        .bind(new.id.to_string())
        .bind(kind.as_str())
        .bind(source)
        .bind(self.now_milliseconds())
        .bind(JOB_FORMAT)
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Registers a job that works on no source; returns the open job of the same kind and subject if
    /// there is one.
    pub async fn add_job(&self, id: JobId, kind: JobKind, subject: &str) -> Result<Job, StoreError> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let open_job: Option<String> = sqlx::query_scalar(
            "SELECT id FROM jobs WHERE kind = ?1 AND subject = ?2 AND state IN ('queued', 'running')",
        )
        .bind(kind.as_str())
        .bind(subject)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(open_job) = open_job {
            return self.get_job(crate::rows::parse_id(&open_job)?).await;
        }
        sqlx::query(
            "INSERT INTO jobs (id, kind, subject, state, step, not_before, created_at, updated_at, format)
             VALUES (?1, ?2, ?3, 'queued', 'waiting', ?4, ?4, ?4, ?5)",
        )
        .bind(id.to_string())
        .bind(kind.as_str())
        .bind(subject)
        .bind(self.now_milliseconds())
        .bind(JOB_FORMAT)
        .execute(&mut *tx)
        .await?;
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

    /// Queues the jobs again that were running when the previous process ended; returns their number. Jobs
    /// that were interrupted repeatedly may be the cause: their delay grows each time, and they fail at last.
    pub async fn recover_jobs(&self) -> Result<u64, StoreError> {
        let message = "Hearth stopped unexpectedly several times while working on this, so it is not tried again; retry it, or remove the source";
        let failure = Failure { code: ErrorCode::Internal, message: message.into() };
        let result = sqlx::query(
            "UPDATE jobs SET interruptions = interruptions + 1, updated_at = ?1,
               state = CASE WHEN interruptions < ?2 THEN 'queued' ELSE 'failed' END,
               error = CASE WHEN interruptions < ?2 THEN error ELSE ?3 END,
               not_before = ?1 + CASE WHEN interruptions < ?4 THEN 0 ELSE min(1000 << (interruptions - ?4), ?5) END
             WHERE state = 'running'",
        )
        .bind(self.now_milliseconds())
        .bind(MAX_INTERRUPTIONS)
        .bind(encode_failure(&failure)?)
        .bind(MAX_UNSUSPECTED_INTERRUPTIONS)
        .bind(MAX_DELAY_MS)
        .execute(&self.writer)
        .await?;
        Ok(result.rows_affected())
    }

    /// Queues running jobs again when the process stops regularly, which is no interruption.
    pub async fn release_jobs(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE jobs SET state = 'queued', updated_at = ?1 WHERE state = 'running'")
            .bind(self.now_milliseconds())
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

    /// Takes the oldest queued job that is due, or `None`. Suspected jobs run one at a time, so that the
    /// innocent ones get done; recordings two at a time, so that hours of transcription block no other job.
    pub async fn claim_job(&self) -> Result<Option<Job>, StoreError> {
        let row = sqlx::query(
            "UPDATE jobs SET state = 'running', error = NULL, updated_at = ?1 WHERE id = (
               SELECT id FROM jobs WHERE state = 'queued' AND not_before <= ?1 AND (interruptions <= ?2 OR NOT EXISTS (
                 SELECT 1 FROM jobs WHERE state = 'running' AND interruptions > ?2))
               AND (NOT EXISTS (SELECT 1 FROM sources s WHERE s.id = source_id AND s.kind = 'audio') OR ?3 > (
                 SELECT count(*) FROM jobs r JOIN sources s ON s.id = r.source_id
                 WHERE r.state = 'running' AND s.kind = 'audio'))
               ORDER BY not_before, id LIMIT 1)
             RETURNING *",
        )
        .bind(self.now_milliseconds())
        .bind(MAX_UNSUSPECTED_INTERRUPTIONS)
        .bind(MAX_RUNNING_TRANSCRIPTIONS)
        .fetch_optional(&self.writer)
        .await?;
        row.as_ref().map(job_from_row).transpose()
    }

    /// Saves step and progress (0 to 1) of a running job; `false` if it was cancelled meanwhile.
    pub async fn update_job_progress(
        &self,
        id: JobId,
        step: JobStep,
        progress: f32,
    ) -> Result<bool, StoreError> {
        let changed = sqlx::query(
            "UPDATE jobs SET step = ?2, progress = ?3, updated_at = ?4 WHERE id = ?1 AND state = 'running'",
        )
        .bind(id.to_string())
        .bind(step.as_str())
        .bind(progress)
        .bind(self.now_milliseconds())
        .execute(&self.writer)
        .await?;
        Ok(changed.rows_affected() > 0)
    }

    /// Marks a running job as done.
    pub async fn finish_job(&self, id: JobId) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE jobs SET state = 'done', step = 'finished', progress = 1, updated_at = ?2
             WHERE id = ?1 AND state = 'running'",
        )
        .bind(id.to_string())
        .bind(self.now_milliseconds())
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
        sqlx::query(
            "UPDATE jobs SET state = ?2, error = ?3, attempts = attempts + 1, not_before = ?4, updated_at = ?5
             WHERE id = ?1 AND state = 'running'",
        )
        .bind(id.to_string())
        .bind(if retry_in_ms.is_some() { "queued" } else { "failed" })
        .bind(encode_failure(error)?)
        .bind(now + retry_in_ms.unwrap_or(0))
        .bind(now)
        .execute(&self.writer)
        .await?;
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
