//! Transcribed parts of recordings whose transcript is not complete yet; loudness of recordings.

use std::collections::HashMap;
use std::ops::Range;

use hearth_domain::{SourceId, Transcript};
use sqlx::Row;

use crate::records::{TRANSCRIPT_FORMAT, decode_transcript, encode_transcript};
use crate::rows::decode_column;
use crate::{Store, StoreError};

impl Store {
    /// Parts of a recording that a model has transcribed so far, by their range in samples.
    pub async fn list_transcript_parts(
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
                Ok((start as usize..end as usize, decode_column(row, "transcript", decode_transcript)?))
            })
            .collect()
    }

    /// Loudness of a recording in pieces of equal length, from 0 (silence) to 255; empty if unknown.
    pub async fn get_loudness(&self, source: SourceId) -> Result<Vec<u8>, StoreError> {
        let loudness: Option<Option<Vec<u8>>> =
            sqlx::query_scalar("SELECT loudness FROM sources WHERE id = ?1")
                .bind(source.to_string())
                .fetch_optional(&self.reader)
                .await?;
        Ok(loudness.flatten().unwrap_or_default())
    }

    /// Saves the transcript of a part, whose range is in samples.
    pub async fn save_transcript_part(
        &self,
        source: SourceId,
        model: &str,
        part: &Range<usize>,
        transcript: &Transcript,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT OR REPLACE INTO transcript_parts (source_id, model, start_at, end_at, transcript, format)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(source.to_string())
        .bind(model)
        .bind(part.start as i64)
        .bind(part.end as i64)
        .bind(encode_transcript(transcript)?)
        .bind(TRANSCRIPT_FORMAT)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Deletes the parts of a recording, once its transcript is complete.
    pub async fn delete_transcript_parts(&self, source: SourceId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM transcript_parts WHERE source_id = ?1")
            .bind(source.to_string())
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
