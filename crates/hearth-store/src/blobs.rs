//! Originals, kept by what they contain: `blobs/ab/abcdef…`.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::fs;
use tokio::io::AsyncWriteExt;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use crate::StoreError;

/// The folder of originals.
#[derive(Clone, Debug)]
pub struct Blobs {
    folder: PathBuf,
    /// Open to those who keep bytes and register them; shut while bytes that nothing refers to are
    /// removed.
    gate: Arc<RwLock<()>>,
}

/// Bytes that are being written and belong to nothing yet; removed when dropped.
#[derive(Debug)]
pub struct StagedBlob {
    path: PathBuf,
    file: fs::File,
    hash: Sha256,
    bytes: u64,
    kept: bool,
}

impl Blobs {
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        let staging = folder.join("incoming");
        // What a killed process left half written belongs to nothing.
        if staging.exists() {
            std::fs::remove_dir_all(&staging)?;
        }
        std::fs::create_dir_all(&staging)?;
        Ok(Self { folder, gate: Arc::default() })
    }

    /// Held from before a blob is kept until a source refers to it: meanwhile none is removed.
    pub async fn entering(&self) -> OwnedRwLockReadGuard<()> {
        Arc::clone(&self.gate).read_owned().await
    }

    pub(crate) async fn shut(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.gate).write_owned().await
    }

    fn path(&self, sha256: &str) -> PathBuf {
        self.folder.join(&sha256[..2]).join(sha256)
    }

    /// Where something may be written that is needed for a while; what is left is removed at the next start.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.folder.join("incoming").join(name)
    }

    /// Starts a blob under a name of the caller's making.
    pub async fn stage(&self, name: &str) -> Result<StagedBlob, StoreError> {
        let path = self.folder.join("incoming").join(name);
        Ok(StagedBlob {
            file: fs::File::create_new(&path).await?,
            path,
            hash: Sha256::new(),
            bytes: 0,
            kept: false,
        })
    }

    /// Makes a staged blob permanent; says its SHA-256 and size.
    pub async fn keep(&self, mut staged: StagedBlob) -> Result<(String, u64), StoreError> {
        staged.file.sync_all().await?;
        let hash = std::mem::replace(&mut staged.hash, Sha256::new()).finalize();
        let sha256: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let target = self.path(&sha256);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).await?;
        }
        fs::rename(&staged.path, &target).await?;
        staged.kept = true;
        Ok((sha256, staged.bytes))
    }

    /// Removes all blobs but these; the gate must be shut.
    pub(crate) async fn keep_only(&self, sums: &HashSet<String>) -> Result<(), StoreError> {
        let mut folders = fs::read_dir(&self.folder).await?;
        while let Some(folder) = folders.next_entry().await? {
            if folder.file_name() == "incoming" || !folder.file_type().await?.is_dir() {
                continue;
            }
            let mut files = fs::read_dir(folder.path()).await?;
            while let Some(file) = files.next_entry().await? {
                if !file.file_name().to_str().is_some_and(|name| sums.contains(name)) {
                    fs::remove_file(file.path()).await?;
                }
            }
        }
        Ok(())
    }

    /// A blob, to be read.
    pub async fn open_blob(&self, sha256: &str) -> Result<fs::File, StoreError> {
        Ok(fs::File::open(self.file(sha256)?).await?)
    }

    /// Where a blob is.
    pub fn file(&self, sha256: &str) -> Result<PathBuf, StoreError> {
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(StoreError::NotFound("original"));
        }
        let path = self.path(sha256);
        if !Path::exists(&path) {
            return Err(StoreError::NotFound("original"));
        }
        Ok(path)
    }
}

impl StagedBlob {
    /// Opens what was written, to be read from its beginning.
    pub async fn reopened(&self) -> Result<fs::File, StoreError> {
        Ok(fs::File::open(&self.path).await?)
    }

    /// Appends bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.write_all(bytes).await?;
        // Errors of an earlier write come out here, where they can still be told.
        self.file.flush().await?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Where the bytes are until they are kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes it has.
    pub fn len(&self) -> u64 {
        self.bytes
    }

    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }
}

impl Drop for StagedBlob {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing refers to it; if it cannot be removed, the next start does.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
