//! Libraries of released versions: `golden/VERSION` holds a library file with a row in every table, made by that
//! version, and what its API answered then.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hearth_domain::{
    AccessRecords, CharRange, Clock, ConversationId, NotebookId, SourceId, TurnId, TurnState,
};
use hearth_store::{MIGRATOR, RevisionMetadata, Store};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::{Connection, Row, SqliteConnection};
use uuid::Uuid;

fn golden_libraries() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

fn copy_library(golden: &Path, folder: &Path) {
    fs::copy(golden.join("library.db"), folder.join("library.db")).unwrap();
}

async fn open_store(folder: &Path) -> Store {
    let clock = Clock::fixed_at(Timestamp::from_millisecond(1_800_000_000_000).unwrap());
    Store::open(folder, clock).await.unwrap()
}

async fn connect(folder: &Path) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("library.db"));
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// Rows of each table.
async fn count_rows(folder: &Path) -> BTreeMap<String, i64> {
    let mut connection = connect(folder).await;
    let tables = sqlx::query(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlx_%'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut counts = BTreeMap::new();
    for table in tables {
        let table: String = table.get("name");
        let count = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        counts.insert(table, count);
    }
    connection.close().await.unwrap();
    counts
}

fn parse<T: std::str::FromStr>(value: &Value) -> T
where
    T::Err: std::fmt::Debug,
{
    value.as_str().unwrap().parse().unwrap()
}

/// JSON as the API writes it: a `f32` has the digits of its text.
fn to_value<T: serde::Serialize>(item: T) -> Value {
    serde_json::from_str(&serde_json::to_string(&item).unwrap()).unwrap()
}

#[tokio::test]
async fn every_released_library_opens_with_nothing_lost() {
    for golden in golden_libraries() {
        let dir = tempfile::tempdir().unwrap();
        copy_library(&golden, dir.path());
        let before = count_rows(dir.path()).await;
        for (table, count) in &before {
            assert!(*count > 0, "{} has no row in {table}", golden.display());
        }
        let store = open_store(dir.path()).await;
        let expected: Value =
            serde_json::from_slice(&fs::read(golden.join("expected.json")).unwrap()).unwrap();
        check_contents(&store, &expected).await;
        check_citations(&store, &expected).await;
        store.check_integrity().await.unwrap();
        store.close().await;
        let after = count_rows(dir.path()).await;
        for (table, count) in before {
            assert!(after[&table] >= count, "{table} of {} lost rows", golden.display());
        }
    }
}

/// All that the API answered when the library was made, compared as JSON.
async fn check_contents(store: &Store, expected: &Value) {
    for (library, notebook) in expected["contents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|contents| (contents, parse::<NotebookId>(&contents["id"])))
    {
        let sources: Vec<Value> =
            store.list_sources(notebook).await.unwrap().into_iter().map(to_value).collect();
        let was: Vec<Value> =
            library["sources"].as_array().unwrap().iter().map(|source| source["source"].clone()).collect();
        assert_eq!(sources, was);
        for source in library["sources"].as_array().unwrap() {
            check_source(store, source).await;
        }
        let notes: Vec<Value> = store.list_notes(notebook).await.unwrap().into_iter().map(to_value).collect();
        assert_eq!(Value::from(notes), library["notes"]["notes"]);
        for conversation in library["conversations"].as_array().unwrap() {
            let id = parse::<ConversationId>(&conversation["id"]);
            let mut now = to_value(store.get_conversation(id).await.unwrap());
            // The one that was running is not in the answer of the time.
            let turns = now["turns"].as_array_mut().unwrap();
            turns.retain(|turn| turn["id"] != expected["interrupted"]);
            for field in ["id", "notebook_id", "title", "turns"] {
                assert_eq!(now[field], conversation[field], "{field}");
            }
        }
    }
    let jobs = store.list_jobs(100, None).await.unwrap();
    for job in expected["jobs"]["jobs"].as_array().unwrap() {
        let now = jobs.iter().find(|now| now.id == parse(&job["id"])).expect("the job is there");
        assert_eq!(now.payload.kind().as_str(), job["kind"]);
        assert_eq!(to_value(&now.error), *job.get("error").unwrap_or(&Value::Null));
    }
    let trash = store.list_trash().await.unwrap();
    assert_eq!(trash.len(), expected["trash"]["things"].as_array().map_or(trash.len(), Vec::len));
    assert!(trash.len() >= 3, "a notebook, a source and a note");
}

async fn check_source(store: &Store, was: &Value) {
    let id = parse::<SourceId>(&was["source"]["id"]);
    if was["source"]["revision"].is_null() {
        return;
    }
    let (revision, content) = store.get_revision(id, None).await.unwrap();
    assert!(content.is_valid());
    assert_eq!(to_value(revision), was["text"]["revision"]);
    assert_eq!(content.text, was["text"]["text"].as_str().unwrap());
    assert_eq!(to_value(&content.sections), was["text"]["sections"]);
    let passages: Vec<Value> = store
        .list_passages(id)
        .await
        .unwrap()
        .into_iter()
        .map(|row| {
            let mut passage = row.passage;
            passage.places = content.layout.places_in_range(passage.range);
            to_value(passage)
        })
        .collect();
    assert_eq!(Value::from(passages), was["passages"]["passages"]);
}

/// Every stored citation quotes exactly its range, at places that its revision still has.
async fn check_citations(store: &Store, expected: &Value) {
    let mut kinds = BTreeMap::new();
    let mut checked = 0;
    for (name, id) in expected["turns"].as_object().unwrap() {
        if name.ends_with("_note") {
            continue;
        }
        let turn = store.get_turn(parse::<TurnId>(id)).await.unwrap();
        let events = store.list_turn_events(turn.id, 0).await.unwrap();
        assert!(turn.state == TurnState::Cancelled || events.last().unwrap().event.is_last(), "{name}");
        for event in &events {
            *kinds.entry(event.event.event_name()).or_insert(0) += 1;
        }
        for citation in &turn.citations {
            let (_, revision) =
                store.get_revision(citation.source_id, Some(citation.revision)).await.unwrap();
            assert_eq!(citation.range.slice(&revision.text), Some(citation.quote.as_str()));
            assert_eq!(revision.layout.places_in_range(citation.range), citation.places);
            checked += 1;
        }
    }
    assert!(checked >= 6, "{checked} citations");
    for kind in [
        "progress",
        "retrieved",
        "reasoning",
        "text",
        "citation",
        "unsupported",
        "done",
        "failed",
        "cancelled",
    ] {
        assert!(kinds.contains_key(kind), "no {kind} among {kinds:?}");
    }
}

#[tokio::test]
async fn a_released_library_can_be_written_on() {
    for golden in golden_libraries() {
        let dir = tempfile::tempdir().unwrap();
        copy_library(&golden, dir.path());
        let expected: Value =
            serde_json::from_slice(&fs::read(golden.join("expected.json")).unwrap()).unwrap();
        let store = open_store(dir.path()).await;
        // A turn that ran when its process was killed, and all that the library holds, can be written anew.
        let mut turn = store.get_turn(parse(&expected["interrupted"])).await.unwrap();
        assert_eq!(turn.state, TurnState::Running);
        turn.state = TurnState::Failed;
        store.save_turn(&turn, &[]).await.unwrap();
        assert_eq!(store.get_turn(turn.id).await.unwrap(), turn);
        for contents in expected["contents"].as_array().unwrap() {
            for source in contents["sources"].as_array().unwrap() {
                read_again(&store, parse(&source["source"]["id"])).await;
            }
            for note in contents["notes"]["notes"].as_array().unwrap() {
                let note = store.get_note(parse(&note["id"])).await.unwrap();
                assert_eq!(store.save_note(&note).await.unwrap().citations, note.citations);
            }
        }
    }
}

/// Writes a source's revision once more, in the present form: it is the same, and the earlier one stays readable.
async fn read_again(store: &Store, id: SourceId) {
    let Ok((earlier, revision)) = store.get_revision(id, None).await else { return };
    let facts = RevisionMetadata { words: 1, ..RevisionMetadata::default() };
    let (job, later) = (Uuid::now_v7().into(), Uuid::now_v7().into());
    store.save_revision(id, job, later, &revision, &facts).await.unwrap();
    assert_eq!(store.get_revision(id, None).await.unwrap().0, earlier, "not current before it is indexed");
    store.finish_revision(id, later).await.unwrap();
    assert_eq!(store.get_revision(id, None).await.unwrap(), (later, revision.clone()));
    assert_eq!(store.get_revision(id, Some(earlier)).await.unwrap(), (earlier, revision.clone()));
    let whole = CharRange::new(0, revision.text.chars().count() as u32);
    let (_, again) = store.get_revision(id, Some(later)).await.unwrap();
    assert_eq!(again.layout.places_in_range(whole), revision.layout.places_in_range(whole));
}

#[tokio::test]
async fn access_records_of_a_released_library_are_read_and_deleted() {
    for golden in golden_libraries() {
        let dir = tempfile::tempdir().unwrap();
        copy_library(&golden, dir.path());
        let store = open_store(dir.path()).await;
        let expected: Value =
            serde_json::from_slice(&fs::read(golden.join("expected.json")).unwrap()).unwrap();
        let access = store.read_former_access().await.unwrap();
        let keys = expected["keys"]["keys"].as_array().unwrap();
        assert_eq!(access.keys.len(), keys.len());
        assert_eq!(
            (to_value(access.keys[0].id), to_value(&access.keys[0].scopes)),
            (keys[0]["id"].clone(), keys[0]["scopes"].clone())
        );
        assert!(!access.node_id.is_empty());
        store.delete_former_access().await.unwrap();
        assert_eq!(store.read_former_access().await.unwrap(), AccessRecords::default());
    }
}

#[tokio::test]
async fn each_migration_brings_a_released_library_forward() {
    for golden in golden_libraries() {
        let dir = tempfile::tempdir().unwrap();
        copy_library(&golden, dir.path());
        let before = count_rows(dir.path()).await;
        for migration in MIGRATOR.iter() {
            let mut connection = connect(dir.path()).await;
            MIGRATOR.run_to(migration.version, &mut connection).await.unwrap();
            connection.close().await.unwrap();
            let after = count_rows(dir.path()).await;
            for (table, count) in &before {
                assert!(after[table] >= *count, "{table} lost rows by migration {}", migration.version);
            }
        }
    }
}
