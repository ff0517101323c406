//! Files under given paths of this machine; a folder stands for all files in it.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::ClientError;

/// Folders of generated files, which hold no documents.
const GENERATED_FOLDERS: [&str; 3] = ["node_modules", "target", "__pycache__"];

/// All files under the given paths, in a stable order. Inside of folders, hidden and generated files are left
/// out, and links to other folders are not followed. Fails if a path does not exist.
pub fn list_files_under<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<PathBuf>, ClientError> {
    let mut files = Vec::new();
    for path in paths {
        let path = path.as_ref();
        if !path.exists() {
            let reason = "it does not exist".to_owned();
            return Err(ClientError::File { path: path.display().to_string(), reason });
        }
        for entry in WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(is_included) {
            let entry = entry.map_err(|error| ClientError::File {
                path: path.display().to_string(),
                reason: error.to_string(),
            })?;
            // A link that was given as a path itself is followed.
            if entry.file_type().is_file() || (entry.depth() == 0 && path.is_file()) {
                files.push(entry.into_path());
            }
        }
    }
    Ok(files)
}

fn is_included(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() == 0 || !(name.starts_with('.') || GENERATED_FOLDERS.contains(&name.as_ref()))
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
        let found = list_files_under(&[folder.path()]).unwrap();
        let names: Vec<_> = found.iter().map(|path| path.strip_prefix(folder.path()).unwrap()).collect();
        assert_eq!(names, [Path::new("a/c.txt"), Path::new("b.txt")]);
        // A hidden file that was given as a path itself is included.
        assert_eq!(list_files_under(&[folder.path().join("a/.hidden")]).unwrap().len(), 1);
        assert!(list_files_under(&[folder.path().join("gone")]).is_err());
    }
}
