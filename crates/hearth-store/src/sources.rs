//! Sources and their revisions.

use std::collections::HashMap;

use hearth_domain::{
    Guide, Job, JobKind, NotebookId, Origin, Problem, Revision, RevisionId, Source, SourceId, SourceKind,
};
use sqlx::{AssertSqlSafe, Row};

use crate::jobs::NewJob;
use crate::rows::{id, json, source};
use crate::{Store, StoreError};

const SELECT: &str = "SELECT s.*, j.state AS job_state, j.step AS job_step, j.progress AS job_progress,
    j.error AS job_error FROM sources s LEFT JOIN jobs j ON j.id = (
        SELECT id FROM jobs WHERE source_id = s.id ORDER BY created_at DESC, id DESC LIMIT 1)
    WHERE s.deleted_at IS NULL";

/// A source to be registered; its bytes are a blob already.
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

/// What registering gave: a new source with its job, or the one that has the same bytes.
#[derive(Clone, Debug)]
pub struct Added {
    pub source: Source,
    pub job: Option<Job>,
}

impl Store {
    /// Registers a source and its job and puts it into a notebook, in one transaction. Bytes that
    /// the library has already are linked instead.
    pub async fn add_source(
        &self,
        notebook: NotebookId,
        new: &NewSource,
        job: NewJob,
    ) -> Result<Added, StoreError> {
        let now = self.now();
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let alive: i64 =
            sqlx::query_scalar("SELECT count(*) FROM notebooks WHERE id = ?1 AND deleted_at IS NULL")
                .bind(notebook.to_string())
                .fetch_one(&mut *tx)
                .await?;
        if alive == 0 {
            return Err(StoreError::NotFound("notebook"));
        }
        let known: Option<String> = sqlx::query_scalar(
            "SELECT id FROM sources WHERE sha256 = ?1 AND kind = ?2 AND deleted_at IS NULL",
        )
        .bind(&new.sha256)
        .bind(new.kind.as_str())
        .fetch_optional(&mut *tx)
        .await?;
        let is_new = known.is_none();
        let source_id = known.unwrap_or_else(|| new.id.to_string());
        if is_new {
            sqlx::query(
                "INSERT INTO sources (id, title, kind, media_type, bytes, sha256, origin, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )
            .bind(&source_id)
            .bind(&new.title)
            .bind(new.kind.as_str())
            .bind(&new.media_type)
            .bind(new.bytes as i64)
            .bind(&new.sha256)
            .bind(serde_json::to_string(&new.origin)?)
            .bind(now)
            .execute(&mut *tx)
            .await?;
            self.insert_job(&mut tx, job, JobKind::Ingest, Some(&source_id)).await?;
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
        let source = self.source(crate::rows::parse_id(&source_id)?).await?;
        let job = if is_new { Some(self.job(job.id).await?) } else { None };
        Ok(Added { source, job })
    }

    pub async fn source(&self, id: SourceId) -> Result<Source, StoreError> {
        let row = sqlx::query(AssertSqlSafe(format!("{SELECT} AND s.id = ?1")))
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?
            .ok_or(StoreError::NotFound("source"))?;
        source(&row)
    }

    /// Oldest first.
    pub async fn sources_of(&self, notebook: NotebookId) -> Result<Vec<Source>, StoreError> {
        self.notebook(notebook).await?;
        let rows = sqlx::query(AssertSqlSafe(format!(
            "{SELECT} AND s.id IN (SELECT source_id FROM notebook_sources WHERE notebook_id = ?1) ORDER BY s.key"
        )))
        .bind(notebook.to_string())
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(source).collect()
    }

    pub async fn rename_source(&self, id: SourceId, title: &str) -> Result<Source, StoreError> {
        sqlx::query("UPDATE sources SET title = ?2 WHERE id = ?1 AND deleted_at IS NULL")
            .bind(id.to_string())
            .bind(title)
            .execute(&self.writer)
            .await?;
        self.source(id).await
    }

    /// Puts a source into the trash; its jobs stop.
    pub async fn delete_source(&self, id: SourceId) -> Result<(), StoreError> {
        let now = self.now();
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        if !put_into_trash(&mut tx, id, now).await? {
            return Err(StoreError::NotFound("source"));
        }
        tx.commit().await?;
        Ok(())
    }

    /// The library's own number of a source, for indexes; `None` when it was deleted.
    pub async fn source_key(&self, id: SourceId) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar("SELECT key FROM sources WHERE id = ?1 AND deleted_at IS NULL")
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?)
    }

    /// The numbers of several sources; those that are deleted have none.
    pub async fn source_keys(&self, ids: &[SourceId]) -> Result<Vec<i64>, StoreError> {
        let ids = serde_json::to_string(ids)?;
        Ok(sqlx::query_scalar(
            "SELECT key FROM sources WHERE deleted_at IS NULL AND id IN (SELECT value FROM json_each(?1))",
        )
        .bind(ids)
        .fetch_all(&self.reader)
        .await?)
    }

    /// The numbers of a notebook's sources; only of those that questions use, when `selected`.
    pub async fn source_keys_of(&self, notebook: NotebookId, selected: bool) -> Result<Vec<i64>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT s.key FROM notebook_sources n JOIN sources s ON s.id = n.source_id
             WHERE n.notebook_id = ?1 AND n.selected >= ?2 AND s.deleted_at IS NULL",
        )
        .bind(notebook.to_string())
        .bind(i64::from(selected))
        .fetch_all(&self.reader)
        .await?)
    }

    /// The languages of sources, by their numbers; unknown ones are left out.
    pub async fn languages_of(&self, keys: &[i64]) -> Result<HashMap<i64, String>, StoreError> {
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT key, language FROM sources
             WHERE language IS NOT NULL AND key IN (SELECT value FROM json_each(?1))",
        )
        .bind(serde_json::to_string(keys)?)
        .fetch_all(&self.reader)
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// Writes a reading and makes it the source's current one.
    pub async fn put_revision(
        &self,
        source: SourceId,
        revision_id: RevisionId,
        revision: &Revision,
        facts: &RevisionFacts<'_>,
    ) -> Result<(), StoreError> {
        let layout =
            postcard::to_stdvec(&revision.layout).map_err(|error| StoreError::Damaged(error.to_string()))?;
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(
            "INSERT INTO revisions (id, source_id, text, sections, layout, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(revision_id.to_string())
        .bind(source.to_string())
        .bind(&revision.text)
        .bind(serde_json::to_string(&revision.sections)?)
        .bind(layout)
        .bind(self.now())
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "UPDATE sources SET revision = ?2, pages = ?3, words = ?4, language = ?5, problems = ?6,
             title = coalesce(?7, title), guide = ?8, guided_by = NULL, seconds = ?9, loudness = ?10 WHERE id = ?1",
        )
        .bind(source.to_string())
        .bind(revision_id.to_string())
        .bind(facts.pages)
        .bind(facts.words)
        .bind(facts.language)
        .bind(serde_json::to_string(facts.problems)?)
        .bind(facts.title)
        .bind(facts.guide.map(serde_json::to_string).transpose()?)
        .bind(facts.seconds)
        .bind(Some(facts.loudness).filter(|loudness| !loudness.is_empty()))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The source that became a source last among those that are ready and whose guide no model was asked for;
    /// `except` are left out.
    pub async fn unguided(&self, except: &[SourceId]) -> Result<Option<SourceId>, StoreError> {
        let except: Vec<String> = except.iter().map(SourceId::to_string).collect();
        let row: Option<String> = sqlx::query_scalar(
            "SELECT s.id FROM sources s WHERE s.deleted_at IS NULL AND s.guided_by IS NULL AND s.guide IS NOT NULL
               AND s.id NOT IN (SELECT value FROM json_each(?1))
               AND NOT EXISTS (SELECT 1 FROM jobs WHERE source_id = s.id AND state <> 'done')
             ORDER BY s.key DESC LIMIT 1",
        )
        .bind(serde_json::to_string(&except)?)
        .fetch_optional(&self.reader)
        .await?;
        row.as_deref().map(crate::rows::parse_id).transpose()
    }

    /// Keeps the guide that a model made of a source's revision; `None` when the model had nothing of use to say, and is
    /// not asked again. Nothing is changed where the source was read anew meanwhile.
    pub async fn put_guide(
        &self,
        source: SourceId,
        revision: RevisionId,
        guide: Option<&Guide>,
        model: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE sources SET guide = coalesce(?3, guide), guided_by = ?4 WHERE id = ?1 AND revision = ?2",
        )
        .bind(source.to_string())
        .bind(revision.to_string())
        .bind(guide.map(serde_json::to_string).transpose()?)
        .bind(model)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// A revision; the source's current one unless named.
    pub async fn revision(
        &self,
        source: SourceId,
        wanted: Option<RevisionId>,
    ) -> Result<(RevisionId, Revision), StoreError> {
        let row = sqlx::query(
            "SELECT r.* FROM revisions r JOIN sources s ON s.id = r.source_id
             WHERE s.id = ?1 AND s.deleted_at IS NULL AND r.id = coalesce(?2, s.revision)",
        )
        .bind(source.to_string())
        .bind(wanted.map(|id| id.to_string()))
        .fetch_optional(&self.reader)
        .await?
        .ok_or(StoreError::NotFound("text of this source yet"))?;
        let layout: Vec<u8> = row.try_get("layout")?;
        Ok((
            id(&row, "id")?,
            Revision {
                text: row.try_get("text")?,
                sections: json(&row, "sections")?,
                layout: postcard::from_bytes(&layout)
                    .map_err(|error| StoreError::Damaged(error.to_string()))?,
            },
        ))
    }
}

/// Marks a source as deleted and stops its jobs; false when it was not there.
pub(crate) async fn put_into_trash(
    connection: &mut sqlx::SqliteConnection,
    source: SourceId,
    now: i64,
) -> Result<bool, StoreError> {
    let gone = sqlx::query("UPDATE sources SET deleted_at = ?2 WHERE id = ?1 AND deleted_at IS NULL")
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
    Ok(gone.rows_affected() > 0)
}

/// What reading found out besides the text.
#[derive(Clone, Debug)]
pub struct RevisionFacts<'a> {
    /// A better title than the file's name, where the document has one.
    pub title: Option<&'a str>,
    pub pages: Option<u32>,
    /// Of a recording.
    pub seconds: Option<f64>,
    /// Of a recording: how loud it is in pieces of the same length, from 0 (silence) to 255.
    pub loudness: &'a [u8],
    pub words: u32,
    pub language: Option<&'a str>,
    pub problems: &'a [Problem],
    pub guide: Option<&'a Guide>,
}
