//! Which process is the node of a data directory, and how programs reach it: `node.json`, beside a
//! lock that only a living process holds.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::compose::StartError;

/// What `node.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeFile {
    pub address: String,
    pub token: String,
    pub pid: u32,
}

/// The right to be the node of a data directory; given up when dropped.
#[derive(Debug)]
pub(crate) struct Identity {
    folder: PathBuf,
    _lock: File,
}

impl Identity {
    /// Claims a data directory.
    pub(crate) fn claim(folder: &Path) -> Result<Self, StartError> {
        fs::create_dir_all(folder)?;
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(folder.join("node.lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // On Windows a locked file cannot be read: then nobody is named.
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

    /// Says how the node is reached, readable by this user alone.
    pub(crate) fn publish(&self, node: &NodeFile) -> Result<(), StartError> {
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

impl Drop for Identity {
    fn drop(&mut self) {
        // Without it programs see at once that no node runs; the lock says so anyway.
        let _ = fs::remove_file(self.folder.join("node.json"));
    }
}

/// How to reach the node of a data directory, when one is running.
pub fn read_node_file(folder: &Path) -> Option<NodeFile> {
    let lock = OpenOptions::new().read(true).write(true).open(folder.join("node.lock")).ok()?;
    if lock.try_lock().is_ok() {
        return None; // nobody holds it: what node.json says is of a process that is gone
    }
    serde_json::from_slice(&fs::read(folder.join("node.json")).ok()?).ok()
}
