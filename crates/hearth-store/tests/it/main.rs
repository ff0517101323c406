//! The store on real files: one transaction per use case, durable jobs, typed errors.
#![allow(clippy::unwrap_used, reason = "tests")]

mod backup;
mod blobs;
mod conversations;
mod formats;
mod golden;
mod jobs;
mod notebooks;
mod notes;
mod passages;
mod revisions;
mod transcripts;
mod trash;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hearth_domain::{Clock, JobId, NotebookId, Origin, OriginKind, SourceId, SourceKind};
use hearth_store::{NewJob, NewSource, Store, StoreError};
use jiff::Timestamp;
use uuid::Uuid;

async fn open_store(folder: &Path) -> Store {
    let clock = Clock::fixed_at(Timestamp::from_millisecond(1_700_000_000_000).unwrap());
    Store::open(folder, clock).await.unwrap()
}

/// A clock with the milliseconds that it shows, for a test to move.
fn moving_clock() -> (Arc<AtomicI64>, Clock) {
    let time = Arc::new(AtomicI64::new(1_000_000));
    let milliseconds = Arc::clone(&time);
    let clock =
        Clock::new(move || Timestamp::from_millisecond(milliseconds.load(Ordering::Relaxed)).unwrap());
    (time, clock)
}

fn new_id<T: From<Uuid>>() -> T {
    T::from(Uuid::now_v7())
}

async fn add_source(store: &Store, notebook: NotebookId, text: &str) -> hearth_store::AddedSource {
    add_source_of_kind(store, notebook, text, SourceKind::Text).await
}

async fn add_source_of_kind(
    store: &Store,
    notebook: NotebookId,
    text: &str,
    kind: SourceKind,
) -> hearth_store::AddedSource {
    let mut staged = store.blobs().stage_blob(&Uuid::now_v7().to_string()).await.unwrap();
    staged.write(text.as_bytes()).await.unwrap();
    let (sha256, bytes) = store.blobs().commit_blob(staged).await.unwrap();
    let new = NewSource {
        id: new_id(),
        title: "a.txt".into(),
        kind,
        media_type: "text/plain".into(),
        bytes,
        sha256,
        origin: Origin { kind: OriginKind::Upload, value: None },
    };
    store.add_source(notebook, &new, NewJob { id: new_id() }).await.unwrap()
}

#[tokio::test]
async fn the_same_bytes_are_one_source_with_one_job() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let first_notebook = store.create_notebook(new_id(), "One", "📓").await.unwrap();
    let second_notebook = store.create_notebook(new_id(), "Two", "📓").await.unwrap();
    let first = add_source(&store, first_notebook.id, "hello").await;
    let second = add_source(&store, second_notebook.id, "hello").await;
    assert_eq!(first.source.id, second.source.id);
    assert!(first.job.is_some() && second.job.is_none());
    assert_eq!(store.list_jobs(10, None).await.unwrap().len(), 1);
    assert_eq!(store.get_notebook(second_notebook.id).await.unwrap().source_count, 1);
    // Deleting one notebook leaves the source to the other.
    assert!(store.delete_notebook(first_notebook.id).await.unwrap().is_empty());
    assert_eq!(store.delete_notebook(second_notebook.id).await.unwrap(), [first.source.id]);
    assert!(matches!(store.get_source(first.source.id).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_missing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let missing: SourceId = new_id();
    assert!(matches!(store.get_source(missing).await, Err(StoreError::NotFound("source"))));
    let job: JobId = new_id();
    assert!(matches!(store.get_job(job).await, Err(StoreError::NotFound("job"))));
    assert!(matches!(store.blobs().open_blob("../../etc/passwd").await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn a_library_of_a_newer_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    store.close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.path().join("library.db"));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'x', 1, x'00', 0)")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let clock = Clock::fixed_at(Timestamp::UNIX_EPOCH);
    assert!(matches!(Store::open(dir.path(), clock).await, Err(StoreError::NewerVersion)));
}

#[tokio::test]
async fn a_library_of_every_earlier_version_opens_with_all_that_it_holds() {
    use sqlx::Connection;
    let versions: Vec<i64> = hearth_store::MIGRATOR.iter().map(|migration| migration.version).collect();
    assert!(versions.len() > 2);
    for version in versions {
        let dir = tempfile::tempdir().unwrap();
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(dir.path().join("library.db"))
            .create_if_missing(true);
        let mut old = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        hearth_store::MIGRATOR.run_to(version, &mut old).await.unwrap();
        let (notebook, note): (NotebookId, hearth_domain::NoteId) = (new_id(), new_id());
        sqlx::query(
            "INSERT INTO notebooks (id, title, emoji, created_at, updated_at) VALUES (?1, 'Old', '📓', 1, 1)",
        )
        .bind(notebook.to_string())
        .execute(&mut old)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO notes (id, notebook_id, title, body, citations, created_at, updated_at)
             VALUES (?1, ?2, 'N', 'kept', '[]', 1, 1)",
        )
        .bind(note.to_string())
        .bind(notebook.to_string())
        .execute(&mut old)
        .await
        .unwrap();
        old.close().await.unwrap();
        let store = open_store(dir.path()).await;
        assert_eq!(store.get_notebook(notebook).await.unwrap().note_count, 1, "from version {version}");
        assert_eq!(store.get_note(note).await.unwrap().body, "kept");
        add_source(&store, notebook, "new text").await;
        store.check_integrity().await.unwrap();
    }
}

#[tokio::test]
async fn emptying_the_trash_leaves_bytes_that_are_on_their_way() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    let old = add_source(&store, notebook.id, "old").await.source;
    store.delete_source(old.id).await.unwrap();
    let cleanup_guard = store.blobs().defer_cleanup().await;
    let mut staged = store.blobs().stage_blob("a").await.unwrap();
    staged.write(b"on their way").await.unwrap();
    let (sha256, _) = store.blobs().commit_blob(staged).await.unwrap();
    let emptying_task = tokio::spawn({
        let store = store.clone();
        async move { store.empty_trash(Timestamp::from_millisecond(1_700_000_000_000).unwrap()).await }
    });
    // While emptying waits for this guard, no further one is given.
    while !emptying_task.is_finished()
        && tokio::time::timeout(Duration::ZERO, store.blobs().defer_cleanup()).await.is_ok()
    {
        tokio::task::yield_now().await;
    }
    assert!(store.blobs().find_blob_path(&sha256).is_ok(), "kept while it is being registered");
    drop(cleanup_guard);
    emptying_task.await.unwrap().unwrap();
    assert!(store.blobs().find_blob_path(&old.sha256).is_err());
    assert!(store.blobs().find_blob_path(&sha256).is_err(), "nothing came to refer to it");
}
