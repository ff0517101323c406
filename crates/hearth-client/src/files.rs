//! Which files are meant by paths of this machine: folders with all that is in them.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::ClientError;

/// Folders that hold what programs made, not documents.
const NO_DOCUMENTS: [&str; 3] = ["node_modules", "target", "__pycache__"];

/// All files under the given paths, in a stable order. Inside of folders, what is hidden and what programs
/// made is left out, and links to other folders are not followed.
pub fn files_under<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<PathBuf>, ClientError> {
    let mut files = Vec::new();
    for path in paths {
        let path = path.as_ref();
        if !path.exists() {
            let reason = "it does not exist".to_owned();
            return Err(ClientError::File { path: path.display().to_string(), reason });
        }
        for entry in WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(is_wanted) {
            let entry = entry.map_err(|error| ClientError::File {
                path: path.display().to_string(),
                reason: error.to_string(),
            })?;
            // A link that was named itself is meant.
            if entry.file_type().is_file() || (entry.depth() == 0 && path.is_file()) {
                files.push(entry.into_path());
            }
        }
    }
    Ok(files)
}

fn is_wanted(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() == 0 || !(name.starts_with('.') || NO_DOCUMENTS.contains(&name.as_ref()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn folders_are_walked_and_what_is_hidden_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.txt", "a/c.txt", "a/.hidden", ".git/x", "a/node_modules/y.js"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "text").unwrap();
        }
        let found = files_under(&[folder.path()]).unwrap();
        let names: Vec<_> = found.iter().map(|path| path.strip_prefix(folder.path()).unwrap()).collect();
        assert_eq!(names, [Path::new("a/c.txt"), Path::new("b.txt")]);
        // A hidden file that was named itself is meant.
        assert_eq!(files_under(&[folder.path().join("a/.hidden")]).unwrap().len(), 1);
        assert!(files_under(&[folder.path().join("gone")]).is_err());
    }
}
