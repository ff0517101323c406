//! Passages and their vectors.

use hearth_domain::{CharRange, Passage, PassageId, RevisionId, RevisionStage, SourceId, SourceKind};
use sqlx::{AssertSqlSafe, QueryBuilder, Row, Sqlite, sqlite::SqliteRow};

use crate::rows::{parse_id, read_id, read_json, read_source_kind};
use crate::{Store, StoreError};

/// A passage with its index key (its number in this library).
#[derive(Clone, Debug, PartialEq)]
pub struct PassageRow {
    pub key: i64,
    pub passage: Passage,
    pub source_title: String,
    /// Kind of the source.
    pub kind: SourceKind,
    /// Language of the source (ISO 639-1), or `None` if unknown.
    pub language: Option<String>,
}

/// Vector of a passage, with the index keys of the passage and its source.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredVector {
    pub key: i64,
    pub source_key: i64,
    pub vector: Vec<f32>,
}

/// A source that indexes must contain, with the totals to check them against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexedSource {
    pub key: i64,
    pub id: SourceId,
    /// Number of passages.
    pub passage_count: i64,
    /// Sum of the passages' keys.
    pub key_sum: i64,
    /// Number of passages that have a vector.
    pub vector_count: i64,
    /// Sum of the keys of passages that have a vector.
    pub vector_key_sum: i64,
}

/// Entry of a passage for the lexical index.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexEntry {
    pub key: i64,
    pub source_key: i64,
    pub title: String,
    pub section: Vec<String>,
    pub text: String,
    pub language: Option<String>,
}

fn index_entry_from_row(row: &SqliteRow) -> Result<IndexEntry, StoreError> {
    Ok(IndexEntry {
        key: row.try_get("key")?,
        source_key: row.try_get("source_key")?,
        title: row.try_get("title")?,
        section: read_json(row, "section")?,
        text: row.try_get("text")?,
        language: row.try_get("language")?,
    })
}

/// Passages of sources that are not deleted, with title, kind and language of the source.
const SELECT_PASSAGE: &str =
    "SELECT p.*, s.title AS source_title, s.kind AS source_kind, s.language AS source_language
    FROM passages p JOIN sources s ON s.id = p.source_id AND s.deleted_at IS NULL";

fn passage_from_row(row: &SqliteRow) -> Result<PassageRow, StoreError> {
    let (start, end): (u32, u32) = (row.try_get("start_at")?, row.try_get("end_at")?);
    Ok(PassageRow {
        key: row.try_get("key")?,
        passage: Passage {
            id: PassageId(row.try_get("id")?),
            source_id: read_id(row, "source_id")?,
            revision: read_id(row, "revision_id")?,
            ordinal: row.try_get("ordinal")?,
            text: row.try_get("text")?,
            range: CharRange::new(start, end),
            section: read_json(row, "section")?,
            // Looked up in the revision's layout when the passage is shown.
            places: Vec::new(),
        },
        source_title: row.try_get("source_title")?,
        kind: read_source_kind(row, "source_kind")?,
        language: row.try_get("source_language")?,
    })
}

fn encode_vector(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn decode_vector(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

impl Store {
    /// Saves the passages of a revision, which is cut then; a repeated call changes nothing.
    pub async fn save_passages(&self, revision: RevisionId, passages: &[Passage]) -> Result<(), StoreError> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        for chunk in passages.chunks(1000) {
            let mut query: QueryBuilder<Sqlite> = QueryBuilder::new(
                "INSERT INTO passages (id, source_id, revision_id, ordinal, start_at, end_at, section, text) ",
            );
            let sections = chunk
                .iter()
                .map(|passage| serde_json::to_string(&passage.section))
                .collect::<Result<Vec<_>, _>>()?;
            query.push_values(chunk.iter().zip(sections), |mut row, (passage, section)| {
                row.push_bind(passage.id.0.clone())
                    .push_bind(passage.source_id.to_string())
                    .push_bind(passage.revision.to_string())
                    .push_bind(passage.ordinal)
                    .push_bind(passage.range.start.0)
                    .push_bind(passage.range.end.0)
                    .push_bind(section)
                    .push_bind(passage.text.clone());
            });
            query.push(" ON CONFLICT (id) DO NOTHING");
            query.build().persistent(false).execute(&mut *tx).await?;
        }
        sqlx::query("UPDATE revision_stages SET stage = ?2 WHERE revision_id = ?1 AND stage = ?3")
            .bind(revision.to_string())
            .bind(RevisionStage::Cut.as_str())
            .bind(RevisionStage::Read.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Passages of a source's current revision, in order.
    pub async fn list_passages(&self, source: SourceId) -> Result<Vec<PassageRow>, StoreError> {
        let rows = sqlx::query(AssertSqlSafe(format!(
            "{SELECT_PASSAGE} AND s.revision = p.revision_id WHERE s.id = ?1 ORDER BY p.ordinal"
        )))
        .bind(source.to_string())
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(passage_from_row).collect()
    }

    /// Passages by index key, in the order given; keys without a passage are left out.
    pub async fn get_passages_by_key(&self, keys: &[i64]) -> Result<Vec<PassageRow>, StoreError> {
        let list = serde_json::to_string(keys)?;
        let rows = sqlx::query(AssertSqlSafe(format!(
            "{SELECT_PASSAGE} WHERE p.key IN (SELECT value FROM json_each(?1))"
        )))
        .bind(list)
        .fetch_all(&self.reader)
        .await?;
        let mut passages = rows.iter().map(passage_from_row).collect::<Result<Vec<_>, _>>()?;
        let position = |key: i64| keys.iter().position(|&candidate| candidate == key);
        passages.sort_by_key(|row| position(row.key));
        Ok(passages)
    }

    /// Passages of a revision in a range of ordinals, such as the neighbours of one, in order.
    pub async fn list_passages_by_ordinal(
        &self,
        revision: RevisionId,
        ordinals: std::ops::RangeInclusive<u32>,
    ) -> Result<Vec<PassageRow>, StoreError> {
        let rows = sqlx::query(AssertSqlSafe(format!(
            "{SELECT_PASSAGE} WHERE p.revision_id = ?1 AND p.ordinal BETWEEN ?2 AND ?3 ORDER BY p.ordinal"
        )))
        .bind(revision.to_string())
        .bind(*ordinals.start())
        .bind(*ordinals.end())
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(passage_from_row).collect()
    }

    /// Number of passages of a revision, and of those with a vector of an embedder.
    pub async fn count_revision_vectors(
        &self,
        revision: RevisionId,
        embedder: &str,
    ) -> Result<(u64, u64), StoreError> {
        let (passages, vectors): (i64, i64) = sqlx::query_as(
            "SELECT count(*), count(v.passage_key) FROM passages p
             LEFT JOIN vectors v ON v.embedder = ?2 AND v.passage_key = p.key WHERE p.revision_id = ?1",
        )
        .bind(revision.to_string())
        .bind(embedder)
        .fetch_one(&self.reader)
        .await?;
        Ok((passages as u64, vectors as u64))
    }

    /// Passages of a revision that have no vector of an embedder yet, in order, `limit` at most.
    pub async fn list_revision_passages_without_vector(
        &self,
        revision: RevisionId,
        embedder: &str,
        limit: u32,
    ) -> Result<Vec<PassageRow>, StoreError> {
        let rows = sqlx::query(AssertSqlSafe(format!(
            "{SELECT_PASSAGE} WHERE p.revision_id = ?1 AND NOT EXISTS
               (SELECT 1 FROM vectors v WHERE v.embedder = ?2 AND v.passage_key = p.key)
             ORDER BY p.ordinal LIMIT ?3"
        )))
        .bind(revision.to_string())
        .bind(embedder)
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(passage_from_row).collect()
    }

    /// Passages of any source that have no vector of an embedder yet, `limit` at most.
    pub async fn list_passages_without_vector(
        &self,
        embedder: &str,
        limit: u32,
    ) -> Result<Vec<PassageRow>, StoreError> {
        let rows = sqlx::query(AssertSqlSafe(format!(
            "{SELECT_PASSAGE} AND s.revision = p.revision_id WHERE NOT EXISTS
               (SELECT 1 FROM vectors v WHERE v.embedder = ?1 AND v.passage_key = p.key)
             ORDER BY p.key LIMIT ?2"
        )))
        .bind(embedder)
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(passage_from_row).collect()
    }

    /// Number of all passages, and of those without a vector of an embedder.
    pub async fn count_passages_without_vector(&self, embedder: &str) -> Result<(u64, u64), StoreError> {
        let (total, with_vector): (i64, i64) = sqlx::query_as(
            "SELECT count(*), count(v.passage_key) FROM passages p
             JOIN sources s ON s.id = p.source_id AND s.deleted_at IS NULL AND s.revision = p.revision_id
             LEFT JOIN vectors v INDEXED BY vectors_by_passage ON v.embedder = ?1 AND v.passage_key = p.key",
        )
        .bind(embedder)
        .fetch_one(&self.reader)
        .await?;
        Ok((total as u64, (total - with_vector) as u64))
    }

    /// Deletes the vectors of all other embedders.
    pub async fn delete_vectors_except(&self, embedder: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM vectors WHERE embedder <> ?1").bind(embedder).execute(&self.writer).await?;
        Ok(())
    }

    /// Saves vectors of passages by index key; existing vectors stay.
    pub async fn save_vectors(&self, embedder: &str, vectors: &[(i64, Vec<f32>)]) -> Result<(), StoreError> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        for (key, vector) in vectors {
            sqlx::query("INSERT INTO vectors (embedder, passage_key, vector) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
                .bind(embedder)
                .bind(key)
                .bind(encode_vector(vector))
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Vectors of a revision of a source by one embedder, by ascending key; of the current one if `revision` is `None`.
    pub async fn list_vectors(
        &self,
        source: SourceId,
        revision: Option<RevisionId>,
        embedder: &str,
    ) -> Result<Vec<StoredVector>, StoreError> {
        let rows = sqlx::query(
            "SELECT v.passage_key, s.key AS source_key, v.vector FROM vectors v
             JOIN passages p ON p.key = v.passage_key
             JOIN sources s ON s.id = p.source_id AND s.deleted_at IS NULL
             WHERE s.id = ?1 AND p.revision_id = coalesce(?3, s.revision) AND v.embedder = ?2
             ORDER BY v.passage_key",
        )
        .bind(source.to_string())
        .bind(embedder)
        .bind(revision.map(|id| id.to_string()))
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(vector_from_row).collect()
    }

    /// Entries of a revision of a source for the lexical index, by ascending key; of the current one if `revision` is
    /// `None`.
    pub async fn list_index_entries(
        &self,
        source: SourceId,
        revision: Option<RevisionId>,
    ) -> Result<Vec<IndexEntry>, StoreError> {
        let rows = sqlx::query(
            "SELECT p.key, s.key AS source_key, s.title, p.section, p.text,
               coalesce(json_extract(r.facts, '$.language'), s.language) AS language
             FROM passages p JOIN sources s ON s.id = p.source_id AND s.deleted_at IS NULL
             LEFT JOIN revision_stages r ON r.revision_id = p.revision_id
             WHERE s.id = ?1 AND p.revision_id = coalesce(?2, s.revision) ORDER BY p.key",
        )
        .bind(source.to_string())
        .bind(revision.map(|id| id.to_string()))
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(index_entry_from_row).collect()
    }

    /// Sources that complete indexes contain: all whose current revision is indexed.
    pub async fn list_indexed_sources(&self, embedder: &str) -> Result<Vec<IndexedSource>, StoreError> {
        let rows: Vec<(i64, String, i64, i64, i64, i64)> = sqlx::query_as(
            "SELECT s.key, s.id, count(*), sum(p.key), count(v.passage_key), coalesce(sum(v.passage_key), 0)
             FROM passages p
             JOIN sources s ON s.id = p.source_id AND s.deleted_at IS NULL AND s.revision = p.revision_id
             LEFT JOIN vectors v INDEXED BY vectors_by_passage ON v.embedder = ?1 AND v.passage_key = p.key
             JOIN revision_stages r ON r.revision_id = s.revision AND r.stage = 'indexed'
             GROUP BY s.key",
        )
        .bind(embedder)
        .fetch_all(&self.reader)
        .await?;
        let sources = rows.into_iter().map(|(key, id, passages, sum, vectors, vector_sum)| {
            Ok(IndexedSource {
                key,
                id: parse_id(&id)?,
                passage_count: passages,
                key_sum: sum,
                vector_count: vectors,
                vector_key_sum: vector_sum,
            })
        });
        sources.collect()
    }

    /// Languages of the library's sources (ISO 639-1), each once.
    pub async fn list_languages(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT DISTINCT language FROM sources WHERE deleted_at IS NULL AND language IS NOT NULL",
        )
        .fetch_all(&self.reader)
        .await?)
    }
}

fn vector_from_row(row: &SqliteRow) -> Result<StoredVector, StoreError> {
    Ok(StoredVector {
        key: row.try_get("passage_key")?,
        source_key: row.try_get("source_key")?,
        vector: decode_vector(row.try_get("vector")?),
    })
}
