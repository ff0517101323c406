//! Identity, keys and sessions that libraries up to version 0.1.0 hold; the machine keeps them now.

use hearth_domain::{AccessRecords, PageSession, ProgramKey};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::rows::{read_id, read_json, read_optional_time, read_time};
use crate::{Store, StoreError};

/// Metadata key of the node's identity.
const NODE_META_KEY: &str = "node";

fn key_from_row(row: &SqliteRow) -> Result<ProgramKey, StoreError> {
    Ok(ProgramKey {
        id: read_id(row, "id")?,
        name: row.try_get("name")?,
        digest: row.try_get("digest")?,
        scopes: read_json(row, "scopes")?,
        per_minute: row.try_get("per_minute")?,
        created_at: read_time(row, "created_at")?,
        last_used_at: read_optional_time(row, "last_used_at")?,
    })
}

fn session_from_row(row: &SqliteRow) -> Result<PageSession, StoreError> {
    Ok(PageSession { digest: row.try_get("digest")?, created_at: read_time(row, "created_at")? })
}

impl Store {
    /// Identity, keys (oldest first) and sessions of an earlier version; all empty in a library of this one.
    pub async fn read_former_access(&self) -> Result<AccessRecords, StoreError> {
        let keys = sqlx::query("SELECT * FROM keys ORDER BY id").fetch_all(&self.reader).await?;
        let sessions = sqlx::query("SELECT * FROM sessions").fetch_all(&self.reader).await?;
        Ok(AccessRecords {
            node_id: self.get_metadata(NODE_META_KEY).await?.unwrap_or_default(),
            keys: keys.iter().map(key_from_row).collect::<Result<_, _>>()?,
            sessions: sessions.iter().map(session_from_row).collect::<Result<_, _>>()?,
        })
    }

    /// Deletes them. A restored backup would otherwise grant access again that was revoked since.
    pub async fn delete_former_access(&self) -> Result<(), StoreError> {
        let mut transaction = self.writer.begin().await?;
        sqlx::query("DELETE FROM keys").execute(&mut *transaction).await?;
        sqlx::query("DELETE FROM sessions").execute(&mut *transaction).await?;
        sqlx::query("DELETE FROM meta WHERE name = ?1")
            .bind(NODE_META_KEY)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }
}
