//! Passages and vectors, as indexes and prompts ask for them.

use hearth_domain::{JobPayload, Lane, RevisionId, SourceId};
use hearth_store::{PassageRow, RevisionMetadata, Store};

use crate::revisions::{add_ready_source, sample_passage, sample_revision};
use crate::{new_id, open_store};

/// A ready source with the passages "abcd", "efgh" and "ijkl" of these ordinals.
async fn add_three_passages(store: &Store) -> (SourceId, RevisionId, Vec<PassageRow>) {
    let text = "abcdefghijkl";
    let (source, revision) = add_ready_source(store, text).await;
    let more = [4, 8].map(|start| sample_passage(source, revision, text, start, start + 4));
    store.save_passages(revision, &more).await.unwrap();
    let rows = store.list_passages(source).await.unwrap();
    assert_eq!(texts(&rows), ["abcd", "efgh", "ijkl"]);
    (source, revision, rows)
}

fn texts(rows: &[PassageRow]) -> Vec<&str> {
    rows.iter().map(|row| row.passage.text.as_str()).collect()
}

#[tokio::test]
async fn passages_come_in_the_order_of_the_keys_without_those_that_are_gone() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let (source, _, rows) = add_three_passages(&store).await;
    let keys = [rows[2].key, 9999, rows[0].key];
    assert_eq!(texts(&store.get_passages_by_key(&keys).await.unwrap()), ["ijkl", "abcd"]);
    store.delete_source(source).await.unwrap();
    assert!(store.get_passages_by_key(&keys).await.unwrap().is_empty(), "the source is in the trash");
    store.restore_from_trash(&source.to_string()).await.unwrap();
    assert_eq!(store.get_passages_by_key(&keys).await.unwrap().len(), 2);
}

#[tokio::test]
async fn neighbours_are_of_the_same_revision() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let (_, revision, _) = add_three_passages(&store).await;
    add_ready_source(&store, "zzzz of another source").await;
    let neighbours = store.list_passages_by_ordinal(revision, 0..=5).await.unwrap();
    assert_eq!(texts(&neighbours), ["abcd", "efgh"]);
}

#[tokio::test]
async fn what_an_embedder_has_still_to_do_is_counted_by_embedder() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let (source, _, rows) = add_three_passages(&store).await;
    store.save_vectors("old", &[(rows[0].key, vec![1.0]), (rows[1].key, vec![2.0])]).await.unwrap();
    store.save_vectors("new", &[(rows[0].key, vec![3.0])]).await.unwrap();
    // A vector that is there stays.
    store.save_vectors("new", &[(rows[0].key, vec![4.0])]).await.unwrap();
    assert_eq!(store.count_passages_without_vector("old").await.unwrap(), (3, 1));
    assert_eq!(store.count_passages_without_vector("new").await.unwrap(), (3, 2));
    let waiting = store.list_passages_without_vector("new", 1).await.unwrap();
    assert_eq!(texts(&waiting), ["efgh"]);
    store.delete_vectors_except("new").await.unwrap();
    assert_eq!(store.count_passages_without_vector("old").await.unwrap(), (3, 3));
    let vectors = store.list_vectors(source, None, "new").await.unwrap();
    assert_eq!(vectors.into_iter().map(|row| row.vector).collect::<Vec<_>>(), [vec![3.0]]);
}

#[tokio::test]
async fn passages_of_a_reading_that_is_not_done_are_not_embedded_anew_or_indexed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let (source, first) = add_ready_source(&store, "first").await;
    let payload = JobPayload::Reread { source_id: source, revision: first };
    let job = store.add_job(new_id(), &payload).await.unwrap().id;
    store.claim_job(&[(Lane::Reading, 1)]).await.unwrap();
    let second: RevisionId = new_id();
    let metadata = RevisionMetadata { language: Some("fr".into()), ..RevisionMetadata::default() };
    store.save_revision(source, job, second, &sample_revision("second"), &metadata).await.unwrap();
    store.save_passages(second, &[sample_passage(source, second, "second", 0, 6)]).await.unwrap();
    assert_eq!(texts(&store.list_passages_without_vector("e", 10).await.unwrap()), ["firs"]);
    assert_eq!(store.count_passages_without_vector("e").await.unwrap(), (1, 1));
    assert!(store.list_languages().await.unwrap().is_empty());
    store.finish_revision(source, second).await.unwrap();
    assert_eq!(texts(&store.list_passages_without_vector("e", 10).await.unwrap()), ["second"]);
    assert_eq!(store.list_languages().await.unwrap(), ["fr"]);
}
