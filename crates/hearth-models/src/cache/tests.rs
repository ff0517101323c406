//! Tests of the model cache, in a temporary folder.

use super::*;

/// SHA-256 of `abc` (FIPS 180-4, example B.1).
const ABC_SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// Entry with these files (path, size, SHA-256).
fn entry(files: &[(&str, Option<u64>, Option<&str>)]) -> CatalogueEntry {
    let file = |&(path, size, sha256): &(&str, Option<u64>, Option<&str>)| FileEntry {
        path: path.to_owned(),
        size,
        sha256: sha256.map(str::to_owned),
    };
    CatalogueEntry {
        id: "small".into(),
        task: ModelTask::Embed,
        name: "Small".into(),
        about: String::new(),
        licence: "MIT".into(),
        hub: "house/small".into(),
        address: None,
        languages: Vec::new(),
        embed: None,
        pypi: None,
        files: files.iter().map(file).collect(),
    }
}

fn write_file(folder: &Path, name: &str, content: &str) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(name), content).unwrap();
    folder.join(name)
}

/// Names of the files of a folder, sorted.
fn list_names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_model_is_complete_if_one_snapshot_has_all_its_files() {
    let root = tempfile::tempdir().unwrap();
    let cache = ModelCache::new(root.path());
    let entry = entry(&[("config.json", None, None), ("weights.bin", Some(3), None)]);
    assert_eq!(cache.find_files(&entry), None);
    // Snapshots of other programs have the names of commits.
    let snapshots = root.path().join("models--house--small/snapshots");
    write_file(&snapshots.join("0a1b"), "config.json", "{}");
    write_file(&snapshots.join("2c3d"), "weights.bin", "abc");
    assert_eq!(cache.find_files(&entry), None);
    write_file(&snapshots.join("0a1b"), "weights.bin", "ab");
    assert_eq!(cache.find_files(&entry), None);
    write_file(&snapshots.join("2c3d"), "config.json", "{}");
    assert_eq!(cache.find_files(&entry), Some(ModelFiles { folder: snapshots.join("2c3d") }));
}

#[test]
fn an_imported_file_with_another_checksum_is_refused_and_deleted() {
    let (root, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cache = ModelCache::new(root.path());
    let entry = entry(&[("weights.bin", Some(3), Some(ABC_SHA256))]);
    write_file(source.path(), "weights.bin", "abd");
    let error = cache.import_model(&entry, source.path()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(error.to_string().contains(ABC_SHA256), "{error}");
    assert!(list_names(&cache.snapshot_folder(&entry)).is_empty());
    write_file(source.path(), "weights.bin", "abc");
    let files = cache.import_model(&entry, source.path()).unwrap();
    assert_eq!(fs::read(files.path("weights.bin")).unwrap(), b"abc");
    assert_eq!(cache.find_files(&entry), Some(files));
}

#[test]
fn a_file_without_a_listed_checksum_must_stay_as_it_was_first() {
    let (root, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cache = ModelCache::new(root.path());
    let entry = entry(&[("tokenizer.json", None, None)]);
    write_file(source.path(), "tokenizer.json", "first");
    cache.import_model(&entry, source.path()).unwrap();
    assert!(cache.remove(&entry).unwrap());
    write_file(source.path(), "tokenizer.json", "other");
    let error = cache.import_model(&entry, source.path()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    write_file(source.path(), "tokenizer.json", "first");
    assert!(cache.import_model(&entry, source.path()).is_ok());
}

#[test]
fn removing_a_model_leaves_the_other_files_of_its_repository() {
    let root = tempfile::tempdir().unwrap();
    let cache = ModelCache::new(root.path());
    let entry = entry(&[("a.bin", Some(1), None), ("b.bin", Some(1), None)]);
    let folder = cache.snapshot_folder(&entry);
    write_file(&folder, "a.bin", "a");
    write_file(&folder, "README.md", "text");
    // An incomplete model is not removed.
    assert!(!cache.remove(&entry).unwrap());
    write_file(&folder, "b.bin", "b");
    assert!(cache.remove(&entry).unwrap());
    assert_eq!(list_names(&folder), ["README.md"]);
    assert!(!cache.remove(&entry).unwrap());
}

#[test]
fn a_model_of_the_user_is_listed_until_it_is_removed() {
    let (root, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cache = ModelCache::new(root.path());
    assert!(cache.list_own_models().is_empty());
    let file = write_file(source.path(), "ggml-own.bin", "abc");
    let added = cache.add_own_model("own", ModelTask::Transcribe, &file).unwrap();
    assert_eq!(added.files, entry(&[("ggml-own.bin", Some(3), Some(ABC_SHA256))]).files);
    // Another cache in the same folder is what the next start of the program has.
    let cache = ModelCache::new(root.path());
    assert_eq!(cache.list_own_models(), std::slice::from_ref(&added));
    assert!(cache.find_files(&added).is_some());
    assert!(cache.remove(&added).unwrap());
    assert!(cache.list_own_models().is_empty());
    assert!(file.exists());
}

#[test]
fn a_model_of_the_user_replaces_the_one_with_its_id() {
    let (root, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cache = ModelCache::new(root.path());
    let first = write_file(source.path(), "first.bin", "one");
    let first = cache.add_own_model("own", ModelTask::Transcribe, &first).unwrap();
    let second = write_file(source.path(), "second.bin", "two!");
    let second = cache.add_own_model("own", ModelTask::Transcribe, &second).unwrap();
    assert_eq!(cache.list_own_models(), std::slice::from_ref(&second));
    assert_eq!(cache.find_files(&first), None);
    // The file in the cache itself, added once more.
    let file = cache.find_files(&second).unwrap().path("second.bin");
    assert_eq!(cache.add_own_model("own", ModelTask::Transcribe, &file).unwrap(), second);
    assert_eq!(fs::read(file).unwrap(), b"two!");
    // A file that is missing replaces nothing.
    assert!(cache.add_own_model("own", ModelTask::Transcribe, &source.path().join("third.bin")).is_err());
    assert!(cache.find_files(&second).is_some());
}
