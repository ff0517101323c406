//! Revisions of sources and their stages. A first reading is the source's current revision at once; a later one
//! becomes it once it is indexed, and the source stays as it was until then.

use hearth_domain::{JobId, Revision, RevisionId, RevisionStage, SourceId};
use sqlx::{Row, SqliteConnection};

use crate::records::{
    REVISION_FORMAT, REVISION_STAGE_FORMAT, decode_facts, decode_layout, decode_sections, encode_facts,
    encode_guide, encode_layout, encode_problems, encode_sections,
};
use crate::rows::{decode_column, read_format, read_id};
use crate::upgrade::upgrade_source;
use crate::{RevisionMetadata, Store, StoreError};

impl Store {
    /// Saves a revision that a job has read. It is the source's current one if the source has no other.
    pub async fn save_revision(
        &self,
        source: SourceId,
        job: JobId,
        revision_id: RevisionId,
        revision: &Revision,
        metadata: &RevisionMetadata,
    ) -> Result<(), StoreError> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(
            "INSERT INTO revisions (id, source_id, text, sections, layout, created_at, format)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .bind(revision_id.to_string())
        .bind(source.to_string())
        .bind(&revision.text)
        .bind(encode_sections(&revision.sections)?)
        .bind(encode_layout(&revision.layout))
        .bind(self.now_milliseconds())
        .bind(REVISION_FORMAT)
        .execute(&mut *tx)
        .await?;
        let is_first: bool = sqlx::query_scalar("SELECT revision IS NULL FROM sources WHERE id = ?1")
            .bind(source.to_string())
            .fetch_one(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO revision_stages (revision_id, source_id, stage, job_id, facts, loudness, format)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .bind(revision_id.to_string())
        .bind(source.to_string())
        .bind(RevisionStage::Read.as_str())
        .bind(job.to_string())
        .bind(Some(encode_facts(metadata)?).filter(|_| !is_first))
        .bind(Some(&metadata.loudness).filter(|loudness| !is_first && !loudness.is_empty()))
        .bind(REVISION_STAGE_FORMAT)
        .execute(&mut *tx)
        .await?;
        if is_first {
            make_current(&mut tx, source, revision_id, metadata).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Stores what another reading found besides the same text and layout; title and guide stay.
    pub async fn update_revision_facts(
        &self,
        source: SourceId,
        metadata: &RevisionMetadata,
    ) -> Result<(), StoreError> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        upgrade_source(&mut tx, source).await?;
        sqlx::query(
            "UPDATE sources SET pages = ?2, words = ?3, language = ?4, problems = ?5, seconds = ?6 WHERE id = ?1",
        )
        .bind(source.to_string())
        .bind(metadata.pages)
        .bind(metadata.words)
        .bind(&metadata.language)
        .bind(encode_problems(&metadata.problems)?)
        .bind(metadata.seconds)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The revision that a job on a source works on, with its stage: the current one, unless it is indexed, or a later
    /// one that the job has read. `None` if the source is still to be read.
    pub async fn find_open_revision(
        &self,
        source: SourceId,
        job: JobId,
    ) -> Result<Option<(RevisionId, RevisionStage)>, StoreError> {
        let row = sqlx::query(
            "SELECT r.revision_id, r.stage FROM revision_stages r JOIN sources s ON s.id = r.source_id
             WHERE s.id = ?1 AND r.stage <> ?3 AND (r.revision_id = s.revision OR r.job_id = ?2)
             ORDER BY r.revision_id = s.revision LIMIT 1",
        )
        .bind(source.to_string())
        .bind(job.to_string())
        .bind(RevisionStage::Indexed.as_str())
        .fetch_optional(&self.reader)
        .await?;
        row.map(|row| {
            let stage: String = row.try_get("stage")?;
            let stage = RevisionStage::parse(&stage)
                .ok_or_else(|| StoreError::Damaged(format!("{stage} is not a stage")))?;
            Ok((read_id(&row, "revision_id")?, stage))
        })
        .transpose()
    }

    /// Records that a revision has come to a stage.
    pub async fn set_revision_stage(
        &self,
        revision: RevisionId,
        stage: RevisionStage,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE revision_stages SET stage = ?2 WHERE revision_id = ?1")
            .bind(revision.to_string())
            .bind(stage.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Ends the work on an indexed revision: it is the source's current one from now on, and the passages of the others
    /// are deleted. The others themselves stay, as citations name ranges of them.
    pub async fn finish_revision(&self, source: SourceId, revision: RevisionId) -> Result<(), StoreError> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let row = sqlx::query("SELECT facts, loudness, format FROM revision_stages WHERE revision_id = ?1")
            .bind(revision.to_string())
            .fetch_optional(&mut *tx)
            .await?
            .ok_or(StoreError::NotFound("revision"))?;
        if row.try_get::<Option<&str>, _>("facts")?.is_some() {
            let mut metadata = decode_column(&row, "facts", decode_facts)?;
            metadata.loudness = row.try_get::<Option<Vec<u8>>, _>("loudness")?.unwrap_or_default();
            make_current(&mut tx, source, revision, &metadata).await?;
        }
        sqlx::query(
            "UPDATE revision_stages SET stage = ?2, facts = NULL, loudness = NULL WHERE revision_id = ?1",
        )
        .bind(revision.to_string())
        .bind(RevisionStage::Indexed.as_str())
        .execute(&mut *tx)
        .await?;
        sqlx::query("DELETE FROM passages WHERE source_id = ?1 AND revision_id <> ?2")
            .bind(source.to_string())
            .bind(revision.to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Deletes later readings of a source that other jobs left unfinished.
    pub async fn delete_unfinished_revisions(&self, source: SourceId, job: JobId) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM revisions WHERE id IN (
               SELECT r.revision_id FROM revision_stages r JOIN sources s ON s.id = r.source_id
               WHERE s.id = ?1 AND s.revision IS NOT r.revision_id AND r.stage <> ?3 AND r.job_id IS NOT ?2)",
        )
        .bind(source.to_string())
        .bind(job.to_string())
        .bind(RevisionStage::Indexed.as_str())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// A revision of a source; the current one if `revision` is `None`.
    pub async fn get_revision(
        &self,
        source: SourceId,
        revision: Option<RevisionId>,
    ) -> Result<(RevisionId, Revision), StoreError> {
        let row = sqlx::query(
            "SELECT r.* FROM revisions r JOIN sources s ON s.id = r.source_id
             WHERE s.id = ?1 AND s.deleted_at IS NULL AND r.id = coalesce(?2, s.revision)",
        )
        .bind(source.to_string())
        .bind(revision.map(|id| id.to_string()))
        .fetch_optional(&self.reader)
        .await?
        .ok_or(StoreError::NotFound("text for this source yet"))?;
        Ok((
            read_id(&row, "id")?,
            Revision {
                text: row.try_get("text")?,
                sections: decode_column(&row, "sections", decode_sections)?,
                layout: decode_layout(row.try_get("layout")?, read_format(&row)?)?,
            },
        ))
    }
}

/// Makes a revision its source's current one.
async fn make_current(
    connection: &mut SqliteConnection,
    source: SourceId,
    revision: RevisionId,
    metadata: &RevisionMetadata,
) -> Result<(), StoreError> {
    upgrade_source(connection, source).await?;
    sqlx::query(
        "UPDATE sources SET revision = ?2, pages = ?3, words = ?4, language = ?5, problems = ?6,
         title = coalesce(?7, title), guide = ?8, guided_by = NULL, seconds = ?9, loudness = ?10 WHERE id = ?1",
    )
    .bind(source.to_string())
    .bind(revision.to_string())
    .bind(metadata.pages)
    .bind(metadata.words)
    .bind(&metadata.language)
    .bind(encode_problems(&metadata.problems)?)
    .bind(&metadata.title)
    .bind(metadata.guide.as_ref().map(encode_guide).transpose()?)
    .bind(metadata.seconds)
    .bind(Some(&metadata.loudness).filter(|loudness| !loudness.is_empty()))
    .execute(connection)
    .await?;
    Ok(())
}
