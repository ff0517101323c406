//! Conversations, their turns and events.

use std::path::Path;
use std::sync::atomic::Ordering;

use hearth_domain::{
    ConversationId, Failure, NotebookId, Turn, TurnEvent, TurnId, TurnMode, TurnState, TurnTimings,
};
use hearth_store::{Store, StoreError, StoredTurnEvent};
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::trash::make_note;
use crate::{add_source, moving_clock, new_id, open_store};

pub(crate) fn make_turn(notebook: NotebookId, conversation: ConversationId, question: &str) -> Turn {
    Turn {
        id: new_id(),
        notebook_id: notebook,
        conversation_id: conversation,
        question: question.into(),
        state: TurnState::Running,
        mode: TurnMode::Chat,
        answer: String::new(),
        citations: vec![],
        unsupported: vec![],
        model: None,
        reasoning: None,
        passages_used: 0,
        passages_left_out: 0,
        timings: TurnTimings::default(),
        follow_ups: vec![],
        truncated: false,
        fallback: None,
        searched_for: None,
        usage: None,
        refused: None,
        error: None,
        created_at: Timestamp::UNIX_EPOCH,
    }
}

fn text_event(seq: u64, text: &str) -> StoredTurnEvent {
    StoredTurnEvent { seq, event: TurnEvent::Text { text: text.into() } }
}

async fn count_rows(folder: &Path, table: &str) -> i64 {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("library.db"));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let statement = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap()
}

#[tokio::test]
async fn events_are_stored_once_and_read_after_a_number() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap().id;
    let mut turn = make_turn(notebook, new_id(), "Why?");
    store.create_turn(&turn).await.unwrap();
    store.save_turn(&turn, &[text_event(1, "One "), text_event(2, "two")]).await.unwrap();
    turn.answer = "One two three".into();
    // The second save repeats an event of the first, which stays as it was.
    store.save_turn(&turn, &[text_event(2, "other"), text_event(3, " three")]).await.unwrap();
    let events = store.list_turn_events(turn.id, 1).await.unwrap();
    assert_eq!(events, [text_event(2, "two"), text_event(3, " three")]);
    assert_eq!(store.list_turn_events(turn.id, 3).await.unwrap(), []);
    assert_eq!(store.get_turn(turn.id).await.unwrap(), turn);
}

#[tokio::test]
async fn a_conversation_is_titled_by_its_first_question_and_lists_its_turns_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let (time, clock) = moving_clock();
    let store = Store::open(dir.path(), clock).await.unwrap();
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap().id;
    let (long, other): (ConversationId, ConversationId) = (new_id(), new_id());
    let first = make_turn(notebook, long, &"ä".repeat(100));
    let second = make_turn(notebook, long, "And then?");
    for turn in [&first, &make_turn(notebook, other, "Other?"), &second] {
        store.create_turn(turn).await.unwrap();
        time.fetch_add(1000, Ordering::Relaxed);
    }
    let conversation = store.get_conversation(long).await.unwrap();
    assert_eq!(conversation.title, "ä".repeat(80));
    assert_eq!(conversation.turns, [first, second]);
    let listed = store.list_conversations(notebook).await.unwrap();
    assert_eq!(listed.iter().map(|item| item.id).collect::<Vec<_>>(), [long, other], "the changed one first");
    assert_eq!(store.rename_conversation(long, "Short").await.unwrap().title, "Short");
}

#[tokio::test]
async fn turns_that_were_running_when_the_process_ended_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap().id;
    let running = make_turn(notebook, new_id(), "Running?");
    let mut failed = make_turn(notebook, new_id(), "Failed?");
    store.create_turn(&running).await.unwrap();
    store.create_turn(&failed).await.unwrap();
    failed.state = TurnState::Failed;
    failed.error = Some(Failure { code: hearth_domain::ErrorCode::Internal, message: "no".into() });
    store.save_turn(&failed, &[]).await.unwrap();
    store.close().await;
    let store = open_store(dir.path()).await;
    assert_eq!(store.list_unfinished_turns().await.unwrap(), [running]);
    assert_eq!(store.get_turn(failed.id).await.unwrap(), failed);
}

#[tokio::test]
async fn a_deleted_conversation_takes_its_turns_and_their_events_along() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap().id;
    let turn = make_turn(notebook, new_id(), "Why?");
    store.create_turn(&turn).await.unwrap();
    store.save_turn(&turn, &[text_event(1, "One")]).await.unwrap();
    assert_eq!(store.delete_conversation(turn.conversation_id).await.unwrap(), notebook);
    assert!(matches!(store.get_turn(turn.id).await, Err(StoreError::NotFound("turn"))));
    assert_eq!(count_rows(dir.path(), "turn_events").await, 0);
    let again = store.delete_conversation(turn.conversation_id).await;
    assert!(matches!(again, Err(StoreError::NotFound("conversation"))));
}

#[tokio::test]
async fn a_turn_of_a_notebook_that_does_not_exist_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let turn = make_turn(new_id(), new_id(), "Why?");
    assert!(matches!(store.create_turn(&turn).await, Err(StoreError::Database(_))));
    assert!(matches!(store.get_turn(turn.id).await, Err(StoreError::NotFound(_))));
    assert!(matches!(store.get_conversation(turn.conversation_id).await, Err(StoreError::NotFound(_))));
    // The connection is usable after the failure.
    store.create_notebook(new_id(), "N", "📓").await.unwrap();
    let unknown: TurnId = new_id();
    assert_eq!(store.list_turn_events(unknown, 0).await.unwrap(), []);
}

#[tokio::test]
async fn a_notebook_that_is_deleted_for_good_takes_all_of_its_own_along() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap().id;
    let kept = store.create_notebook(new_id(), "Kept", "📓").await.unwrap().id;
    let shared = add_source(&store, notebook, "shared").await.source;
    add_source(&store, kept, "shared").await;
    add_source(&store, notebook, "its own").await;
    store.save_note(&make_note(notebook, "Note")).await.unwrap();
    let turn = make_turn(notebook, new_id(), "Why?");
    store.create_turn(&turn).await.unwrap();
    store.save_turn(&turn, &[text_event(1, "One")]).await.unwrap();
    store.delete_notebook(notebook).await.unwrap();
    let deleted = store.empty_trash(Timestamp::from_millisecond(1_700_000_000_000).unwrap()).await.unwrap();
    assert_eq!(deleted, 2, "the notebook and its own source");
    for (table, count) in [
        ("notebooks", 1),
        ("sources", 1),
        ("notebook_sources", 1),
        ("jobs", 1),
        ("notes", 0),
        ("conversations", 0),
        ("turns", 0),
        ("turn_events", 0),
    ] {
        assert_eq!(count_rows(dir.path(), table).await, count, "{table}");
    }
    assert_eq!(store.list_sources(kept).await.unwrap()[0].id, shared.id);
}
