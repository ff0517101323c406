//! Conversations, turns, and the events of turns.

use hearth_domain::{Conversation, ConversationId, NotebookId, Turn, TurnEvent, TurnId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::rows::{id, json, time};
use crate::{Store, StoreError};

/// An event with its number within the turn, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    pub seq: u64,
    pub event: TurnEvent,
}

fn conversation(row: &SqliteRow, turns: Vec<Turn>) -> Result<Conversation, StoreError> {
    Ok(Conversation {
        id: id(row, "id")?,
        notebook_id: id(row, "notebook_id")?,
        title: row.try_get("title")?,
        turns,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

impl Store {
    /// Begins a turn, and its conversation when that is new.
    pub async fn begin_turn(&self, turn: &Turn) -> Result<(), StoreError> {
        let now = self.now();
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let title: String = turn.question.chars().take(80).collect();
        sqlx::query(
            "INSERT INTO conversations (id, notebook_id, title, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)
             ON CONFLICT (id) DO UPDATE SET updated_at = ?4",
        )
        .bind(turn.conversation_id.to_string())
        .bind(turn.notebook_id.to_string())
        .bind(title)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO turns (id, conversation_id, state, turn, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(turn.id.to_string())
        .bind(turn.conversation_id.to_string())
        .bind(turn.state.as_str())
        .bind(serde_json::to_string(turn)?)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes a turn as it is now, with the events that led there.
    pub async fn put_turn(&self, turn: &Turn, events: &[StoredEvent]) -> Result<(), StoreError> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("UPDATE turns SET state = ?2, turn = ?3 WHERE id = ?1")
            .bind(turn.id.to_string())
            .bind(turn.state.as_str())
            .bind(serde_json::to_string(turn)?)
            .execute(&mut *tx)
            .await?;
        for event in events {
            sqlx::query(
                "INSERT INTO turn_events (turn_id, seq, event) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )
            .bind(turn.id.to_string())
            .bind(event.seq as i64)
            .bind(serde_json::to_string(&event.event)?)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    pub async fn turn(&self, id: TurnId) -> Result<Turn, StoreError> {
        let row = sqlx::query("SELECT turn FROM turns WHERE id = ?1")
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?
            .ok_or(StoreError::NotFound("turn"))?;
        json(&row, "turn")
    }

    /// Turns that were running when the process before this one ended.
    pub async fn unfinished_turns(&self) -> Result<Vec<Turn>, StoreError> {
        let rows =
            sqlx::query("SELECT turn FROM turns WHERE state = 'running'").fetch_all(&self.reader).await?;
        rows.iter().map(|row| json(row, "turn")).collect()
    }

    /// The events of a turn after a number.
    pub async fn turn_events(&self, id: TurnId, after: u64) -> Result<Vec<StoredEvent>, StoreError> {
        let rows =
            sqlx::query("SELECT seq, event FROM turn_events WHERE turn_id = ?1 AND seq > ?2 ORDER BY seq")
                .bind(id.to_string())
                .bind(after as i64)
                .fetch_all(&self.reader)
                .await?;
        rows.iter()
            .map(|row| {
                let seq: i64 = row.try_get("seq")?;
                Ok(StoredEvent { seq: seq as u64, event: json(row, "event")? })
            })
            .collect()
    }

    /// A conversation with its turns, oldest first.
    pub async fn conversation(&self, wanted: ConversationId) -> Result<Conversation, StoreError> {
        let row = sqlx::query("SELECT * FROM conversations WHERE id = ?1")
            .bind(wanted.to_string())
            .fetch_optional(&self.reader)
            .await?
            .ok_or(StoreError::NotFound("conversation"))?;
        let turns = sqlx::query("SELECT turn FROM turns WHERE conversation_id = ?1 ORDER BY created_at, id")
            .bind(wanted.to_string())
            .fetch_all(&self.reader)
            .await?;
        let turns = turns.iter().map(|row| json(row, "turn")).collect::<Result<_, _>>()?;
        conversation(&row, turns)
    }

    /// Newest first, without turns.
    pub async fn conversations(&self, notebook: NotebookId) -> Result<Vec<Conversation>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM conversations WHERE notebook_id = ?1 ORDER BY updated_at DESC, id DESC",
        )
        .bind(notebook.to_string())
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(|row| conversation(row, Vec::new())).collect()
    }

    pub async fn rename_conversation(
        &self,
        id: ConversationId,
        title: &str,
    ) -> Result<Conversation, StoreError> {
        sqlx::query("UPDATE conversations SET title = ?2 WHERE id = ?1")
            .bind(id.to_string())
            .bind(title)
            .execute(&self.writer)
            .await?;
        self.conversation(id).await
    }

    pub async fn delete_conversation(&self, id: ConversationId) -> Result<(), StoreError> {
        let gone = sqlx::query("DELETE FROM conversations WHERE id = ?1")
            .bind(id.to_string())
            .execute(&self.writer)
            .await?;
        if gone.rows_affected() == 0 {
            return Err(StoreError::NotFound("conversation"));
        }
        Ok(())
    }
}
