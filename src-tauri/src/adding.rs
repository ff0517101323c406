//! Files on their way into the library: streamed from where they are, one after the other.

use std::path::PathBuf;

use hearth_client::{Client, ClientError, files_under};
use hearth_domain::NotebookId;
use hearth_node::{ShellError, ShellEvents};
use hearth_wire::{FilesTaken, MOST_FILES, ShellEvent};

/// Begins to add files, and all that is in folders; gives how many there are. What cannot be read is told, and
/// keeps nothing else back.
pub(crate) async fn add(
    client: Client,
    notebook: NotebookId,
    paths: Vec<PathBuf>,
    events: ShellEvents,
) -> Result<FilesTaken, ShellError> {
    let walked = tokio::task::spawn_blocking(move || walk(&paths)).await;
    let (mut files, unread) = walked.map_err(|error| ShellError::Failed(error.to_string()))?;
    let refuse = move |name: String, message: String| events.tell(ShellEvent::Refused { name, message });
    for (path, error) in unread {
        refuse(path.display().to_string(), error.to_string());
    }
    let left_out = files.len().saturating_sub(MOST_FILES);
    files.truncate(MOST_FILES);
    let taken = FilesTaken { files: files.len() as u32, left_out: left_out as u32 };
    tokio::spawn(async move {
        for file in files {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            match client.add_file(notebook, &file, &name).await {
                Ok(added) => added.refused.into_iter().for_each(|one| refuse(one.name, one.error.message)),
                Err(error) => refuse(name, error.to_string()),
            }
        }
    });
    Ok(taken)
}

/// The files under some paths, and the paths that cannot be read.
fn walk(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<(PathBuf, ClientError)>) {
    let (mut files, mut unread) = (Vec::new(), Vec::new());
    for path in paths {
        match files_under(&[path]) {
            Ok(found) => files.extend(found),
            Err(error) => unread.push((path.clone(), error)),
        }
    }
    (files, unread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_keeps_nothing_else_back() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("here.txt");
        std::fs::write(&here, "text").unwrap();
        let gone = folder.path().join("gone.txt");
        let (files, unread) = walk(&[gone.clone(), here.clone()]);
        assert_eq!(files, [here]);
        assert_eq!(unread.len(), 1);
        assert_eq!(unread[0].0, gone);
    }
}
