//! Notes.

use std::sync::atomic::Ordering;

use hearth_domain::{Area, CharOffset, CharRange, Citation, CitationMethod, Place};
use hearth_store::{Store, StoreError};

use crate::trash::make_note;
use crate::{moving_clock, new_id, open_store};

#[tokio::test]
async fn a_changed_note_keeps_the_time_of_its_making_and_comes_first() {
    let dir = tempfile::tempdir().unwrap();
    let (time, clock) = moving_clock();
    let store = Store::open(dir.path(), clock).await.unwrap();
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap().id;
    let mut first = store.save_note(&make_note(notebook, "First")).await.unwrap();
    time.fetch_add(1000, Ordering::Relaxed);
    let second = store.save_note(&make_note(notebook, "Second")).await.unwrap();
    time.fetch_add(1000, Ordering::Relaxed);
    first.body = "changed".into();
    let changed = store.save_note(&first).await.unwrap();
    assert_eq!((changed.created_at, changed.body.as_str()), (first.created_at, "changed"));
    assert_eq!(changed.updated_at.as_millisecond(), 1_002_000);
    let listed: Vec<_> = store.list_notes(notebook).await.unwrap().into_iter().map(|note| note.id).collect();
    assert_eq!(listed, [first.id, second.id]);
}

#[tokio::test]
async fn citations_of_a_note_come_back_with_places_of_each_kind() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap().id;
    let starts = "2027-03-12T09:00:00".parse().unwrap();
    let area = Area { x: 0.1, y: 0.25, width: 0.5, height: 0.0125 };
    let mut note = make_note(notebook, "Note");
    note.citations = vec![Citation {
        id: new_id(),
        number: 1,
        at: CharOffset(4),
        covers: CharRange::new(0, 4),
        source_id: new_id(),
        revision: new_id(),
        source_title: "Händbuch \"1\".pdf".into(),
        range: CharRange::new(7, 12),
        quote: "größer\n𝄞".into(),
        places: vec![
            Place::Page { page: 3, boxes: vec![area] },
            Place::Time { start_ms: 1, end_ms: u64::from(u32::MAX) + 1, speaker: Some("2".into()) },
            Place::Rows { sheet: None, first: 1, last: 1_048_576 },
            Place::Event { starts, ends: None, summary: "Chimney sweep".into() },
        ],
        found_by: CitationMethod::Alignment,
    }];
    assert_eq!(store.save_note(&note).await.unwrap().citations, note.citations);
}

#[tokio::test]
async fn notes_in_the_trash_and_of_deleted_notebooks_are_not_searched() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap().id;
    let other = store.create_notebook(new_id(), "Other", "📓").await.unwrap().id;
    let kept = store.save_note(&make_note(notebook, "Kept")).await.unwrap();
    let deleted = store.save_note(&make_note(notebook, "Deleted")).await.unwrap();
    let of_other = store.save_note(&make_note(other, "Of the other")).await.unwrap();
    store.delete_note(deleted.id).await.unwrap();
    assert!(matches!(store.delete_note(deleted.id).await, Err(StoreError::NotFound("note"))));
    assert_eq!(store.list_searchable_notes(Some(notebook)).await.unwrap(), vec![kept.clone()]);
    assert_eq!(store.list_searchable_notes(None).await.unwrap().len(), 2);
    store.delete_notebook(other).await.unwrap();
    assert_eq!(store.list_searchable_notes(None).await.unwrap(), [kept]);
    let refused = store.save_note(&of_other).await;
    assert!(matches!(refused, Err(StoreError::NotFound("notebook"))), "{refused:?}");
    store.restore_from_trash(&deleted.id.to_string()).await.unwrap();
    assert_eq!(store.get_note(deleted.id).await.unwrap(), deleted);
}
