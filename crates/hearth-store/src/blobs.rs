//! Originals, addressed by the SHA-256 of their content: `blobs/ab/abcdef…`.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::fs;
use tokio::io::AsyncWriteExt;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use crate::StoreError;

/// The content-addressed folder of originals.
#[derive(Clone, Debug)]
pub struct BlobStore {
    folder: PathBuf,
    /// Read-locked while blobs are committed and registered; write-locked while blobs without a source
    /// are removed.
    cleanup_lock: Arc<RwLock<()>>,
}

/// A blob that is being written and belongs to no source yet; removed on drop unless committed.
#[derive(Debug)]
pub struct StagedBlob {
    path: PathBuf,
    file: fs::File,
    hash: Sha256,
    bytes: u64,
    is_committed: bool,
}

impl BlobStore {
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        let staging = folder.join("incoming");
        // Files that a killed process left here belong to no source.
        if staging.exists() {
            std::fs::remove_dir_all(&staging)?;
        }
        std::fs::create_dir_all(&staging)?;
        Ok(Self { folder, cleanup_lock: Arc::default() })
    }

    /// Guard under which no blob is removed; held from before a blob is committed until a source has it.
    pub async fn defer_cleanup(&self) -> OwnedRwLockReadGuard<()> {
        Arc::clone(&self.cleanup_lock).read_owned().await
    }

    /// Guard under which no blob is committed or registered; needed to remove blobs.
    pub(crate) async fn lock_for_cleanup(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.cleanup_lock).write_owned().await
    }

    fn blob_path(&self, sha256: &str) -> PathBuf {
        self.folder.join(&sha256[..2]).join(sha256)
    }

    /// Path for a temporary file; leftovers are removed at the next start.
    pub fn scratch_path(&self, name: &str) -> PathBuf {
        self.folder.join("incoming").join(name)
    }

    /// Starts a blob under a temporary name that the caller chooses and that must be new.
    pub async fn stage_blob(&self, name: &str) -> Result<StagedBlob, StoreError> {
        let path = self.folder.join("incoming").join(name);
        Ok(StagedBlob {
            file: fs::File::create_new(&path).await?,
            path,
            hash: Sha256::new(),
            bytes: 0,
            is_committed: false,
        })
    }

    /// Makes a staged blob permanent; returns its SHA-256 in hexadecimal and its size in bytes.
    pub async fn commit_blob(&self, mut staged: StagedBlob) -> Result<(String, u64), StoreError> {
        staged.file.sync_all().await?;
        let hash = std::mem::replace(&mut staged.hash, Sha256::new()).finalize();
        let sha256: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let target = self.blob_path(&sha256);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).await?;
        }
        fs::rename(&staged.path, &target).await?;
        staged.is_committed = true;
        Ok((sha256, staged.bytes))
    }

    /// Removes all blobs but these SHA-256 sums; the caller holds the cleanup guard.
    pub(crate) async fn remove_blobs_except(&self, sums: &HashSet<String>) -> Result<(), StoreError> {
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

    /// Opens a blob for reading.
    pub async fn open_blob(&self, sha256: &str) -> Result<fs::File, StoreError> {
        Ok(fs::File::open(self.find_blob_path(sha256)?).await?)
    }

    /// Path of a blob; [`StoreError::NotFound`] if there is none.
    pub fn find_blob_path(&self, sha256: &str) -> Result<PathBuf, StoreError> {
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(StoreError::NotFound("original"));
        }
        let path = self.blob_path(sha256);
        if !Path::exists(&path) {
            return Err(StoreError::NotFound("original"));
        }
        Ok(path)
    }
}

impl StagedBlob {
    /// Opens the bytes written so far for reading, from the beginning.
    pub async fn open_for_reading(&self) -> Result<fs::File, StoreError> {
        Ok(fs::File::open(&self.path).await?)
    }

    /// Appends bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.write_all(bytes).await?;
        // Errors of an earlier write come out here, where they can still be reported.
        self.file.flush().await?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Path of the bytes until they are committed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of bytes written so far.
    pub fn len(&self) -> u64 {
        self.bytes
    }

    /// True if no byte was written.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }
}

impl Drop for StagedBlob {
    fn drop(&mut self) {
        if !self.is_committed {
            // No source refers to the file; if it cannot be removed now, the next start does.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
