//! Listing of files by their extension.

use std::fs;
use std::path::{Path, PathBuf};

/// All files of a folder and of those within it that have an extension, by name.
pub(crate) fn list_files(folder: &Path, wanted_extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == wanted_extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
