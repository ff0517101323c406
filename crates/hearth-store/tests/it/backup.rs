//! Backups: written while the library is open, verified from end to end, restored at the next start.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use hearth_domain::{NotebookId, Source};
use hearth_store::{BackupManifest, StoreError, apply_restore, prepare_restore, verify_backup};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::{add_source, new_id, open_store};

/// Name and bytes of an entry.
type Entry = (String, Vec<u8>);
type Damage = fn(&mut Vec<Entry>);

fn read_entries(file: &Path) -> Vec<Entry> {
    let mut archive = ZipArchive::new(File::open(file).unwrap()).unwrap();
    let mut entries = Vec::new();
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        entries.push((entry.name().unwrap().into_owned(), bytes));
    }
    entries
}

fn write_entries(file: &Path, entries: &[Entry]) {
    let mut archive = ZipWriter::new(File::create(file).unwrap());
    for (name, bytes) in entries {
        archive.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
}

fn find_entry<'a>(entries: &'a mut [Entry], start: &str) -> &'a mut Vec<u8> {
    &mut entries.iter_mut().find(|(name, _)| name.starts_with(start)).unwrap().1
}

fn change_manifest(entries: &mut [Entry], field: &str, value: Value) {
    let bytes = find_entry(entries, "manifest.json");
    let mut manifest: Value = serde_json::from_slice(bytes).unwrap();
    manifest[field] = value;
    *bytes = serde_json::to_vec(&manifest).unwrap();
}

/// Runs a statement on the database of a backup, whose checksum is right afterwards.
async fn change_database(entries: &mut [Entry], statement: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("library.db");
    let bytes = find_entry(entries, "library.db");
    fs::write(&path, &*bytes).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    *bytes = fs::read(&path).unwrap();
    let sum: String = Sha256::digest(&*bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    change_manifest(entries, "database_sha256", json!(sum));
}

/// A library with a notebook and a source, and its backup.
async fn make_backup(data: &Path) -> (NotebookId, Source, PathBuf, BackupManifest) {
    let store = open_store(data).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    let source = add_source(&store, notebook.id, "kept in the backup").await.source;
    let file = data.join("a.zip");
    let manifest = store.write_backup(&file).await.unwrap();
    store.close().await;
    (notebook.id, source, file, manifest)
}

#[tokio::test]
async fn a_backup_counts_what_is_not_deleted_and_has_every_original() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    let deleted = store.create_notebook(new_id(), "Deleted", "📓").await.unwrap();
    add_source(&store, notebook.id, "kept").await;
    let in_trash = add_source(&store, deleted.id, "in the trash").await.source;
    store.delete_notebook(deleted.id).await.unwrap();
    let file = dir.path().join("a.zip");
    let manifest = store.write_backup(&file).await.unwrap();
    assert_eq!((manifest.notebooks, manifest.sources, manifest.originals), (1, 1, 2));
    assert_eq!(verify_backup(&file, dir.path()).await.unwrap(), manifest);
    assert!(!dir.path().join("verifying").exists(), "nothing is left of the check");
    let name = format!("blobs/{}", in_trash.sha256);
    let entries = read_entries(&file);
    let original = entries.iter().find(|(entry, _)| *entry == name).unwrap();
    assert_eq!(original.1, b"in the trash");
}

#[tokio::test]
async fn a_backup_that_would_lack_an_original_is_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap();
    let source = add_source(&store, notebook.id, "text").await.source;
    fs::remove_file(store.blobs().find_blob_path(&source.sha256).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let result = store.write_backup(&folder.path().join("a.zip")).await;
    assert!(matches!(result, Err(StoreError::NotFound("original"))), "{result:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_restored_library_is_that_of_the_backup_and_the_one_before_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (notebook, source, file, manifest) = make_backup(dir.path()).await;
    let store = open_store(dir.path()).await;
    let later = add_source(&store, notebook, "added after the backup").await.source;
    store.close().await;
    fs::create_dir_all(dir.path().join("index/words")).unwrap();
    assert!(!apply_restore(dir.path()).unwrap(), "nothing was prepared");
    assert_eq!(prepare_restore(&file, dir.path()).await.unwrap(), manifest);
    assert!(apply_restore(dir.path()).unwrap());
    assert!(!apply_restore(dir.path()).unwrap(), "once");

    let store = open_store(dir.path()).await;
    assert_eq!(store.list_sources(notebook).await.unwrap().len(), 1);
    assert_eq!(store.get_source(source.id).await.unwrap(), source);
    let bytes = fs::read(store.blobs().find_blob_path(&source.sha256).unwrap()).unwrap();
    assert_eq!(bytes, b"kept in the backup");
    assert!(store.blobs().find_blob_path(&later.sha256).is_err());
    assert!(!dir.path().join("index").exists(), "it is made anew");
    store.close().await;
    let previous = open_store(&dir.path().join("before-restore-0")).await;
    assert_eq!(previous.list_sources(notebook).await.unwrap().len(), 2);
    assert!(previous.blobs().find_blob_path(&later.sha256).is_ok());
}

#[tokio::test]
async fn a_restore_in_which_the_process_died_goes_on_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let (notebook, source, file, _) = make_backup(dir.path()).await;
    prepare_restore(&file, dir.path()).await.unwrap();
    // It died when the originals were in place already, and the database was not.
    let aside = dir.path().join("before-restore-0");
    fs::create_dir_all(&aside).unwrap();
    fs::rename(dir.path().join("blobs"), aside.join("blobs")).unwrap();
    fs::rename(dir.path().join("restoring/blobs"), dir.path().join("blobs")).unwrap();
    assert!(apply_restore(dir.path()).unwrap());
    assert!(aside.join("library.db").exists() && aside.join("blobs").exists());
    assert!(!dir.path().join("restoring").exists() && !dir.path().join("before-restore-1").exists());
    let store = open_store(dir.path()).await;
    assert_eq!(store.list_sources(notebook).await.unwrap(), [source]);
}

/// Checks that a changed backup is refused with a reason, and that nothing of it is restored.
async fn check_refusal(file: &Path, reason: &str) {
    let data = tempfile::tempdir().unwrap();
    let verified = verify_backup(file, data.path()).await;
    let restored = prepare_restore(file, data.path()).await;
    for result in [verified, restored] {
        assert!(matches!(&result, Err(StoreError::BadBackup(_))), "{reason}: {result:?}");
        assert!(result.unwrap_err().to_string().contains(reason), "{reason}");
    }
    assert!(!apply_restore(data.path()).unwrap(), "{reason}");
}

#[tokio::test]
async fn each_damage_of_a_backup_is_found_before_anything_is_restored() {
    let dir = tempfile::tempdir().unwrap();
    let (_, source, file, _) = make_backup(dir.path()).await;
    let entries = read_entries(&file);
    let changed = dir.path().join("changed.zip");
    let is_original = |name: &str| name.starts_with("blobs/");
    let damages: [(&str, Damage); 7] = [
        ("checksum of blobs/", |entries| find_entry(entries, "blobs/")[0] ^= 1),
        ("checksum of library.db", |entries| find_entry(entries, "library.db").push(0)),
        ("the database is missing", |entries| entries.retain(|(name, _)| name != "library.db")),
        ("does not belong", |entries| entries.push(("../evil".into(), vec![1]))),
        ("newer version", |entries| change_manifest(entries, "version", json!(2))),
        ("does not match the manifest", |entries| change_manifest(entries, "sources", json!(7))),
        ("", |entries| entries.retain(|(name, _)| name != "manifest.json")),
    ];
    for (reason, damage) in damages {
        let mut damaged = entries.clone();
        damage(&mut damaged);
        write_entries(&changed, &damaged);
        check_refusal(&changed, reason).await;
    }
    let mut without_original = entries.clone();
    without_original.retain(|(name, _)| !is_original(name));
    write_entries(&changed, &without_original);
    check_refusal(&changed, &format!("the original {} is missing", source.sha256)).await;
    let bytes = fs::read(&file).unwrap();
    fs::write(&changed, &bytes[..bytes.len() / 2]).unwrap();
    check_refusal(&changed, "").await;
    assert!(!dir.path().join("evil").exists());
}

#[tokio::test]
async fn a_backup_whose_database_names_no_checksum_of_an_original_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (_, _, file, _) = make_backup(dir.path()).await;
    for sum in ["", "a", "é", "../../../etc/passwd"] {
        let mut entries = read_entries(&file);
        change_database(&mut entries, &format!("UPDATE sources SET sha256 = '{sum}'")).await;
        let changed = dir.path().join("changed.zip");
        write_entries(&changed, &entries);
        check_refusal(&changed, "is missing").await;
    }
}
