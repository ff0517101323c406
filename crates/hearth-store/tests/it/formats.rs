//! Rows of forms that this version does not know, and damaged ones.

use std::path::Path;

use hearth_domain::{ErrorCode, JobId, Lane, Revision, RevisionId, TurnEvent};
use hearth_store::{RevisionMetadata, Store, StoreError, StoredTurnEvent};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::conversations::make_turn;
use crate::trash::make_note;
use crate::{add_source, new_id, open_store};

const LIMITS: [(Lane, u32); 1] = [(Lane::Reading, 8)];

async fn execute(folder: &Path, statement: String) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("library.db"));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Reads a row of each table that has forms; the errors by table.
async fn read_each_table(store: &Store, ids: &Ids) -> Vec<(&'static str, Option<StoreError>)> {
    vec![
        ("sources", store.get_source(ids.source).await.err()),
        ("revisions", store.get_revision(ids.source, None).await.err()),
        ("jobs", store.get_job(ids.job).await.err()),
        ("notes", store.get_note(ids.note).await.err()),
        ("turns", store.get_turn(ids.turn).await.err()),
        ("turn_events", store.list_turn_events(ids.turn, 0).await.err()),
        ("transcript_parts", store.list_transcript_parts(ids.source, "m").await.err()),
        ("revision_stages", store.finish_revision(ids.source, ids.later).await.err()),
    ]
}

struct Ids {
    source: hearth_domain::SourceId,
    job: JobId,
    note: hearth_domain::NoteId,
    turn: hearth_domain::TurnId,
    /// A later reading, whose facts wait for its end.
    later: RevisionId,
}

async fn fill_library(store: &Store) -> Ids {
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap().id;
    let source = add_source(store, notebook, "text").await.source.id;
    let job = store.claim_job(&LIMITS).await.unwrap().unwrap().id;
    let (first, later) = (new_id(), new_id());
    for revision in [first, later] {
        let metadata = RevisionMetadata::default();
        store.save_revision(source, job, revision, &Revision::default(), &metadata).await.unwrap();
    }
    store.save_transcript_part(source, "m", &(0..16), &hearth_domain::Transcript::default()).await.unwrap();
    let note = store.save_note(&make_note(notebook, "Note")).await.unwrap().id;
    let turn = make_turn(notebook, new_id(), "Why?");
    store.create_turn(&turn).await.unwrap();
    let event = StoredTurnEvent { seq: 1, event: TurnEvent::Text { text: "One".into() } };
    store.save_turn(&turn, &[event]).await.unwrap();
    Ids { source, job, note, turn: turn.id, later }
}

#[tokio::test]
async fn a_row_of_an_unknown_form_asks_for_an_update_of_the_program() {
    let tables = [
        "sources",
        "revisions",
        "jobs",
        "notes",
        "turns",
        "turn_events",
        "transcript_parts",
        "revision_stages",
    ];
    for table in tables {
        let dir = tempfile::tempdir().unwrap();
        let store = open_store(dir.path()).await;
        let ids = fill_library(&store).await;
        execute(dir.path(), format!("UPDATE {table} SET format = 99")).await;
        for (read, error) in read_each_table(&store, &ids).await {
            match error {
                // The later reading becomes the source's, whose row is rewritten.
                Some(StoreError::NewerVersion) => {
                    assert!(
                        read == table || (read, table) == ("revision_stages", "sources"),
                        "{read}, {table}"
                    );
                }
                Some(error) => panic!("{read} when {table} is newer: {error}"),
                None => assert_ne!(read, table),
            }
        }
    }
}

#[tokio::test]
async fn damaged_json_is_reported_as_damage_that_a_backup_mends() {
    for (table, column) in
        [("jobs", "payload"), ("notes", "citations"), ("turns", "turn"), ("sources", "origin")]
    {
        let dir = tempfile::tempdir().unwrap();
        let store = open_store(dir.path()).await;
        let ids = fill_library(&store).await;
        execute(dir.path(), format!("UPDATE {table} SET {column} = '{{\"cut off'")).await;
        let errors = read_each_table(&store, &ids).await;
        let (_, error) = errors.into_iter().find(|(read, _)| *read == table).unwrap();
        let error = error.unwrap();
        assert!(matches!(error, StoreError::Damaged(_)), "{table}: {error}");
        assert!(error.to_string().contains("restore a backup"), "{table}: {error}");
    }
}

#[tokio::test]
async fn a_failure_with_a_code_of_a_later_version_keeps_its_message() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let ids = fill_library(&store).await;
    let error = r#"{"code":"OF_A_LATER_VERSION","message":"the moon is full"}"#;
    execute(dir.path(), format!("UPDATE jobs SET state = 'failed', error = '{error}'")).await;
    let failure = store.get_job(ids.job).await.unwrap().error.unwrap();
    assert_eq!((failure.code, failure.message.as_str()), (ErrorCode::Internal, "the moon is full"));
}
