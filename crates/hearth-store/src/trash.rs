//! What was deleted, for as long as it can be had back.

use hearth_domain::SourceId;
use jiff::Timestamp;
use sqlx::Row;

use crate::rows::{parse_id, time};
use crate::{Store, StoreError};

/// A kind of thing that goes to the trash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrashKind {
    Notebook,
    Source,
    Note,
}

/// A thing in the trash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trashed {
    pub id: String,
    pub kind: TrashKind,
    pub title: String,
    pub deleted_at: Timestamp,
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Sources that are findable again once they are indexed.
    pub sources: Vec<SourceId>,
}

impl Store {
    /// What is in the trash, latest first.
    pub async fn trash(&self) -> Result<Vec<Trashed>, StoreError> {
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
                Ok(Trashed {
                    id: row.try_get("id")?,
                    kind: match kind.as_str() {
                        "notebook" => TrashKind::Notebook,
                        "source" => TrashKind::Source,
                        _ => TrashKind::Note,
                    },
                    title: row.try_get("title")?,
                    deleted_at: time(row, "deleted_at")?,
                })
            })
            .collect()
    }

    /// Takes a thing out of the trash: a notebook comes with the sources that went with it. A
    /// source whose bytes were added again meanwhile stays, as it is there already.
    pub async fn restore(&self, id: &str) -> Result<Restored, StoreError> {
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
        let own: Option<String> =
            sqlx::query_scalar("SELECT id FROM sources WHERE id = ?1 AND deleted_at IS NOT NULL")
                .bind(id)
                .fetch_optional(&mut *tx)
                .await?;
        found |= own.is_some();
        sources.extend(own);
        if !found {
            return Err(StoreError::NotFound("thing in the trash"));
        }
        let mut restored = Restored::default();
        for source in sources {
            let back = sqlx::query(
                "UPDATE sources SET deleted_at = NULL WHERE id = ?1 AND NOT EXISTS (
                   SELECT 1 FROM sources o WHERE o.sha256 = sources.sha256 AND o.kind = sources.kind
                   AND o.deleted_at IS NULL)",
            )
            .bind(&source)
            .execute(&mut *tx)
            .await?;
            if back.rows_affected() == 0 {
                link_living(&mut tx, &source).await?;
                continue;
            }
            // A job that the deletion stopped goes on.
            sqlx::query(
                "UPDATE jobs SET state = 'queued', step = 'waiting', not_before = ?2, updated_at = ?2
                 WHERE source_id = ?1 AND state = 'cancelled'",
            )
            .bind(&source)
            .bind(self.now())
            .execute(&mut *tx)
            .await?;
            restored.sources.push(parse_id(&source)?);
        }
        tx.commit().await?;
        Ok(restored)
    }

    /// Deletes for good what was deleted before a time; says how many things.
    pub async fn empty_trash(&self, before: Timestamp) -> Result<u64, StoreError> {
        let _shut = self.blobs.shut().await;
        let before = before.as_millisecond();
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let mut gone = 0;
        for statement in [
            "DELETE FROM notes WHERE deleted_at <= ?1",
            "DELETE FROM notebooks WHERE deleted_at <= ?1",
            "DELETE FROM sources WHERE deleted_at <= ?1",
        ] {
            gone += sqlx::query(statement).bind(before).execute(&mut *tx).await?.rows_affected();
        }
        tx.commit().await?;
        if gone == 0 {
            return Ok(0);
        }
        let held: Vec<String> =
            sqlx::query_scalar("SELECT DISTINCT sha256 FROM sources").fetch_all(&self.writer).await?;
        self.blobs.keep_only(&held.into_iter().collect()).await?;
        Ok(gone)
    }
}

/// Puts the living source with the same bytes where a deleted one was.
async fn link_living(tx: &mut sqlx::SqliteConnection, source: &str) -> Result<(), StoreError> {
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
