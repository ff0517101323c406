//! Files of the machine's state: small JSON documents with a format number, replaced as a whole.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

/// Format that this version writes and reads.
const FORMAT: u32 = 1;
/// Ending of a file that could not be read.
const DAMAGED_EXTENSION: &str = "json.damaged";

/// A file's content.
#[derive(Serialize, Deserialize)]
struct Document<T> {
    format: u32,
    #[serde(flatten)]
    content: T,
}

/// File of one part of the state.
pub(crate) struct StateFile {
    path: PathBuf,
}

/// Result of reading a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum StateContent<T> {
    Present(T),
    Absent,
    /// Unreadable, or of a later version: put aside under another name.
    Damaged,
}

impl StateFile {
    /// The file `name` of a folder.
    pub(crate) fn new(folder: &Path, name: &str) -> Self {
        Self { path: folder.join(name) }
    }

    /// Reads the content. A file that cannot be understood is put aside, so that it is not overwritten.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> io::Result<StateContent<T>> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(StateContent::Absent),
            Err(error) => return Err(error),
        };
        match serde_json::from_slice::<Document<T>>(&bytes) {
            Ok(document) if document.format == FORMAT => Ok(StateContent::Present(document.content)),
            Ok(_) | Err(_) => {
                let aside = self.path.with_extension(DAMAGED_EXTENSION);
                tracing::warn!(
                    path = %aside.display(),
                    "a file of this machine's state could not be read; it was put aside"
                );
                std::fs::rename(&self.path, aside)?;
                Ok(StateContent::Damaged)
            }
        }
    }

    /// Replaces the content; the old one stays when this fails. On Unix only the owner can read the file.
    pub(crate) fn write<T: Serialize>(&self, content: &T) -> io::Result<()> {
        let bytes = serde_json::to_vec_pretty(&Document { format: FORMAT, content })?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(&bytes)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sample {
        names: Vec<String>,
    }

    #[test]
    fn content_is_read_as_it_was_written_and_the_unknown_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::new(folder.path(), "sample.json");
        assert_eq!(file.read::<Sample>().unwrap(), StateContent::Absent);
        file.write(&Sample { names: vec!["a".into()] }).unwrap();
        assert_eq!(file.read().unwrap(), StateContent::Present(Sample { names: vec!["a".into()] }));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.path().join("sample.json")).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{mode:o}");
        }
        for damaged in [&b"{\"format\":1,\"na"[..], b"{\"format\":2,\"names\":[]}"] {
            std::fs::write(folder.path().join("sample.json"), damaged).unwrap();
            assert_eq!(file.read::<Sample>().unwrap(), StateContent::Damaged);
            assert_eq!(std::fs::read(folder.path().join("sample.json.damaged")).unwrap(), damaged);
            assert_eq!(file.read::<Sample>().unwrap(), StateContent::Absent);
        }
    }
}
