//! Notebooks, their sources, and what is selected for questions.

use hearth_domain::{Guide, RevisionId, SourceId};
use hearth_store::{RevisionMetadata, Store, StoreError};

use crate::revisions::{add_ready_source, sample_revision};
use crate::{add_source, new_id, open_store};

#[tokio::test]
async fn a_selection_with_a_source_of_another_notebook_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap().id;
    let other = store.create_notebook(new_id(), "Other", "📓").await.unwrap().id;
    let first = add_source(&store, notebook, "first").await.source.id;
    let second = add_source(&store, notebook, "second").await.source.id;
    let foreign = add_source(&store, other, "foreign").await.source.id;
    assert_eq!(store.list_selected_sources(notebook).await.unwrap(), [first, second], "all at first");
    store.select_sources(notebook, &[second]).await.unwrap();
    let refused = store.select_sources(notebook, &[first, foreign]).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    assert_eq!(store.list_selected_sources(notebook).await.unwrap(), [second]);
    assert_eq!(store.list_notebook_source_keys(notebook, true).await.unwrap().len(), 1);
    assert_eq!(store.list_notebook_source_keys(notebook, false).await.unwrap().len(), 2);
    store.delete_source(second).await.unwrap();
    assert!(store.list_selected_sources(notebook).await.unwrap().is_empty());
    assert_eq!(store.list_notebook_source_keys(notebook, false).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_source_goes_to_the_trash_with_the_last_notebook_that_it_is_removed_from() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let first = store.create_notebook(new_id(), "One", "📓").await.unwrap().id;
    let second = store.create_notebook(new_id(), "Two", "📓").await.unwrap().id;
    let source = add_source(&store, first, "text").await.source.id;
    add_source(&store, second, "text").await;
    let holders = store.list_notebooks_by_source(&[source]).await.unwrap();
    assert_eq!(holders[&source].len(), 2);
    assert!(!store.remove_source_from_notebook(first, source).await.unwrap());
    assert!(store.get_source(source).await.is_ok());
    let again = store.remove_source_from_notebook(first, source).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))), "{again:?}");
    assert!(store.remove_source_from_notebook(second, source).await.unwrap());
    assert!(store.get_source(source).await.is_err());
    // Restored, it is in the notebook that had it last.
    store.restore_from_trash(&source.to_string()).await.unwrap();
    assert_eq!(store.get_notebook(first).await.unwrap().source_count, 0);
    assert_eq!(store.list_sources(second).await.unwrap()[0].id, source);
}

#[tokio::test]
async fn notebooks_are_listed_in_pages_and_a_change_leaves_the_other_fields() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let mut ids = Vec::new();
    for title in ["One", "Two", "Three"] {
        ids.push(store.create_notebook(new_id(), title, "📓").await.unwrap().id);
    }
    ids.sort_unstable();
    let page = store.list_notebooks(2, None).await.unwrap();
    assert_eq!(page.iter().map(|notebook| notebook.id).collect::<Vec<_>>(), [ids[2], ids[1]]);
    let rest = store.list_notebooks(2, Some(ids[1])).await.unwrap();
    assert_eq!(rest.iter().map(|notebook| notebook.id).collect::<Vec<_>>(), [ids[0]]);
    let changed = store.change_notebook(ids[0], None, Some("🔥"), Some("All of it")).await.unwrap();
    assert_eq!((changed.title, changed.emoji), (rest[0].title.clone(), "🔥".to_owned()));
    assert_eq!(changed.description, "All of it");
    store.delete_notebook(ids[0]).await.unwrap();
    let gone = store.change_notebook(ids[0], Some("x"), None, None).await;
    assert!(matches!(gone, Err(StoreError::NotFound("notebook"))), "{gone:?}");
}

/// A ready source whose guide is made of its own sentences.
async fn add_source_with_guide(store: &Store, text: &str) -> (SourceId, RevisionId) {
    let (source, first) = add_ready_source(store, text).await;
    let revision: RevisionId = new_id();
    let guide = Some(Guide { summary: text.into(), ..Guide::default() });
    let metadata = RevisionMetadata { guide, ..RevisionMetadata::default() };
    store.save_revision(source, new_id(), revision, &sample_revision(text), &metadata).await.unwrap();
    store.finish_revision(source, revision).await.unwrap();
    assert_ne!(first, revision);
    (source, revision)
}

#[tokio::test]
async fn a_model_is_asked_once_for_the_guide_of_each_reading() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let (old, old_revision) = add_source_with_guide(&store, "older text").await;
    let (new, revision) = add_source_with_guide(&store, "newer text").await;
    assert_eq!(store.find_source_without_guide(&[]).await.unwrap(), Some(new), "the newest first");
    assert_eq!(store.find_source_without_guide(&[new]).await.unwrap(), Some(old));
    // The model gave nothing useful: the guide stays, and it is not asked again.
    store.save_guide(new, revision, None, "m").await.unwrap();
    assert_eq!(store.get_source(new).await.unwrap().guide.unwrap().summary, "newer text");
    assert_eq!(store.find_source_without_guide(&[]).await.unwrap(), Some(old));
    // A guide of a reading that another has replaced comes too late.
    let late = Guide { summary: "late".into(), ..Guide::default() };
    store.save_guide(old, new_id(), Some(&late), "m").await.unwrap();
    assert_eq!(store.get_source(old).await.unwrap().guide.unwrap().summary, "older text");
    store.save_guide(old, old_revision, Some(&late), "m").await.unwrap();
    assert_eq!(store.get_source(old).await.unwrap().guide, Some(late));
    assert_eq!(store.find_source_without_guide(&[]).await.unwrap(), None);
}
