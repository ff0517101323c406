//! Backups: the whole library in one file each, in its folder `backups`.

use std::path::{Path, PathBuf};

use hearth_store::{BackupManifest, StoreError, prepare_restore, verify_backup};
use jiff::Timestamp;

use crate::{Library, LibraryError};

const BACKUP_EXTENSION: &str = "hearthbackup";

/// A backup file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupFile {
    /// File name without extension.
    pub id: String,
    pub path: PathBuf,
    pub bytes: u64,
    pub created_at: Timestamp,
}

impl Library {
    /// Backups of this library, latest first.
    pub fn list_backups(&self) -> Vec<BackupFile> {
        let entries = std::fs::read_dir(self.backup_folder()).into_iter().flatten().flatten();
        let mut backups: Vec<BackupFile> =
            entries.filter_map(|entry| read_backup_file(&entry.path())).collect();
        backups.sort_by(|a, b| b.id.cmp(&a.id));
        backups
    }

    /// Writes the whole library to a new backup; other work goes on meanwhile.
    ///
    /// # Errors
    /// [`LibraryError::Conflict`] if a backup is being written, verified or restored.
    pub async fn create_backup(&self) -> Result<BackupFile, LibraryError> {
        let Ok(_guard) = self.0.backup_lock.try_lock() else {
            return Err(LibraryError::Conflict("a backup is being written already".into()));
        };
        std::fs::create_dir_all(self.backup_folder()).map_err(StoreError::from)?;
        let id = self.0.clock.now().strftime("%Y%m%d-%H%M%S-%3f").to_string();
        let path = self.backup_folder().join(format!("{id}.{BACKUP_EXTENSION}"));
        self.0.store.write_backup(&path).await?;
        read_backup_file(&path).ok_or_else(|| StoreError::NotFound("backup").into())
    }

    /// Reads a backup from end to end and checks each of its files.
    pub async fn verify_backup(&self, id: &str) -> Result<BackupManifest, LibraryError> {
        let _guard = self.0.backup_lock.lock().await;
        Ok(verify_backup(&self.find_backup(id)?, &self.backup_folder()).await?)
    }

    /// Prepares a backup to become the library at the next start.
    pub async fn restore_backup(&self, id: &str) -> Result<BackupManifest, LibraryError> {
        let _guard = self.0.backup_lock.lock().await;
        Ok(prepare_restore(&self.find_backup(id)?, self.0.store.folder()).await?)
    }

    fn backup_folder(&self) -> PathBuf {
        self.0.store.folder().join("backups")
    }

    /// Path of an existing backup; an id that is no plain name is refused.
    fn find_backup(&self, id: &str) -> Result<PathBuf, LibraryError> {
        let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let path = self.backup_folder().join(format!("{id}.{BACKUP_EXTENSION}"));
        if !is_plain || !path.is_file() {
            return Err(StoreError::NotFound("backup").into());
        }
        Ok(path)
    }
}

fn read_backup_file(path: &Path) -> Option<BackupFile> {
    let metadata = std::fs::metadata(path).ok()?;
    let is_backup = metadata.is_file() && path.extension().is_some_and(|ending| ending == BACKUP_EXTENSION);
    is_backup.then_some(())?;
    Some(BackupFile {
        id: path.file_stem()?.to_str()?.to_owned(),
        path: path.to_owned(),
        bytes: metadata.len(),
        created_at: metadata.modified().ok().and_then(|at| Timestamp::try_from(at).ok()).unwrap_or_default(),
    })
}
