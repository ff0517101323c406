//! The durable job queue. One process works a library, so a running job whose process is gone is
//! simply waiting again after the next start: [`Store::recover_jobs`].

use hearth_domain::{Failure, Job, JobId, JobKind, JobStep};
use sqlx::SqliteConnection;

use crate::rows::job;
use crate::{Store, StoreError};

/// How often a process may end during a job before the job is given up, and before it is suspected.
const INTERRUPTIONS: u32 = 20;
const UNSUSPECTED: u32 = 3;
/// Recordings that are written down at the same time: one is heard while another is read.
const LISTENING: u32 = 2;
/// The longest that a suspected job waits, in milliseconds.
const LONGEST_WAIT: u32 = 60_000;

/// A job to be registered with what it works on.
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
            "INSERT INTO jobs (id, kind, source_id, state, step, not_before, created_at, updated_at)
             VALUES (?1, ?2, ?3, 'queued', 'waiting', ?4, ?4, ?4)",
        )
        .bind(new.id.to_string())
        .bind(kind.as_str())
        .bind(source)
        .bind(self.now())
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Registers a job that works on no source; one of the same kind and subject that has not ended
    /// is given instead.
    pub async fn add_job(&self, id: JobId, kind: JobKind, subject: &str) -> Result<Job, StoreError> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let open: Option<String> = sqlx::query_scalar(
            "SELECT id FROM jobs WHERE kind = ?1 AND subject = ?2 AND state IN ('queued', 'running')",
        )
        .bind(kind.as_str())
        .bind(subject)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(open) = open {
            return self.job(crate::rows::parse_id(&open)?).await;
        }
        sqlx::query(
            "INSERT INTO jobs (id, kind, subject, state, step, not_before, created_at, updated_at)
             VALUES (?1, ?2, ?3, 'queued', 'waiting', ?4, ?4, ?4)",
        )
        .bind(id.to_string())
        .bind(kind.as_str())
        .bind(subject)
        .bind(self.now())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        self.job(id).await
    }

    /// The jobs of a kind that have not ended.
    pub async fn open_jobs(&self, kind: JobKind) -> Result<Vec<Job>, StoreError> {
        let rows = sqlx::query("SELECT * FROM jobs WHERE kind = ?1 AND state IN ('queued', 'running')")
            .bind(kind.as_str())
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(job).collect()
    }

    pub async fn job(&self, id: JobId) -> Result<Job, StoreError> {
        let row = sqlx::query("SELECT * FROM jobs WHERE id = ?1")
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?
            .ok_or(StoreError::NotFound("job"))?;
        job(&row)
    }

    /// Newest first; `after` is the last one of the page before.
    pub async fn jobs(&self, limit: u32, after: Option<JobId>) -> Result<Vec<Job>, StoreError> {
        let rows = sqlx::query("SELECT * FROM jobs WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2")
            .bind(after.map(|id| id.to_string()))
            .bind(limit)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(job).collect()
    }

    /// Puts jobs back that were running when the process before this one ended. Those in whose time that happened
    /// again and again may be the cause: they wait longer each time, and fail at last.
    pub async fn recover_jobs(&self) -> Result<u64, StoreError> {
        let message = "Hearth ended again and again while it worked on this, so it is left alone; retry it, or remove its source";
        let failure = Failure { code: "INTERNAL".into(), message: message.into() };
        let recovered = sqlx::query(
            "UPDATE jobs SET interruptions = interruptions + 1, updated_at = ?1,
               state = CASE WHEN interruptions < ?2 THEN 'queued' ELSE 'failed' END,
               error = CASE WHEN interruptions < ?2 THEN error ELSE ?3 END,
               not_before = ?1 + CASE WHEN interruptions < ?4 THEN 0 ELSE min(1000 << (interruptions - ?4), ?5) END
             WHERE state = 'running'",
        )
        .bind(self.now())
        .bind(INTERRUPTIONS)
        .bind(serde_json::to_string(&failure)?)
        .bind(UNSUSPECTED)
        .bind(LONGEST_WAIT)
        .execute(&self.writer)
        .await?;
        Ok(recovered.rows_affected())
    }

    /// Puts running jobs back, as the process ends of its own will.
    pub async fn release_jobs(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE jobs SET state = 'queued', updated_at = ?1 WHERE state = 'running'")
            .bind(self.now())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Lets all waiting jobs begin at once: what they waited for has come.
    pub async fn hurry_jobs(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE jobs SET not_before = ?1 WHERE state = 'queued' AND not_before > ?1")
            .bind(self.now())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Takes the oldest waiting job whose time has come; of suspected ones one at a time, so that the innocent among
    /// them get done, and of recordings two, so that hours of listening keep nothing else waiting.
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
        .bind(self.now())
        .bind(UNSUSPECTED)
        .bind(LISTENING)
        .fetch_optional(&self.writer)
        .await?;
        row.as_ref().map(job).transpose()
    }

    /// Notes how far a running job is; false when it was cancelled meanwhile.
    pub async fn advance_job(&self, id: JobId, step: JobStep, progress: f32) -> Result<bool, StoreError> {
        let changed = sqlx::query(
            "UPDATE jobs SET step = ?2, progress = ?3, updated_at = ?4 WHERE id = ?1 AND state = 'running'",
        )
        .bind(id.to_string())
        .bind(step.as_str())
        .bind(progress)
        .bind(self.now())
        .execute(&self.writer)
        .await?;
        Ok(changed.rows_affected() > 0)
    }

    pub async fn finish_job(&self, id: JobId) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE jobs SET state = 'done', step = 'finished', progress = 1, updated_at = ?2
             WHERE id = ?1 AND state = 'running'",
        )
        .bind(id.to_string())
        .bind(self.now())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Ends a job's attempt: for good, or until `retry_in_ms` have passed.
    pub async fn fail_job(
        &self,
        id: JobId,
        error: &Failure,
        retry_in_ms: Option<i64>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        sqlx::query(
            "UPDATE jobs SET state = ?2, error = ?3, attempts = attempts + 1, not_before = ?4, updated_at = ?5
             WHERE id = ?1 AND state = 'running'",
        )
        .bind(id.to_string())
        .bind(if retry_in_ms.is_some() { "queued" } else { "failed" })
        .bind(serde_json::to_string(error)?)
        .bind(now + retry_in_ms.unwrap_or(0))
        .bind(now)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Stops a job that has not ended; the one who works on it sees it at its next step.
    pub async fn cancel_job(&self, id: JobId) -> Result<Job, StoreError> {
        sqlx::query(
            "UPDATE jobs SET state = 'cancelled', updated_at = ?2 WHERE id = ?1 AND state IN ('queued', 'running')",
        )
        .bind(id.to_string())
        .bind(self.now())
        .execute(&self.writer)
        .await?;
        self.job(id).await
    }

    /// Lets a failed or cancelled job begin again.
    pub async fn retry_job(&self, id: JobId) -> Result<Job, StoreError> {
        sqlx::query(
            "UPDATE jobs SET state = 'queued', step = 'waiting', error = NULL, attempts = 0, interruptions = 0, progress = 0,
             not_before = ?2, updated_at = ?2 WHERE id = ?1 AND state IN ('failed', 'cancelled')",
        )
        .bind(id.to_string())
        .bind(self.now())
        .execute(&self.writer)
        .await?;
        self.job(id).await
    }
}
