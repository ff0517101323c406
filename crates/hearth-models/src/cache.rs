//! Model cache in the Hugging Face layout, shared with the downloads of other programs.

use hearth_domain::ModelTask;
use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::{CatalogueEntry, FileEntry};

/// Prefix of the folders of the user's own models, and the file in them with their catalogue entry.
const OWN_FOLDER_PREFIX: &str = "models--local--";
const ENTRY_FILE_NAME: &str = "model.json";

/// Folder with the complete files of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFiles {
    pub folder: PathBuf,
}

impl ModelFiles {
    /// Path of one of the model's files.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }
}

/// Cache folder of all models.
#[derive(Clone, Debug)]
pub struct ModelCache {
    root: PathBuf,
}

impl ModelCache {
    /// Cache in the folder `root`, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Folder of the cache.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Folder of a model's repository, `models--organisation--name`.
    fn repository_folder(&self, entry: &CatalogueEntry) -> PathBuf {
        self.root.join(format!("models--{}", entry.hub.replace('/', "--")))
    }

    /// Folder into which a model's files are downloaded.
    pub fn snapshot_folder(&self, entry: &CatalogueEntry) -> PathBuf {
        self.repository_folder(entry).join("snapshots").join("main")
    }

    /// Files of a model, or `None` unless one snapshot has all of them with the right sizes.
    pub fn find_files(&self, entry: &CatalogueEntry) -> Option<ModelFiles> {
        let snapshots = fs::read_dir(self.repository_folder(entry).join("snapshots")).ok()?;
        snapshots
            .filter_map(|snapshot| Some(snapshot.ok()?.path()))
            .find(|folder| {
                entry.files.iter().all(|file| {
                    fs::metadata(folder.join(&file.path))
                        .is_ok_and(|meta| file.size.is_none_or(|size| size == meta.len()))
                })
            })
            .map(|folder| ModelFiles { folder })
    }

    /// Copies a model's files from a folder into the cache; `InvalidData` if a checksum differs.
    pub fn import_model(&self, entry: &CatalogueEntry, folder: &Path) -> io::Result<ModelFiles> {
        let target = self.snapshot_folder(entry);
        fs::create_dir_all(&target)?;
        for file in &entry.files {
            let partial = target.join(format!("{}.incomplete", file.path));
            fs::copy(folder.join(&file.path), &partial)?;
            self.install_file(entry, &file.path, &partial)?;
        }
        Ok(ModelFiles { folder: target })
    }

    /// Lists the models that the user added from files.
    pub fn list_own_models(&self) -> Vec<CatalogueEntry> {
        let folders = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let folders =
            folders.filter(|folder| folder.file_name().to_string_lossy().starts_with(OWN_FOLDER_PREFIX));
        let entries = folders.filter_map(|folder| fs::read(folder.path().join(ENTRY_FILE_NAME)).ok());
        entries.filter_map(|bytes| serde_json::from_slice(&bytes).ok()).collect()
    }

    /// Copies a file into the cache as the user's own model. The caller checks the file's format.
    pub fn add_own_model(&self, id: &str, task: ModelTask, file: &Path) -> io::Result<CatalogueEntry> {
        let name = file.file_name().and_then(|name| name.to_str()).ok_or(io::ErrorKind::InvalidInput)?;
        let entry = CatalogueEntry {
            id: id.to_owned(),
            task,
            name: id.to_owned(),
            about: "Your own model file.".into(),
            licence: "unknown".into(),
            hub: format!("local/{id}"),
            address: None,
            languages: Vec::new(),
            embed: None,
            pypi: None,
            files: vec![FileEntry {
                path: name.to_owned(),
                size: Some(fs::metadata(file)?.len()),
                sha256: Some(hash_file(file)?),
            }],
        };
        let files = self.import_model(&entry, file.parent().unwrap_or_else(|| Path::new(".")))?;
        // An earlier model with the same id is replaced, after the copy: `file` may be the earlier one.
        for other in fs::read_dir(&files.folder)? {
            let other = other?;
            if other.file_name() != name {
                fs::remove_file(other.path())?;
            }
        }
        fs::write(self.repository_folder(&entry).join(ENTRY_FILE_NAME), serde_json::to_vec_pretty(&entry)?)?;
        Ok(entry)
    }

    /// Deletes a model's files, but no other files of its repository. False if the files were not complete.
    pub fn remove(&self, entry: &CatalogueEntry) -> io::Result<bool> {
        let Some(files) = self.find_files(entry) else {
            return Ok(false);
        };
        if entry.hub.starts_with("local/") {
            fs::remove_dir_all(self.repository_folder(entry))?;
            return Ok(true);
        }
        for file in &entry.files {
            fs::remove_file(files.path(&file.path))?;
        }
        Ok(true)
    }

    /// Verifies a complete file's SHA-256 against the catalogue, or else against the sum of its first
    /// download, and moves it into the snapshot. `InvalidData` if the sums differ; the file is then deleted.
    pub(crate) fn install_file(&self, entry: &CatalogueEntry, file: &str, partial: &Path) -> io::Result<()> {
        let sum = hash_file(partial)?;
        let sums_file = self.repository_folder(entry).join("sums.json");
        let mut recorded: HashMap<String, String> = fs::read(&sums_file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let listed = entry.files.iter().find(|listed| listed.path == file);
        let expected =
            listed.and_then(|listed| listed.sha256.clone()).or_else(|| recorded.get(file).cloned());
        if let Some(expected) = expected
            && expected != sum
        {
            fs::remove_file(partial)?;
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{file} has the checksum {sum} instead of {expected}"),
            ));
        }
        fs::rename(partial, self.snapshot_folder(entry).join(file))?;
        recorded.insert(file.to_owned(), sum);
        fs::write(&sums_file, serde_json::to_vec_pretty(&recorded)?)
    }
}

/// SHA-256 of a file, in hex.
fn hash_file(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests;
