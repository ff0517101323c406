//! What was heard of recordings that are still being written down.

use std::collections::HashMap;
use std::ops::Range;

use hearth_domain::{SourceId, Transcript};
use sqlx::Row;

use crate::rows::json;
use crate::{Store, StoreError};

impl Store {
    /// What a model heard of a recording so far, by the part's samples.
    pub async fn heard(
        &self,
        source: SourceId,
        model: &str,
    ) -> Result<HashMap<Range<usize>, Transcript>, StoreError> {
        let rows = sqlx::query("SELECT * FROM transcript_parts WHERE source_id = ?1 AND model = ?2")
            .bind(source.to_string())
            .bind(model)
            .fetch_all(&self.reader)
            .await?;
        rows.iter()
            .map(|row| {
                let (start, end): (i64, i64) = (row.try_get("start_at")?, row.try_get("end_at")?);
                Ok((start as usize..end as usize, json(row, "transcript")?))
            })
            .collect()
    }

    /// How loud a recording is in pieces of the same length, from 0 (silence) to 255; empty where that is not known.
    pub async fn loudness(&self, source: SourceId) -> Result<Vec<u8>, StoreError> {
        let found: Option<Option<Vec<u8>>> = sqlx::query_scalar("SELECT loudness FROM sources WHERE id = ?1")
            .bind(source.to_string())
            .fetch_optional(&self.reader)
            .await?;
        Ok(found.flatten().unwrap_or_default())
    }

    /// Keeps what was heard of a part.
    pub async fn put_heard(
        &self,
        source: SourceId,
        model: &str,
        part: &Range<usize>,
        transcript: &Transcript,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT OR REPLACE INTO transcript_parts (source_id, model, start_at, end_at, transcript)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(source.to_string())
        .bind(model)
        .bind(part.start as i64)
        .bind(part.end as i64)
        .bind(serde_json::to_string(transcript)?)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Forgets the parts: the text is whole.
    pub async fn forget_heard(&self, source: SourceId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM transcript_parts WHERE source_id = ?1")
            .bind(source.to_string())
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
