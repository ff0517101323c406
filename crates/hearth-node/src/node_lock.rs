//! Lock and address file of a data directory: `node.lock`, which only a living node holds, and
//! `node.json`, by which programs reach that node.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::composition::StartError;

/// Contents of `node.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeFile {
    pub address: String,
    pub token: String,
    pub pid: u32,
}

/// Retries of taking the lock.
const MAX_LOCK_RETRIES: u32 = 20;
/// Delay between two attempts to take the lock.
const LOCK_RETRY_DELAY: Duration = Duration::from_millis(25);

/// Creates a folder that only this user can read: the library is as private as the token.
fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Exclusive right to be the node of a data directory; released when dropped.
#[derive(Debug)]
pub(crate) struct NodeLock {
    folder: PathBuf,
    _lock: File,
}

impl NodeLock {
    /// Creates a data directory and takes its lock; fails with `InUse` while another node holds it.
    pub(crate) fn acquire_lock(folder: &Path) -> Result<Self, StartError> {
        let unusable =
            |error: std::io::Error| StartError::Folder(folder.display().to_string(), error.to_string());
        create_private_folder(folder).map_err(unusable)?;
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(folder.join("node.lock"))
            .map_err(unusable)?;
        // `read_node_file` of another process holds the lock for a moment.
        let mut lock_result = lock.try_lock();
        for _ in 0..MAX_LOCK_RETRIES {
            if !matches!(lock_result, Err(TryLockError::WouldBlock)) {
                break;
            }
            std::thread::sleep(LOCK_RETRY_DELAY);
            lock_result = lock.try_lock();
        }
        match lock_result {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // On Windows a locked file cannot be read: the process id is then 0.
                let _ = lock.read_to_string(&mut owner);
                let pid = owner.trim().parse().unwrap_or(0);
                return Err(StartError::InUse(folder.display().to_string(), pid));
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        lock.set_len(0)?;
        lock.rewind()?;
        write!(lock, "{}", std::process::id())?;
        Ok(Self { folder: folder.to_owned(), _lock: lock })
    }

    /// Writes `node.json`, readable by this user alone.
    pub(crate) fn write_node_file(&self, node: &NodeFile) -> Result<(), StartError> {
        let partial = self.folder.join("node.json.new");
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(&partial)?;
        file.write_all(&serde_json::to_vec_pretty(node).map_err(std::io::Error::from)?)?;
        file.sync_all()?;
        fs::rename(partial, self.folder.join("node.json"))?;
        Ok(())
    }
}

impl Drop for NodeLock {
    fn drop(&mut self) {
        // Without the file, programs see at once that no node runs; the free lock shows it anyway.
        let _ = fs::remove_file(self.folder.join("node.json"));
    }
}

/// Reads the address of a data directory's node, or `None` if no node is running.
pub fn read_node_file(folder: &Path) -> Option<NodeFile> {
    let lock = OpenOptions::new().read(true).write(true).open(folder.join("node.lock")).ok()?;
    if lock.try_lock().is_ok() {
        return None; // the lock is free: node.json was left by a process that has ended
    }
    serde_json::from_slice(&fs::read(folder.join("node.json")).ok()?).ok()
}
