//! Where models are kept: the Hugging Face cache layout, so that other programs' downloads serve.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::{CatalogueEntry, FileEntry};

/// How the folders of one's own models begin, and the file in them that says what they are.
const OWN: &str = "models--local--";
const ENTRY: &str = "model.json";

/// A model's files, all there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFiles {
    pub folder: PathBuf,
}

impl ModelFiles {
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }
}

/// The folder of all models.
#[derive(Clone, Debug)]
pub struct ModelCache {
    root: PathBuf,
}

impl ModelCache {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `models--organisation--name`.
    fn repository(&self, entry: &CatalogueEntry) -> PathBuf {
        self.root.join(format!("models--{}", entry.hub.replace('/', "--")))
    }

    /// Where a download puts a model's files.
    pub fn snapshot(&self, entry: &CatalogueEntry) -> PathBuf {
        self.repository(entry).join("snapshots").join("main")
    }

    /// The model's files, when all are there in one snapshot with the right sizes.
    pub fn find(&self, entry: &CatalogueEntry) -> Option<ModelFiles> {
        let snapshots = fs::read_dir(self.repository(entry).join("snapshots")).ok()?;
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

    /// Copies a model's files from a folder, after checking each.
    pub fn import(&self, entry: &CatalogueEntry, folder: &Path) -> io::Result<ModelFiles> {
        let target = self.snapshot(entry);
        fs::create_dir_all(&target)?;
        for file in &entry.files {
            let partial = target.join(format!("{}.incomplete", file.path));
            fs::copy(folder.join(&file.path), &partial)?;
            self.finish(entry, &file.path, &partial)?;
        }
        Ok(ModelFiles { folder: target })
    }

    /// The models that someone added from files of their own.
    pub fn own(&self) -> Vec<CatalogueEntry> {
        let folders = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let folders = folders.filter(|folder| folder.file_name().to_string_lossy().starts_with(OWN));
        let entries = folders.filter_map(|folder| fs::read(folder.path().join(ENTRY)).ok());
        entries.filter_map(|bytes| serde_json::from_slice(&bytes).ok()).collect()
    }

    /// Copies a file as a model of one's own. What the file is, is the caller's business.
    pub fn add_own(&self, id: &str, task: &str, file: &Path) -> io::Result<CatalogueEntry> {
        let name = file.file_name().and_then(|name| name.to_str()).ok_or(io::ErrorKind::InvalidInput)?;
        let entry = CatalogueEntry {
            id: id.to_owned(),
            task: task.to_owned(),
            name: id.to_owned(),
            about: "A file of your own.".into(),
            licence: "unknown".into(),
            hub: format!("local/{id}"),
            address: None,
            languages: Vec::new(),
            embed: None,
            pypi: None,
            files: vec![FileEntry {
                path: name.to_owned(),
                size: Some(fs::metadata(file)?.len()),
                sha256: Some(sha256_of(file)?),
            }],
        };
        // Another file of the same name, and what it was before, make way.
        let before = self.snapshot(&entry);
        if before.is_dir() {
            fs::remove_dir_all(&before)?;
        }
        self.import(&entry, file.parent().unwrap_or_else(|| Path::new(".")))?;
        fs::write(self.repository(&entry).join(ENTRY), serde_json::to_vec_pretty(&entry)?)?;
        Ok(entry)
    }

    /// Deletes a model's files; others of the same repository stay.
    pub fn remove(&self, entry: &CatalogueEntry) -> io::Result<bool> {
        let Some(files) = self.find(entry) else {
            return Ok(false);
        };
        if entry.hub.starts_with("local/") {
            fs::remove_dir_all(self.repository(entry))?;
            return Ok(true);
        }
        for file in &entry.files {
            fs::remove_file(files.path(&file.path))?;
        }
        Ok(true)
    }

    /// Checks a finished file against the catalogue, or against the sum recorded when it was
    /// first had, and puts it in its place.
    pub(crate) fn finish(&self, entry: &CatalogueEntry, file: &str, partial: &Path) -> io::Result<()> {
        let sum = sha256_of(partial)?;
        let record = self.repository(entry).join("sums.json");
        let mut recorded: HashMap<String, String> =
            fs::read(&record).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let known = entry.files.iter().find(|known| known.path == file);
        let expected = known.and_then(|known| known.sha256.clone()).or_else(|| recorded.get(file).cloned());
        if let Some(expected) = expected
            && expected != sum
        {
            fs::remove_file(partial)?;
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{file} has the checksum {sum} instead of {expected}"),
            ));
        }
        fs::rename(partial, self.snapshot(entry).join(file))?;
        recorded.insert(file.to_owned(), sum);
        fs::write(&record, serde_json::to_vec_pretty(&recorded)?)
    }
}

fn sha256_of(path: &Path) -> io::Result<String> {
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
