//! The trash: what is moved into it together, what comes back, and what is deleted for good.

use std::sync::atomic::Ordering;

use hearth_domain::{JobState, JobStep, Lane, Note, NotebookId, SourceKind, SourceStatus};
use hearth_store::{Store, StoreError, TrashKind};
use jiff::Timestamp;

use crate::{add_source, add_source_of_kind, moving_clock, new_id, open_store};

const LIMITS: [(Lane, u32); 1] = [(Lane::Reading, 8)];

pub(crate) fn make_note(notebook: NotebookId, title: &str) -> Note {
    Note {
        id: new_id(),
        notebook_id: notebook,
        title: title.into(),
        body: "body".into(),
        citations: vec![],
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn milliseconds(value: i64) -> Timestamp {
    Timestamp::from_millisecond(value).unwrap()
}

#[tokio::test]
async fn a_notebook_comes_back_with_the_sources_that_were_deleted_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let (time, clock) = moving_clock();
    let store = Store::open(dir.path(), clock).await.unwrap();
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    let before = add_source(&store, notebook.id, "deleted before").await.source;
    let with_it = add_source(&store, notebook.id, "deleted with it").await;
    store.delete_source(before.id).await.unwrap();
    time.fetch_add(1, Ordering::Relaxed);
    assert_eq!(store.delete_notebook(notebook.id).await.unwrap(), [with_it.source.id]);
    let job = with_it.job.unwrap().id;
    assert_eq!(store.get_job(job).await.unwrap().state, JobState::Cancelled);
    assert!(store.claim_job(&LIMITS).await.unwrap().is_none(), "work on what is deleted does not go on");

    let restored = store.restore_from_trash(&notebook.id.to_string()).await.unwrap();
    assert_eq!(restored.sources, [with_it.source.id]);
    let sources = store.list_sources(notebook.id).await.unwrap();
    assert_eq!(sources.iter().map(|source| source.id).collect::<Vec<_>>(), [with_it.source.id]);
    assert_eq!(sources[0].status, SourceStatus::Queued);
    let trash = store.list_trash().await.unwrap();
    assert_eq!(trash.iter().map(|item| item.id.clone()).collect::<Vec<_>>(), [before.id.to_string()]);
    assert_eq!(store.claim_job(&LIMITS).await.unwrap().map(|job| job.id), Some(job), "it goes on");
}

#[tokio::test]
async fn the_job_of_a_restored_source_that_was_finished_is_not_run_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    let source = add_source(&store, notebook.id, "text").await.source;
    let job = store.claim_job(&LIMITS).await.unwrap().unwrap();
    store.finish_job(job.id).await.unwrap();
    store.delete_source(source.id).await.unwrap();
    assert_eq!(store.restore_from_trash(&source.id.to_string()).await.unwrap().sources, [source.id]);
    let job = store.get_job(job.id).await.unwrap();
    assert_eq!((job.state, job.step), (JobState::Done, JobStep::Finished));
    assert!(store.claim_job(&LIMITS).await.unwrap().is_none());
}

#[tokio::test]
async fn a_source_whose_bytes_were_added_again_comes_back_as_the_present_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let first = store.create_notebook(new_id(), "One", "📓").await.unwrap();
    let second = store.create_notebook(new_id(), "Two", "📓").await.unwrap();
    let old = add_source(&store, first.id, "same bytes").await.source;
    store.delete_source(old.id).await.unwrap();
    let present = add_source(&store, second.id, "same bytes").await.source;
    assert_ne!(old.id, present.id);
    assert!(store.restore_from_trash(&old.id.to_string()).await.unwrap().sources.is_empty());
    for notebook in [first.id, second.id] {
        let sources = store.list_sources(notebook).await.unwrap();
        assert_eq!(sources.iter().map(|source| source.id).collect::<Vec<_>>(), [present.id]);
    }
}

#[tokio::test]
async fn the_trash_lists_items_of_each_kind_by_the_time_of_their_deletion() {
    let dir = tempfile::tempdir().unwrap();
    let (time, clock) = moving_clock();
    let store = Store::open(dir.path(), clock).await.unwrap();
    let notebook = store.create_notebook(new_id(), "Kept", "📓").await.unwrap();
    let deleted = store.create_notebook(new_id(), "Notebook", "📓").await.unwrap();
    let source = add_source(&store, notebook.id, "text").await.source;
    let note = store.save_note(&make_note(notebook.id, "Note")).await.unwrap();
    store.delete_source(source.id).await.unwrap();
    time.fetch_add(1000, Ordering::Relaxed);
    store.delete_note(note.id).await.unwrap();
    time.fetch_add(1000, Ordering::Relaxed);
    store.delete_notebook(deleted.id).await.unwrap();
    let found: Vec<_> = store
        .list_trash()
        .await
        .unwrap()
        .into_iter()
        .map(|item| (item.kind, item.title, item.deleted_at))
        .collect();
    let expect = [
        (TrashKind::Notebook, "Notebook".to_owned(), milliseconds(1_002_000)),
        (TrashKind::Note, "Note".to_owned(), milliseconds(1_001_000)),
        (TrashKind::Source, "a.txt".to_owned(), milliseconds(1_000_000)),
    ];
    assert_eq!(found, expect);
}

#[tokio::test]
async fn only_what_is_in_the_trash_can_be_restored() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    let source = add_source(&store, notebook.id, "text").await.source;
    for id in
        [notebook.id.to_string(), source.id.to_string(), NotebookId(new_id()).to_string(), "' OR 1".into()]
    {
        let refused = store.restore_from_trash(&id).await;
        assert!(matches!(refused, Err(StoreError::NotFound(_))), "{id}: {refused:?}");
    }
}

#[tokio::test]
async fn emptying_deletes_what_is_old_enough_and_keeps_bytes_that_another_source_has() {
    let dir = tempfile::tempdir().unwrap();
    let (time, clock) = moving_clock();
    let store = Store::open(dir.path(), clock).await.unwrap();
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    let old = add_source(&store, notebook.id, "old").await.source;
    let shared = add_source(&store, notebook.id, "read in two ways").await.source;
    add_source_of_kind(&store, notebook.id, "read in two ways", SourceKind::Markdown).await;
    let young = add_source(&store, notebook.id, "young").await.source;
    store.delete_source(old.id).await.unwrap();
    store.delete_source(shared.id).await.unwrap();
    time.fetch_add(1, Ordering::Relaxed);
    store.delete_source(young.id).await.unwrap();

    assert_eq!(store.empty_trash(milliseconds(1_000_000)).await.unwrap(), 2);
    let trash = store.list_trash().await.unwrap();
    assert_eq!(trash.iter().map(|item| item.id.clone()).collect::<Vec<_>>(), [young.id.to_string()]);
    assert!(store.blobs().find_blob_path(&old.sha256).is_err());
    assert!(store.blobs().find_blob_path(&shared.sha256).is_ok(), "it is also Markdown");
    assert!(store.blobs().find_blob_path(&young.sha256).is_ok(), "it can be restored");
    assert_eq!(store.empty_trash(milliseconds(1_000_000)).await.unwrap(), 0);
}
