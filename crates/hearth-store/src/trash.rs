//! The trash: deleted notebooks, sources and notes, as long as they can be restored.

use hearth_domain::SourceId;
use jiff::Timestamp;
use sqlx::Row;

use crate::rows::{parse_id, read_time};
use crate::{Store, StoreError};

/// Kind of an item in the trash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrashKind {
    Notebook,
    Source,
    Note,
}

/// An item in the trash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrashItem {
    pub id: String,
    pub kind: TrashKind,
    pub title: String,
    pub deleted_at: Timestamp,
}

/// Result of restoring an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoreOutcome {
    /// Restored sources, which are found again once they are indexed.
    pub sources: Vec<SourceId>,
}

impl Store {
    /// Items in the trash, most recently deleted first.
    pub async fn list_trash(&self) -> Result<Vec<TrashItem>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, 'notebook' AS kind, title, deleted_at FROM notebooks WHERE deleted_at IS NOT NULL
             UNION ALL SELECT id, 'source', title, deleted_at FROM sources WHERE deleted_at IS NOT NULL
             UNION ALL SELECT id, 'note', title, deleted_at FROM notes WHERE deleted_at IS NOT NULL
             ORDER BY deleted_at DESC, id",
        )
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                let kind: String = row.try_get("kind")?;
                Ok(TrashItem {
                    id: row.try_get("id")?,
                    kind: match kind.as_str() {
                        "notebook" => TrashKind::Notebook,
                        "source" => TrashKind::Source,
                        _ => TrashKind::Note,
                    },
                    title: row.try_get("title")?,
                    deleted_at: read_time(row, "deleted_at")?,
                })
            })
            .collect()
    }

    /// Restores an item by its id; a notebook with the sources that were deleted with it. A source whose
    /// bytes were added again meanwhile stays in the trash; the source that has them now takes its place.
    pub async fn restore_from_trash(&self, id: &str) -> Result<RestoreOutcome, StoreError> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let mut sources: Vec<String> = Vec::new();
        let deleted: Option<i64> =
            sqlx::query_scalar("SELECT deleted_at FROM notebooks WHERE id = ?1 AND deleted_at IS NOT NULL")
                .bind(id)
                .fetch_optional(&mut *tx)
                .await?;
        let mut found = false;
        if let Some(at) = deleted {
            found = true;
            sqlx::query("UPDATE notebooks SET deleted_at = NULL WHERE id = ?1")
                .bind(id)
                .execute(&mut *tx)
                .await?;
            sources = sqlx::query_scalar(
                "SELECT s.id FROM sources s JOIN notebook_sources n ON n.source_id = s.id
                 WHERE n.notebook_id = ?1 AND s.deleted_at = ?2",
            )
            .bind(id)
            .bind(at)
            .fetch_all(&mut *tx)
            .await?;
        }
        let notes =
            sqlx::query("UPDATE notes SET deleted_at = NULL WHERE id = ?1 AND deleted_at IS NOT NULL")
                .bind(id)
                .execute(&mut *tx)
                .await?;
        found |= notes.rows_affected() > 0;
        let deleted_source: Option<String> =
            sqlx::query_scalar("SELECT id FROM sources WHERE id = ?1 AND deleted_at IS NOT NULL")
                .bind(id)
                .fetch_optional(&mut *tx)
                .await?;
        found |= deleted_source.is_some();
        sources.extend(deleted_source);
        if !found {
            return Err(StoreError::NotFound("item in the trash"));
        }
        let mut restored = RestoreOutcome::default();
        for source in sources {
            let updated = sqlx::query(
                "UPDATE sources SET deleted_at = NULL WHERE id = ?1 AND NOT EXISTS (
                   SELECT 1 FROM sources o WHERE o.sha256 = sources.sha256 AND o.kind = sources.kind
                   AND o.deleted_at IS NULL)",
            )
            .bind(&source)
            .execute(&mut *tx)
            .await?;
            if updated.rows_affected() == 0 {
                link_existing_source(&mut tx, &source).await?;
                continue;
            }
            // A job that the deletion cancelled goes on.
            sqlx::query(
                "UPDATE jobs SET state = 'queued', step = 'waiting', not_before = ?2, updated_at = ?2
                 WHERE source_id = ?1 AND state = 'cancelled'",
            )
            .bind(&source)
            .bind(self.now_milliseconds())
            .execute(&mut *tx)
            .await?;
            restored.sources.push(parse_id(&source)?);
        }
        tx.commit().await?;
        Ok(restored)
    }

    /// Deletes for good the items that were deleted up to a time; returns their number.
    pub async fn empty_trash(&self, before: Timestamp) -> Result<u64, StoreError> {
        let _cleanup_guard = self.blobs.lock_for_cleanup().await;
        let before = before.as_millisecond();
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let mut deleted = 0;
        for statement in [
            "DELETE FROM notes WHERE deleted_at <= ?1",
            "DELETE FROM notebooks WHERE deleted_at <= ?1",
            "DELETE FROM sources WHERE deleted_at <= ?1",
        ] {
            deleted += sqlx::query(statement).bind(before).execute(&mut *tx).await?.rows_affected();
        }
        tx.commit().await?;
        if deleted == 0 {
            return Ok(0);
        }
        let referenced: Vec<String> =
            sqlx::query_scalar("SELECT DISTINCT sha256 FROM sources").fetch_all(&self.writer).await?;
        self.blobs.remove_blobs_except(&referenced.into_iter().collect()).await?;
        Ok(deleted)
    }
}

/// Adds the existing source with the same bytes to the notebooks of a deleted one.
async fn link_existing_source(tx: &mut sqlx::SqliteConnection, source: &str) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO notebook_sources (notebook_id, source_id, added_at)
         SELECT n.notebook_id, o.id, n.added_at FROM notebook_sources n
         JOIN sources s ON s.id = n.source_id
         JOIN sources o ON o.sha256 = s.sha256 AND o.kind = s.kind AND o.deleted_at IS NULL
         WHERE s.id = ?1 ON CONFLICT DO NOTHING",
    )
    .bind(source)
    .execute(tx)
    .await?;
    Ok(())
}
