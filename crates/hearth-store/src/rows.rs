//! Conversion of database rows to domain types.

use hearth_domain::{
    Job, JobState, JobStep, Note, Notebook, Problem, ProblemCode, RevisionStage, Source, SourceKind,
    SourceStatus,
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::StoreError;
use crate::records::{
    decode_citations, decode_failure, decode_guide, decode_job_payload, decode_origin, decode_problems,
};

pub(crate) fn read_id<T: From<uuid::Uuid>>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    let text: String = row.try_get(column)?;
    parse_id(&text)
}

pub(crate) fn parse_id<T: From<uuid::Uuid>>(text: &str) -> Result<T, StoreError> {
    uuid::Uuid::parse_str(text).map(T::from).map_err(|_| StoreError::Damaged(format!("{text} is not an id")))
}

pub(crate) fn read_time(row: &SqliteRow, column: &str) -> Result<Timestamp, StoreError> {
    let milliseconds: i64 = row.try_get(column)?;
    Timestamp::from_millisecond(milliseconds)
        .map_err(|_| StoreError::Damaged(format!("{milliseconds} is not a time")))
}

pub(crate) fn read_optional_time(row: &SqliteRow, column: &str) -> Result<Option<Timestamp>, StoreError> {
    match row.try_get::<Option<i64>, _>(column)? {
        Some(_) => read_time(row, column).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn read_json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    let text: String = row.try_get(column)?;
    Ok(serde_json::from_str(&text)?)
}

/// Number of the form that a row's JSON and binary columns have.
pub(crate) fn read_format(row: &SqliteRow) -> Result<i64, StoreError> {
    Ok(row.try_get("format")?)
}

/// A column of a row with a format, decoded by a function of `records`.
pub(crate) fn decode_column<T>(
    row: &SqliteRow,
    column: &str,
    decode: impl FnOnce(&str, i64) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    decode(row.try_get(column)?, read_format(row)?)
}

/// Like [`decode_column`]; `None` where the column is NULL.
pub(crate) fn decode_optional<T>(
    row: &SqliteRow,
    column: &str,
    format: i64,
    decode: impl FnOnce(&str, i64) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    row.try_get::<Option<&str>, _>(column)?.map(|text| decode(text, format)).transpose()
}

fn read_optional_id<T: From<uuid::Uuid>>(row: &SqliteRow, column: &str) -> Result<Option<T>, StoreError> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| parse_id(&text)).transpose()
}

pub(crate) fn notebook_from_row(row: &SqliteRow) -> Result<Notebook, StoreError> {
    Ok(Notebook {
        id: read_id(row, "id")?,
        title: row.try_get("title")?,
        emoji: row.try_get("emoji")?,
        description: row.try_get("description")?,
        source_count: row.try_get("source_count")?,
        note_count: row.try_get("note_count")?,
        created_at: read_time(row, "created_at")?,
        updated_at: read_time(row, "updated_at")?,
    })
}

pub(crate) fn note_from_row(row: &SqliteRow) -> Result<Note, StoreError> {
    Ok(Note {
        id: read_id(row, "id")?,
        notebook_id: read_id(row, "notebook_id")?,
        title: row.try_get("title")?,
        body: row.try_get("body")?,
        citations: decode_column(row, "citations", decode_citations)?,
        created_at: read_time(row, "created_at")?,
        updated_at: read_time(row, "updated_at")?,
    })
}

pub(crate) fn job_from_row(row: &SqliteRow) -> Result<Job, StoreError> {
    let read_name = |column: &str| -> Result<String, StoreError> { Ok(row.try_get(column)?) };
    let unknown = |name: String| StoreError::Damaged(format!("{name} is unknown"));
    Ok(Job {
        id: read_id(row, "id")?,
        payload: decode_column(row, "payload", decode_job_payload)?,
        state: read_name("state").and_then(|name| JobState::parse(&name).ok_or_else(|| unknown(name)))?,
        step: read_name("step").and_then(|name| JobStep::parse(&name).ok_or_else(|| unknown(name)))?,
        progress: row.try_get("progress")?,
        attempts: row.try_get("attempts")?,
        error: decode_optional(row, "error", read_format(row)?, decode_failure)?,
        eta_seconds: None,
    })
}

pub(crate) fn read_source_kind(row: &SqliteRow, column: &str) -> Result<SourceKind, StoreError> {
    let kind: String = row.try_get(column)?;
    SourceKind::parse(&kind).ok_or_else(|| StoreError::Damaged(format!("{kind} is not a kind of source")))
}

/// Source from its row, with the stage of its current revision (column `revision_stage`) and the state of its newest
/// job (columns `job_state`, `job_step`, `job_progress`, `job_error`).
pub(crate) fn source_from_row(row: &SqliteRow) -> Result<Source, StoreError> {
    let state: Option<String> = row.try_get("job_state")?;
    let step: Option<String> = row.try_get("job_step")?;
    let step = step.as_deref().and_then(JobStep::parse);
    let state = state.as_deref().and_then(JobState::parse);
    let stage: Option<String> = row.try_get("revision_stage")?;
    // A source whose current revision is indexed is ready, whatever a later job does.
    let is_indexed = stage.as_deref() == Some(RevisionStage::Indexed.as_str());
    let status = match state {
        _ if is_indexed => SourceStatus::Ready,
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
    let job_format = row.try_get::<Option<i64>, _>("job_format")?.unwrap_or_default();
    let mut error = decode_optional(row, "job_error", job_format, decode_failure)?;
    let mut problems = decode_column(row, "problems", decode_problems)?;
    if is_indexed && let Some(failure) = error.take().filter(|_| state == Some(JobState::Failed)) {
        let message = format!("reading it again failed, what was read before is used: {}", failure.message);
        problems.push(Problem { code: ProblemCode::RereadFailed, message, page: None });
    }
    let progress = row.try_get::<Option<f32>, _>("job_progress")?.filter(|_| !is_indexed).unwrap_or(1.0);
    Ok(Source {
        id: read_id(row, "id")?,
        title: row.try_get("title")?,
        kind: read_source_kind(row, "kind")?,
        media_type: row.try_get("media_type")?,
        bytes: bytes as u64,
        sha256: row.try_get("sha256")?,
        origin: decode_column(row, "origin", decode_origin)?,
        revision: read_optional_id(row, "revision")?,
        status,
        progress,
        pages: row.try_get("pages")?,
        seconds: row.try_get("seconds")?,
        words: row.try_get("words")?,
        language: row.try_get("language")?,
        guide: decode_optional(row, "guide", read_format(row)?, decode_guide)?,
        problems,
        error,
        created_at: read_time(row, "created_at")?,
    })
}
