//! Originals on disk.

use std::fs;

use hearth_store::StoreError;
use tokio::io::AsyncReadExt;

use crate::open_store;

/// SHA-256 of "abc" (FIPS 180-2, appendix B.1).
const ABC_SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

#[tokio::test]
async fn an_original_is_found_under_the_checksum_of_its_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    for name in ["first", "second"] {
        let mut staged = store.blobs().stage_blob(name).await.unwrap();
        staged.write(b"a").await.unwrap();
        staged.write(b"bc").await.unwrap();
        assert_eq!(store.blobs().commit_blob(staged).await.unwrap(), (ABC_SHA256.to_owned(), 3));
    }
    let mut text = String::new();
    store.blobs().open_blob(ABC_SHA256).await.unwrap().read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "abc");
    assert_eq!(fs::read_dir(dir.path().join("blobs/ba")).unwrap().count(), 1, "the same bytes once");
    for unknown in ["", "ba", &ABC_SHA256.to_uppercase()[..63], &"é".repeat(32)] {
        let found = store.blobs().find_blob_path(unknown);
        assert!(matches!(found, Err(StoreError::NotFound("original"))), "{unknown}");
    }
}

#[tokio::test]
async fn bytes_that_belong_to_no_source_yet_leave_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let incoming = dir.path().join("blobs/incoming");
    let mut staged = store.blobs().stage_blob("a").await.unwrap();
    staged.write(b"half of a file").await.unwrap();
    let mut text = String::new();
    staged.open_for_reading().await.unwrap().read_to_string(&mut text).await.unwrap();
    assert_eq!((text.as_str(), staged.len()), ("half of a file", 14));
    assert!(store.blobs().stage_blob("a").await.is_err(), "the name is taken");
    drop(staged);
    assert_eq!(fs::read_dir(&incoming).unwrap().count(), 0);
    // A process that was killed could not remove its own.
    fs::write(incoming.join("b"), "left").unwrap();
    store.close().await;
    open_store(dir.path()).await;
    assert_eq!(fs::read_dir(&incoming).unwrap().count(), 0);
}
