//! Notebooks and the sources in them.

use std::collections::HashMap;

use hearth_domain::{Notebook, NotebookId, SourceId};
use sqlx::AssertSqlSafe;

use crate::rows::{notebook_from_row, parse_id};
use crate::{Store, StoreError};

const SELECT_NOTEBOOK: &str = "SELECT n.*,
    (SELECT count(*) FROM notebook_sources s JOIN sources x ON x.id = s.source_id
      WHERE s.notebook_id = n.id AND x.deleted_at IS NULL) AS source_count,
    (SELECT count(*) FROM notes t WHERE t.notebook_id = n.id AND t.deleted_at IS NULL) AS note_count
    FROM notebooks n WHERE n.deleted_at IS NULL";

impl Store {
    /// Creates a notebook.
    pub async fn create_notebook(
        &self,
        id: NotebookId,
        title: &str,
        emoji: &str,
    ) -> Result<Notebook, StoreError> {
        let now = self.now_milliseconds();
        sqlx::query(
            "INSERT INTO notebooks (id, title, emoji, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)",
        )
        .bind(id.to_string())
        .bind(title)
        .bind(emoji)
        .bind(now)
        .execute(&self.writer)
        .await?;
        self.get_notebook(id).await
    }

    /// A notebook by its id; [`StoreError::NotFound`] if it is missing or in the trash.
    pub async fn get_notebook(&self, id: NotebookId) -> Result<Notebook, StoreError> {
        let row = sqlx::query(AssertSqlSafe(format!("{SELECT_NOTEBOOK} AND n.id = ?1")))
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?
            .ok_or(StoreError::NotFound("notebook"))?;
        notebook_from_row(&row)
    }

    /// A page of notebooks, newest first; `after` is the last notebook of the page before.
    pub async fn list_notebooks(
        &self,
        limit: u32,
        after: Option<NotebookId>,
    ) -> Result<Vec<Notebook>, StoreError> {
        let after = after.map(|id| id.to_string());
        let rows = sqlx::query(AssertSqlSafe(format!(
            "{SELECT_NOTEBOOK} AND (?1 IS NULL OR n.id < ?1) ORDER BY n.id DESC LIMIT ?2"
        )))
        .bind(after)
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(notebook_from_row).collect()
    }

    /// Changes the given fields of a notebook.
    pub async fn change_notebook(
        &self,
        id: NotebookId,
        title: Option<&str>,
        emoji: Option<&str>,
        description: Option<&str>,
    ) -> Result<Notebook, StoreError> {
        let updated = sqlx::query(
            "UPDATE notebooks SET title = coalesce(?2, title), emoji = coalesce(?3, emoji),
             description = coalesce(?4, description), updated_at = ?5 WHERE id = ?1 AND deleted_at IS NULL",
        )
        .bind(id.to_string())
        .bind(title)
        .bind(emoji)
        .bind(description)
        .bind(self.now_milliseconds())
        .execute(&self.writer)
        .await?;
        if updated.rows_affected() == 0 {
            return Err(StoreError::NotFound("notebook"));
        }
        self.get_notebook(id).await
    }

    /// Moves a notebook to the trash with the sources that no other notebook has; returns those sources.
    pub async fn delete_notebook(&self, id: NotebookId) -> Result<Vec<SourceId>, StoreError> {
        let now = self.now_milliseconds();
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let updated =
            sqlx::query("UPDATE notebooks SET deleted_at = ?2 WHERE id = ?1 AND deleted_at IS NULL")
                .bind(id.to_string())
                .bind(now)
                .execute(&mut *tx)
                .await?;
        if updated.rows_affected() == 0 {
            return Err(StoreError::NotFound("notebook"));
        }
        let orphans: Vec<String> = sqlx::query_scalar(
            "SELECT s.source_id FROM notebook_sources s JOIN sources x ON x.id = s.source_id AND x.deleted_at IS NULL
             WHERE s.notebook_id = ?1 AND NOT EXISTS (
               SELECT 1 FROM notebook_sources o JOIN notebooks n ON n.id = o.notebook_id
               WHERE o.source_id = s.source_id AND n.deleted_at IS NULL)",
        )
        .bind(id.to_string())
        .fetch_all(&mut *tx)
        .await?;
        let orphans = orphans.iter().map(|source| parse_id(source)).collect::<Result<Vec<SourceId>, _>>()?;
        for source in &orphans {
            crate::sources::move_source_to_trash(&mut tx, *source, now).await?;
        }
        tx.commit().await?;
        Ok(orphans)
    }

    /// Notebooks that have each of the sources, oldest first, by source.
    pub async fn list_notebooks_by_source(
        &self,
        sources: &[SourceId],
    ) -> Result<HashMap<SourceId, Vec<NotebookId>>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT s.source_id, s.notebook_id FROM notebook_sources s JOIN notebooks n ON n.id = s.notebook_id
             WHERE s.source_id IN (SELECT value FROM json_each(?1)) AND n.deleted_at IS NULL
             ORDER BY s.notebook_id",
        )
        .bind(serde_json::to_string(sources)?)
        .fetch_all(&self.reader)
        .await?;
        let mut notebooks_by_source: HashMap<SourceId, Vec<NotebookId>> = HashMap::new();
        for (source, notebook) in rows {
            notebooks_by_source.entry(parse_id(&source)?).or_default().push(parse_id(&notebook)?);
        }
        Ok(notebooks_by_source)
    }

    /// Removes a source from a notebook. A source that no other notebook has moves to the trash; returns
    /// `true` then.
    pub async fn remove_source_from_notebook(
        &self,
        notebook: NotebookId,
        source: SourceId,
    ) -> Result<bool, StoreError> {
        let now = self.now_milliseconds();
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let notebooks: Vec<String> = sqlx::query_scalar(
            "SELECT s.notebook_id FROM notebook_sources s JOIN notebooks n ON n.id = s.notebook_id
             WHERE s.source_id = ?1 AND n.deleted_at IS NULL",
        )
        .bind(source.to_string())
        .fetch_all(&mut *tx)
        .await?;
        let notebook = notebook.to_string();
        if !notebooks.contains(&notebook) {
            return Err(StoreError::NotFound("source in this notebook"));
        }
        let is_last = notebooks.len() == 1;
        if is_last {
            // The link stays, so that restoring puts the source back into its notebook.
            crate::sources::move_source_to_trash(&mut tx, source, now).await?;
        } else {
            sqlx::query("DELETE FROM notebook_sources WHERE notebook_id = ?1 AND source_id = ?2")
                .bind(&notebook)
                .bind(source.to_string())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(is_last)
    }

    /// Sources of a notebook that are selected for questions, oldest first.
    pub async fn list_selected_sources(&self, notebook: NotebookId) -> Result<Vec<SourceId>, StoreError> {
        self.get_notebook(notebook).await?;
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT s.source_id FROM notebook_sources s JOIN sources x ON x.id = s.source_id
             WHERE s.notebook_id = ?1 AND s.selected = 1 AND x.deleted_at IS NULL ORDER BY s.added_at",
        )
        .bind(notebook.to_string())
        .fetch_all(&self.reader)
        .await?;
        ids.iter().map(|id| parse_id(id)).collect()
    }

    /// Selects exactly these sources of a notebook for questions.
    pub async fn select_sources(&self, notebook: NotebookId, sources: &[SourceId]) -> Result<(), StoreError> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("UPDATE notebook_sources SET selected = 0 WHERE notebook_id = ?1")
            .bind(notebook.to_string())
            .execute(&mut *tx)
            .await?;
        for source in sources {
            let updated = sqlx::query(
                "UPDATE notebook_sources SET selected = 1 WHERE notebook_id = ?1 AND source_id = ?2",
            )
            .bind(notebook.to_string())
            .bind(source.to_string())
            .execute(&mut *tx)
            .await?;
            if updated.rows_affected() == 0 {
                return Err(StoreError::NotFound("source in this notebook"));
            }
        }
        tx.commit().await?;
        Ok(())
    }
}
