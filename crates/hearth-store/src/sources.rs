//! Sources: registering, listing, renaming, deleting, guides.

use std::collections::HashMap;

use hearth_domain::{Guide, Job, JobPayload, NotebookId, Origin, RevisionId, Source, SourceId, SourceKind};
use sqlx::AssertSqlSafe;

use crate::jobs::NewJob;
use crate::records::{SOURCE_FORMAT, encode_guide, encode_origin};
use crate::rows::source_from_row;
use crate::upgrade::upgrade_source;
use crate::{Store, StoreError};

const SELECT_SOURCE: &str =
    "SELECT s.*, j.state AS job_state, j.step AS job_step, j.progress AS job_progress,
    j.error AS job_error, j.format AS job_format, r.stage AS revision_stage
    FROM sources s LEFT JOIN revision_stages r ON r.revision_id = s.revision
    LEFT JOIN jobs j ON j.id = (
        SELECT id FROM jobs WHERE source_id = s.id ORDER BY created_at DESC, id DESC LIMIT 1)
    WHERE s.deleted_at IS NULL";

/// A source to register; its original is a blob already.
#[derive(Clone, Debug)]
pub struct NewSource {
    pub id: SourceId,
    pub title: String,
    pub kind: SourceKind,
    pub media_type: String,
    pub bytes: u64,
    pub sha256: String,
    pub origin: Origin,
}

/// Result of adding a source: the new source with its job, or the existing one with the same bytes.
#[derive(Clone, Debug)]
pub struct AddedSource {
    pub source: Source,
    pub job: Option<Job>,
}

impl Store {
    /// Registers a source and its job and adds it to a notebook, in one transaction. If the library has
    /// the same bytes already, that source is added instead.
    pub async fn add_source(
        &self,
        notebook: NotebookId,
        new: &NewSource,
        job: NewJob,
    ) -> Result<AddedSource, StoreError> {
        let now = self.now_milliseconds();
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let notebook_count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM notebooks WHERE id = ?1 AND deleted_at IS NULL")
                .bind(notebook.to_string())
                .fetch_one(&mut *tx)
                .await?;
        if notebook_count == 0 {
            return Err(StoreError::NotFound("notebook"));
        }
        let existing: Option<String> = sqlx::query_scalar(
            "SELECT id FROM sources WHERE sha256 = ?1 AND kind = ?2 AND deleted_at IS NULL",
        )
        .bind(&new.sha256)
        .bind(new.kind.as_str())
        .fetch_optional(&mut *tx)
        .await?;
        let is_new = existing.is_none();
        let source_id = existing.unwrap_or_else(|| new.id.to_string());
        if is_new {
            sqlx::query(
                "INSERT INTO sources (id, title, kind, media_type, bytes, sha256, origin, created_at, format)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )
            .bind(&source_id)
            .bind(&new.title)
            .bind(new.kind.as_str())
            .bind(&new.media_type)
            .bind(new.bytes as i64)
            .bind(&new.sha256)
            .bind(encode_origin(&new.origin)?)
            .bind(now)
            .bind(SOURCE_FORMAT)
            .execute(&mut *tx)
            .await?;
            let payload = JobPayload::Ingest { source_id: new.id };
            self.insert_job(&mut tx, job.id, &payload, Some(new.kind)).await?;
        }
        sqlx::query(
            "INSERT INTO notebook_sources (notebook_id, source_id, added_at) VALUES (?1, ?2, ?3)
             ON CONFLICT DO NOTHING",
        )
        .bind(notebook.to_string())
        .bind(&source_id)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        sqlx::query("UPDATE notebooks SET updated_at = ?2 WHERE id = ?1")
            .bind(notebook.to_string())
            .bind(now)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        let source = self.get_source(crate::rows::parse_id(&source_id)?).await?;
        let job = if is_new { Some(self.get_job(job.id).await?) } else { None };
        Ok(AddedSource { source, job })
    }

    /// A source by its id; [`StoreError::NotFound`] if it is missing or in the trash.
    pub async fn get_source(&self, id: SourceId) -> Result<Source, StoreError> {
        let row = sqlx::query(AssertSqlSafe(format!("{SELECT_SOURCE} AND s.id = ?1")))
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?
            .ok_or(StoreError::NotFound("source"))?;
        source_from_row(&row)
    }

    /// Sources of a notebook, oldest first.
    pub async fn list_sources(&self, notebook: NotebookId) -> Result<Vec<Source>, StoreError> {
        self.get_notebook(notebook).await?;
        let rows = sqlx::query(AssertSqlSafe(format!(
            "{SELECT_SOURCE} AND s.id IN (SELECT source_id FROM notebook_sources WHERE notebook_id = ?1) ORDER BY s.key"
        )))
        .bind(notebook.to_string())
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(source_from_row).collect()
    }

    /// Changes the title of a source.
    pub async fn rename_source(&self, id: SourceId, title: &str) -> Result<Source, StoreError> {
        sqlx::query("UPDATE sources SET title = ?2 WHERE id = ?1 AND deleted_at IS NULL")
            .bind(id.to_string())
            .bind(title)
            .execute(&self.writer)
            .await?;
        self.get_source(id).await
    }

    /// Moves a source to the trash and cancels its jobs.
    pub async fn delete_source(&self, id: SourceId) -> Result<(), StoreError> {
        let now = self.now_milliseconds();
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        if !move_source_to_trash(&mut tx, id, now).await? {
            return Err(StoreError::NotFound("source"));
        }
        tx.commit().await?;
        Ok(())
    }

    /// Index key of a source (its number in this library), or `None` if it is deleted.
    pub async fn get_source_key(&self, id: SourceId) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar("SELECT key FROM sources WHERE id = ?1 AND deleted_at IS NULL")
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?)
    }

    /// Index keys of several sources; deleted ones are left out.
    pub async fn list_source_keys(&self, ids: &[SourceId]) -> Result<Vec<i64>, StoreError> {
        let ids = serde_json::to_string(ids)?;
        Ok(sqlx::query_scalar(
            "SELECT key FROM sources WHERE deleted_at IS NULL AND id IN (SELECT value FROM json_each(?1))",
        )
        .bind(ids)
        .fetch_all(&self.reader)
        .await?)
    }

    /// Index keys of a notebook's sources; only of those selected for questions if `selected`.
    pub async fn list_notebook_source_keys(
        &self,
        notebook: NotebookId,
        selected: bool,
    ) -> Result<Vec<i64>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT s.key FROM notebook_sources n JOIN sources s ON s.id = n.source_id
             WHERE n.notebook_id = ?1 AND n.selected >= ?2 AND s.deleted_at IS NULL",
        )
        .bind(notebook.to_string())
        .bind(i64::from(selected))
        .fetch_all(&self.reader)
        .await?)
    }

    /// Languages of sources by index key; sources of unknown language are left out.
    pub async fn list_source_languages(&self, keys: &[i64]) -> Result<HashMap<i64, String>, StoreError> {
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT key, language FROM sources
             WHERE language IS NOT NULL AND key IN (SELECT value FROM json_each(?1))",
        )
        .bind(serde_json::to_string(keys)?)
        .fetch_all(&self.reader)
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// The newest ready source for whose guide no model was asked yet, or `None`; `except` are left out.
    pub async fn find_source_without_guide(
        &self,
        except: &[SourceId],
    ) -> Result<Option<SourceId>, StoreError> {
        let except: Vec<String> = except.iter().map(SourceId::to_string).collect();
        let row: Option<String> = sqlx::query_scalar(
            "SELECT s.id FROM sources s WHERE s.deleted_at IS NULL AND s.guided_by IS NULL AND s.guide IS NOT NULL
               AND s.id NOT IN (SELECT value FROM json_each(?1))
               AND EXISTS (SELECT 1 FROM revision_stages r WHERE r.revision_id = s.revision AND r.stage = 'indexed')
             ORDER BY s.key DESC LIMIT 1",
        )
        .bind(serde_json::to_string(&except)?)
        .fetch_optional(&self.reader)
        .await?;
        row.as_deref().map(crate::rows::parse_id).transpose()
    }

    /// Saves the guide that a model made of a source's revision; `None` if the model gave nothing useful, so
    /// that it is not asked again. Changes nothing if the source has another revision by now.
    pub async fn save_guide(
        &self,
        source: SourceId,
        revision: RevisionId,
        guide: Option<&Guide>,
        model: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        upgrade_source(&mut tx, source).await?;
        sqlx::query(
            "UPDATE sources SET guide = coalesce(?3, guide), guided_by = ?4 WHERE id = ?1 AND revision = ?2",
        )
        .bind(source.to_string())
        .bind(revision.to_string())
        .bind(guide.map(encode_guide).transpose()?)
        .bind(model)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Marks a source as deleted and cancels its jobs; `false` if there is no such source.
pub(crate) async fn move_source_to_trash(
    connection: &mut sqlx::SqliteConnection,
    source: SourceId,
    now: i64,
) -> Result<bool, StoreError> {
    let deleted = sqlx::query("UPDATE sources SET deleted_at = ?2 WHERE id = ?1 AND deleted_at IS NULL")
        .bind(source.to_string())
        .bind(now)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "UPDATE jobs SET state = 'cancelled', updated_at = ?2 WHERE source_id = ?1 AND state IN ('queued', 'running')",
    )
    .bind(source.to_string())
    .bind(now)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected() > 0)
}
