//! Keys of programs and sessions of pages; only digests of the secrets are stored.

use hearth_domain::KeyId;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::rows::{read_id, read_json, read_optional_time, read_time};
use crate::{Store, StoreError};

/// A program's key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    pub id: KeyId,
    pub name: String,
    /// SHA-256 of the key, as hexadecimal digits.
    pub digest: String,
    pub scopes: Vec<String>,
    /// Limit of requests per minute.
    pub per_minute: u32,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

fn key_from_row(row: &SqliteRow) -> Result<StoredKey, StoreError> {
    Ok(StoredKey {
        id: read_id(row, "id")?,
        name: row.try_get("name")?,
        digest: row.try_get("digest")?,
        scopes: read_json(row, "scopes")?,
        per_minute: row.try_get("per_minute")?,
        created_at: read_time(row, "created_at")?,
        last_used_at: read_optional_time(row, "last_used_at")?,
    })
}

impl Store {
    /// Adds a program's key.
    pub async fn add_key(&self, new: &StoredKey) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO keys (id, name, digest, scopes, per_minute, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(new.id.to_string())
        .bind(&new.name)
        .bind(&new.digest)
        .bind(serde_json::to_string(&new.scopes)?)
        .bind(new.per_minute)
        .bind(new.created_at.as_millisecond())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Keys of programs, oldest first.
    pub async fn list_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        let rows = sqlx::query("SELECT * FROM keys ORDER BY id").fetch_all(&self.reader).await?;
        rows.iter().map(key_from_row).collect()
    }

    /// Removes a program's key; [`StoreError::NotFound`] if it is missing.
    pub async fn remove_key(&self, id: KeyId) -> Result<(), StoreError> {
        let deleted =
            sqlx::query("DELETE FROM keys WHERE id = ?1").bind(id.to_string()).execute(&self.writer).await?;
        if deleted.rows_affected() == 0 {
            return Err(StoreError::NotFound("key"));
        }
        Ok(())
    }

    /// Sets the last use of a key to the current time.
    pub async fn record_key_use(&self, id: KeyId) -> Result<(), StoreError> {
        sqlx::query("UPDATE keys SET last_used_at = ?2 WHERE id = ?1")
            .bind(id.to_string())
            .bind(self.now_milliseconds())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Adds a page's session by the digest of its secret.
    pub async fn add_session(&self, digest: &str) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO sessions (digest, created_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
            .bind(digest)
            .bind(self.now_milliseconds())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Digests of the sessions that began less than `days` days ago; older ones are deleted.
    pub async fn list_sessions(&self, days: i64) -> Result<Vec<String>, StoreError> {
        sqlx::query("DELETE FROM sessions WHERE created_at < ?1")
            .bind(self.now_milliseconds() - days * 86_400_000)
            .execute(&self.writer)
            .await?;
        Ok(sqlx::query_scalar("SELECT digest FROM sessions").fetch_all(&self.reader).await?)
    }
}
