//! Which process is the node of a data directory, and how programs reach it: `node.json`, beside a
//! lock that only a living process holds.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::compose::StartError;

/// What `node.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeFile {
    pub address: String,
    pub token: String,
    pub pid: u32,
}

/// How often, and after how long, a lock is tried again.
const PATIENCE: u32 = 20;
const GLANCE: Duration = Duration::from_millis(25);

/// A folder that only this user can look into: the library is as private as the token.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
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
        let unusable =
            |error: std::io::Error| StartError::Folder(folder.display().to_string(), error.to_string());
        private_folder(folder).map_err(unusable)?;
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(folder.join("node.lock"))
            .map_err(unusable)?;
        // Whoever only looks whether a node runs holds the lock for a moment.
        let mut held = lock.try_lock();
        for _ in 0..PATIENCE {
            if !matches!(held, Err(TryLockError::WouldBlock)) {
                break;
            }
            std::thread::sleep(GLANCE);
            held = lock.try_lock();
        }
        match held {
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
