//! Rows as domain types.

use hearth_domain::{Job, JobKind, JobState, JobStep, Note, Notebook, Source, SourceKind, SourceStatus};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::StoreError;

pub(crate) fn id<T: From<uuid::Uuid>>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    let text: String = row.try_get(column)?;
    parse_id(&text)
}

pub(crate) fn parse_id<T: From<uuid::Uuid>>(text: &str) -> Result<T, StoreError> {
    uuid::Uuid::parse_str(text).map(T::from).map_err(|_| StoreError::Damaged(format!("{text} is no id")))
}

pub(crate) fn time(row: &SqliteRow, column: &str) -> Result<Timestamp, StoreError> {
    let milliseconds: i64 = row.try_get(column)?;
    Timestamp::from_millisecond(milliseconds)
        .map_err(|_| StoreError::Damaged(format!("{milliseconds} is no time")))
}

pub(crate) fn optional_time(row: &SqliteRow, column: &str) -> Result<Option<Timestamp>, StoreError> {
    match row.try_get::<Option<i64>, _>(column)? {
        Some(_) => time(row, column).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    let text: String = row.try_get(column)?;
    Ok(serde_json::from_str(&text)?)
}

fn optional_json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<Option<T>, StoreError> {
    let text: Option<String> = row.try_get(column)?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

fn optional_id<T: From<uuid::Uuid>>(row: &SqliteRow, column: &str) -> Result<Option<T>, StoreError> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| parse_id(&text)).transpose()
}

pub(crate) fn notebook(row: &SqliteRow) -> Result<Notebook, StoreError> {
    Ok(Notebook {
        id: id(row, "id")?,
        title: row.try_get("title")?,
        emoji: row.try_get("emoji")?,
        description: row.try_get("description")?,
        source_count: row.try_get("source_count")?,
        note_count: row.try_get("note_count")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

pub(crate) fn note(row: &SqliteRow) -> Result<Note, StoreError> {
    Ok(Note {
        id: id(row, "id")?,
        notebook_id: id(row, "notebook_id")?,
        title: row.try_get("title")?,
        body: row.try_get("body")?,
        citations: json(row, "citations")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

pub(crate) fn job(row: &SqliteRow) -> Result<Job, StoreError> {
    let named = |column: &str| -> Result<String, StoreError> { Ok(row.try_get(column)?) };
    let unknown = |what: String| StoreError::Damaged(format!("{what} is unknown"));
    Ok(Job {
        id: id(row, "id")?,
        kind: named("kind").and_then(|name| JobKind::parse(&name).ok_or_else(|| unknown(name)))?,
        source_id: optional_id(row, "source_id")?,
        subject: row.try_get("subject")?,
        state: named("state").and_then(|name| JobState::parse(&name).ok_or_else(|| unknown(name)))?,
        step: named("step").and_then(|name| JobStep::parse(&name).ok_or_else(|| unknown(name)))?,
        progress: row.try_get("progress")?,
        attempts: row.try_get("attempts")?,
        error: optional_json(row, "error")?,
        eta_seconds: None,
    })
}

pub(crate) fn source_kind(row: &SqliteRow, column: &str) -> Result<SourceKind, StoreError> {
    let kind: String = row.try_get(column)?;
    SourceKind::parse(&kind).ok_or_else(|| StoreError::Damaged(format!("{kind} is no kind")))
}

/// A source with the state of its newest job (columns `job_state`, `job_step`, `job_progress`,
/// `job_error`).
pub(crate) fn source(row: &SqliteRow) -> Result<Source, StoreError> {
    let state: Option<String> = row.try_get("job_state")?;
    let step: Option<String> = row.try_get("job_step")?;
    let step = step.as_deref().and_then(JobStep::parse);
    let status = match state.as_deref().and_then(JobState::parse) {
        Some(JobState::Queued) => SourceStatus::Queued,
        Some(JobState::Running) => match step {
            Some(JobStep::Transcribing) => SourceStatus::Transcribing,
            Some(JobStep::Embedding) => SourceStatus::Embedding,
            Some(JobStep::Indexing) => SourceStatus::Indexing,
            _ => SourceStatus::Reading,
        },
        Some(JobState::Failed | JobState::Cancelled) => SourceStatus::Failed,
        Some(JobState::Done) | None => SourceStatus::Ready,
    };
    let bytes: i64 = row.try_get("bytes")?;
    Ok(Source {
        id: id(row, "id")?,
        title: row.try_get("title")?,
        kind: source_kind(row, "kind")?,
        media_type: row.try_get("media_type")?,
        bytes: bytes as u64,
        sha256: row.try_get("sha256")?,
        origin: json(row, "origin")?,
        revision: optional_id(row, "revision")?,
        status,
        progress: row.try_get::<Option<f32>, _>("job_progress")?.unwrap_or(1.0),
        pages: row.try_get("pages")?,
        seconds: row.try_get("seconds")?,
        words: row.try_get("words")?,
        language: row.try_get("language")?,
        guide: optional_json(row, "guide")?,
        problems: json(row, "problems")?,
        error: optional_json(row, "job_error")?,
        created_at: time(row, "created_at")?,
    })
}
