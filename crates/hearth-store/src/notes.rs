//! Notes.

use hearth_domain::{Note, NoteId, NotebookId};

use crate::records::{NOTE_FORMAT, encode_citations};
use crate::rows::note_from_row;
use crate::{Store, StoreError};

impl Store {
    /// Saves a new or changed note.
    pub async fn save_note(&self, new: &Note) -> Result<Note, StoreError> {
        self.get_notebook(new.notebook_id).await?;
        sqlx::query(
            "INSERT INTO notes (id, notebook_id, title, body, citations, created_at, updated_at, format)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)
             ON CONFLICT (id) DO UPDATE SET title = ?3, body = ?4, citations = ?5, updated_at = ?6, format = ?7",
        )
        .bind(new.id.to_string())
        .bind(new.notebook_id.to_string())
        .bind(&new.title)
        .bind(&new.body)
        .bind(encode_citations(&new.citations)?)
        .bind(self.now_milliseconds())
        .bind(NOTE_FORMAT)
        .execute(&self.writer)
        .await?;
        self.get_note(new.id).await
    }

    /// A note by its id; [`StoreError::NotFound`] if it is missing or in the trash.
    pub async fn get_note(&self, id: NoteId) -> Result<Note, StoreError> {
        let row = sqlx::query("SELECT * FROM notes WHERE id = ?1 AND deleted_at IS NULL")
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?
            .ok_or(StoreError::NotFound("note"))?;
        note_from_row(&row)
    }

    /// Notes of a notebook, most recently changed first.
    pub async fn list_notes(&self, notebook: NotebookId) -> Result<Vec<Note>, StoreError> {
        self.get_notebook(notebook).await?;
        let rows =
            sqlx::query("SELECT * FROM notes WHERE notebook_id = ?1 AND deleted_at IS NULL ORDER BY updated_at DESC, id DESC")
                .bind(notebook.to_string())
                .fetch_all(&self.reader)
                .await?;
        rows.iter().map(note_from_row).collect()
    }

    /// All notes of the library, or of one notebook, in no order, for searching.
    pub async fn list_searchable_notes(&self, notebook: Option<NotebookId>) -> Result<Vec<Note>, StoreError> {
        let rows = sqlx::query(
            "SELECT t.* FROM notes t JOIN notebooks n ON n.id = t.notebook_id AND n.deleted_at IS NULL
             WHERE t.deleted_at IS NULL AND (?1 IS NULL OR t.notebook_id = ?1)",
        )
        .bind(notebook.map(|id| id.to_string()))
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(note_from_row).collect()
    }

    /// Moves a note to the trash.
    pub async fn delete_note(&self, id: NoteId) -> Result<(), StoreError> {
        let deleted = sqlx::query("UPDATE notes SET deleted_at = ?2 WHERE id = ?1 AND deleted_at IS NULL")
            .bind(id.to_string())
            .bind(self.now_milliseconds())
            .execute(&self.writer)
            .await?;
        if deleted.rows_affected() == 0 {
            return Err(StoreError::NotFound("note"));
        }
        Ok(())
    }
}
