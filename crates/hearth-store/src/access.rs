//! Keys of programs and sessions of pages; of secrets, only digests come here.

use hearth_domain::KeyId;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::rows::{id, json, optional_time, time};
use crate::{Store, StoreError};

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    pub id: KeyId,
    pub name: String,
    /// SHA-256 of the key, as hexadecimal digits.
    pub digest: String,
    pub scopes: Vec<String>,
    /// Requests that it may make in a minute.
    pub per_minute: u32,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

fn key(row: &SqliteRow) -> Result<StoredKey, StoreError> {
    Ok(StoredKey {
        id: id(row, "id")?,
        name: row.try_get("name")?,
        digest: row.try_get("digest")?,
        scopes: json(row, "scopes")?,
        per_minute: row.try_get("per_minute")?,
        created_at: time(row, "created_at")?,
        last_used_at: optional_time(row, "last_used_at")?,
    })
}

impl Store {
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

    /// Oldest first.
    pub async fn keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        let rows = sqlx::query("SELECT * FROM keys ORDER BY id").fetch_all(&self.reader).await?;
        rows.iter().map(key).collect()
    }

    pub async fn remove_key(&self, id: KeyId) -> Result<(), StoreError> {
        let gone =
            sqlx::query("DELETE FROM keys WHERE id = ?1").bind(id.to_string()).execute(&self.writer).await?;
        if gone.rows_affected() == 0 {
            return Err(StoreError::NotFound("key"));
        }
        Ok(())
    }

    /// Notes that a key was used.
    pub async fn touch_key(&self, id: KeyId) -> Result<(), StoreError> {
        sqlx::query("UPDATE keys SET last_used_at = ?2 WHERE id = ?1")
            .bind(id.to_string())
            .bind(self.now())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Keeps a page's session.
    pub async fn add_session(&self, digest: &str) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO sessions (digest, created_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
            .bind(digest)
            .bind(self.now())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// The digests of sessions that began less than `days` days ago; older ones are forgotten.
    pub async fn sessions(&self, days: i64) -> Result<Vec<String>, StoreError> {
        sqlx::query("DELETE FROM sessions WHERE created_at < ?1")
            .bind(self.now() - days * 86_400_000)
            .execute(&self.writer)
            .await?;
        Ok(sqlx::query_scalar("SELECT digest FROM sessions").fetch_all(&self.reader).await?)
    }
}
