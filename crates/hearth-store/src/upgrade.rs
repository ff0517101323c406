//! Rewriting of rows in the newest form. A statement that updates some of the columns that have a form follows it in
//! the same transaction, so that `format` is right for all of them.

use hearth_domain::{JobId, SourceId};
use sqlx::SqliteConnection;

use crate::StoreError;
use crate::records::{
    JOB_FORMAT, SOURCE_FORMAT, decode_failure, decode_guide, decode_job_payload, decode_origin,
    decode_problems, encode_failure, encode_guide, encode_job_payload, encode_origin, encode_problems,
};
use crate::rows::{decode_column, decode_optional, read_format};

/// Rewrites a source's row in the newest form, if it has an earlier one; [`StoreError::NewerVersion`] if its form is
/// unknown.
pub(crate) async fn upgrade_source(
    connection: &mut SqliteConnection,
    id: SourceId,
) -> Result<(), StoreError> {
    let row =
        sqlx::query("SELECT origin, guide, problems, format FROM sources WHERE id = ?1 AND format <> ?2")
            .bind(id.to_string())
            .bind(SOURCE_FORMAT)
            .fetch_optional(&mut *connection)
            .await?;
    let Some(row) = row else { return Ok(()) };
    let origin = decode_column(&row, "origin", decode_origin)?;
    let guide = decode_optional(&row, "guide", read_format(&row)?, decode_guide)?;
    let problems = decode_column(&row, "problems", decode_problems)?;
    sqlx::query("UPDATE sources SET origin = ?2, guide = ?3, problems = ?4, format = ?5 WHERE id = ?1")
        .bind(id.to_string())
        .bind(encode_origin(&origin)?)
        .bind(guide.as_ref().map(encode_guide).transpose()?)
        .bind(encode_problems(&problems)?)
        .bind(SOURCE_FORMAT)
        .execute(connection)
        .await?;
    Ok(())
}

/// Rewrites a job's row in the newest form, if it has an earlier one; [`StoreError::NewerVersion`] if its form is
/// unknown.
pub(crate) async fn upgrade_job(connection: &mut SqliteConnection, id: JobId) -> Result<(), StoreError> {
    let row = sqlx::query("SELECT payload, error, format FROM jobs WHERE id = ?1 AND format <> ?2")
        .bind(id.to_string())
        .bind(JOB_FORMAT)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(()) };
    let payload = decode_column(&row, "payload", decode_job_payload)?;
    let error = decode_optional(&row, "error", read_format(&row)?, decode_failure)?;
    sqlx::query("UPDATE jobs SET payload = ?2, error = ?3, format = ?4 WHERE id = ?1")
        .bind(id.to_string())
        .bind(encode_job_payload(&payload)?)
        .bind(error.as_ref().map(encode_failure).transpose()?)
        .bind(JOB_FORMAT)
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
#[path = "upgrade_tests.rs"]
mod tests;
