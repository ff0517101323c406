//! Notes.

use hearth_domain::{Note, NoteId, NotebookId};

use crate::rows::note;
use crate::{Store, StoreError};

impl Store {
    /// Writes a note, new or changed.
    pub async fn put_note(&self, new: &Note) -> Result<Note, StoreError> {
        self.notebook(new.notebook_id).await?;
        sqlx::query(
            "INSERT INTO notes (id, notebook_id, title, body, citations, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
             ON CONFLICT (id) DO UPDATE SET title = ?3, body = ?4, citations = ?5, updated_at = ?6",
        )
        .bind(new.id.to_string())
        .bind(new.notebook_id.to_string())
        .bind(&new.title)
        .bind(&new.body)
        .bind(serde_json::to_string(&new.citations)?)
        .bind(self.now())
        .execute(&self.writer)
        .await?;
        self.note(new.id).await
    }

    pub async fn note(&self, id: NoteId) -> Result<Note, StoreError> {
        let row = sqlx::query("SELECT * FROM notes WHERE id = ?1 AND deleted_at IS NULL")
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?
            .ok_or(StoreError::NotFound("note"))?;
        note(&row)
    }

    /// Newest first.
    pub async fn notes(&self, notebook: NotebookId) -> Result<Vec<Note>, StoreError> {
        self.notebook(notebook).await?;
        let rows =
            sqlx::query("SELECT * FROM notes WHERE notebook_id = ?1 AND deleted_at IS NULL ORDER BY updated_at DESC, id DESC")
                .bind(notebook.to_string())
                .fetch_all(&self.reader)
                .await?;
        rows.iter().map(note).collect()
    }

    /// All notes of a library, or of one notebook, for searching.
    pub async fn notes_in(&self, notebook: Option<NotebookId>) -> Result<Vec<Note>, StoreError> {
        let rows = sqlx::query(
            "SELECT t.* FROM notes t JOIN notebooks n ON n.id = t.notebook_id AND n.deleted_at IS NULL
             WHERE t.deleted_at IS NULL AND (?1 IS NULL OR t.notebook_id = ?1)",
        )
        .bind(notebook.map(|id| id.to_string()))
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(note).collect()
    }

    /// Puts a note into the trash.
    pub async fn delete_note(&self, id: NoteId) -> Result<(), StoreError> {
        let gone = sqlx::query("UPDATE notes SET deleted_at = ?2 WHERE id = ?1 AND deleted_at IS NULL")
            .bind(id.to_string())
            .bind(self.now())
            .execute(&self.writer)
            .await?;
        if gone.rows_affected() == 0 {
            return Err(StoreError::NotFound("note"));
        }
        Ok(())
    }
}
