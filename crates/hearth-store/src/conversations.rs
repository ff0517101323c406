//! Conversations, turns, and the events of turns.

use hearth_domain::{Conversation, ConversationId, NotebookId, Turn, TurnEvent, TurnId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::records::{
    TURN_EVENT_FORMAT, TURN_FORMAT, decode_turn, decode_turn_event, encode_turn, encode_turn_event,
};
use crate::rows::{decode_column, parse_id, read_id, read_time};
use crate::{Store, StoreError};

/// Event of a turn with its number in that turn, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTurnEvent {
    pub seq: u64,
    pub event: TurnEvent,
}

fn conversation_from_row(row: &SqliteRow, turns: Vec<Turn>) -> Result<Conversation, StoreError> {
    Ok(Conversation {
        id: read_id(row, "id")?,
        notebook_id: read_id(row, "notebook_id")?,
        title: row.try_get("title")?,
        turns,
        created_at: read_time(row, "created_at")?,
        updated_at: read_time(row, "updated_at")?,
    })
}

impl Store {
    /// Creates a turn, and its conversation if that is new.
    pub async fn create_turn(&self, turn: &Turn) -> Result<(), StoreError> {
        let now = self.now_milliseconds();
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
            "INSERT INTO turns (id, conversation_id, state, turn, created_at, format) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(turn.id.to_string())
        .bind(turn.conversation_id.to_string())
        .bind(turn.state.as_str())
        .bind(encode_turn(turn)?)
        .bind(now)
        .bind(TURN_FORMAT)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Saves the current state of a turn and the events that led to it.
    pub async fn save_turn(&self, turn: &Turn, events: &[StoredTurnEvent]) -> Result<(), StoreError> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("UPDATE turns SET state = ?2, turn = ?3, format = ?4 WHERE id = ?1")
            .bind(turn.id.to_string())
            .bind(turn.state.as_str())
            .bind(encode_turn(turn)?)
            .bind(TURN_FORMAT)
            .execute(&mut *tx)
            .await?;
        for event in events {
            sqlx::query(
                "INSERT INTO turn_events (turn_id, seq, event, format) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )
            .bind(turn.id.to_string())
            .bind(event.seq as i64)
            .bind(encode_turn_event(&event.event)?)
            .bind(TURN_EVENT_FORMAT)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A turn by its id; [`StoreError::NotFound`] if it is missing.
    pub async fn get_turn(&self, id: TurnId) -> Result<Turn, StoreError> {
        let row = sqlx::query("SELECT turn, format FROM turns WHERE id = ?1")
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?
            .ok_or(StoreError::NotFound("turn"))?;
        decode_column(&row, "turn", decode_turn)
    }

    /// Turns that were running when the previous process ended.
    pub async fn list_unfinished_turns(&self) -> Result<Vec<Turn>, StoreError> {
        let rows = sqlx::query("SELECT turn, format FROM turns WHERE state = 'running'")
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(|row| decode_column(row, "turn", decode_turn)).collect()
    }

    /// Events of a turn with a number above `after`, in order.
    pub async fn list_turn_events(&self, id: TurnId, after: u64) -> Result<Vec<StoredTurnEvent>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, event, format FROM turn_events WHERE turn_id = ?1 AND seq > ?2 ORDER BY seq",
        )
        .bind(id.to_string())
        .bind(after as i64)
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                let seq: i64 = row.try_get("seq")?;
                Ok(StoredTurnEvent {
                    seq: seq as u64,
                    event: decode_column(row, "event", decode_turn_event)?,
                })
            })
            .collect()
    }

    /// A conversation with its turns, oldest first.
    pub async fn get_conversation(&self, id: ConversationId) -> Result<Conversation, StoreError> {
        let row = sqlx::query("SELECT * FROM conversations WHERE id = ?1")
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?
            .ok_or(StoreError::NotFound("conversation"))?;
        let turns =
            sqlx::query("SELECT turn, format FROM turns WHERE conversation_id = ?1 ORDER BY created_at, id")
                .bind(id.to_string())
                .fetch_all(&self.reader)
                .await?;
        let turns =
            turns.iter().map(|row| decode_column(row, "turn", decode_turn)).collect::<Result<_, _>>()?;
        conversation_from_row(&row, turns)
    }

    /// Conversations of a notebook without their turns, most recently changed first.
    pub async fn list_conversations(&self, notebook: NotebookId) -> Result<Vec<Conversation>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM conversations WHERE notebook_id = ?1 ORDER BY updated_at DESC, id DESC",
        )
        .bind(notebook.to_string())
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(|row| conversation_from_row(row, Vec::new())).collect()
    }

    /// Changes the title of a conversation.
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
        self.get_conversation(id).await
    }

    /// Deletes a conversation with its turns, for good; returns its notebook.
    pub async fn delete_conversation(&self, id: ConversationId) -> Result<NotebookId, StoreError> {
        let notebook: Option<String> =
            sqlx::query_scalar("DELETE FROM conversations WHERE id = ?1 RETURNING notebook_id")
                .bind(id.to_string())
                .fetch_optional(&self.writer)
                .await?;
        parse_id(&notebook.ok_or(StoreError::NotFound("conversation"))?)
    }
}
