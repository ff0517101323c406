//! Adding of local files to a notebook: streamed from disk to the node, one after the other.

use std::path::PathBuf;

use hearth_client::{Client, ClientError, list_files_under};
use hearth_domain::NotebookId;
use hearth_node::{ShellError, ShellEvents};
use hearth_wire::{AddedFiles, ApiError, ErrorCode, MAX_ADDED_FILES, ShellEvent};
use tokio_util::task::TaskTracker;

/// Begins to add files, and all files in folders; returns how many. An unreadable path is published as
/// refused, and does not keep the others back.
pub(crate) async fn add_files(
    client: Client,
    notebook: NotebookId,
    paths: Vec<PathBuf>,
    events: ShellEvents,
    tasks: &TaskTracker,
) -> Result<AddedFiles, ShellError> {
    let collected = tokio::task::spawn_blocking(move || collect_files(&paths)).await;
    let (mut files, unreadable) = collected.map_err(|error| ShellError::Failed(error.to_string()))?;
    let publish_refusal =
        move |name: String, error: ApiError| events.publish(ShellEvent::Refused { name, error });
    for (path, error) in unreadable {
        publish_refusal(path.display().to_string(), to_api_error(error));
    }
    let left_out = files.len().saturating_sub(MAX_ADDED_FILES);
    files.truncate(MAX_ADDED_FILES);
    let summary = AddedFiles { files: files.len() as u32, left_out: left_out as u32 };
    tasks.spawn(async move {
        for file in files {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            match client.add_file(notebook, &file, &name).await {
                Ok(added) => {
                    added
                        .refused
                        .into_iter()
                        .for_each(|refused| publish_refusal(refused.name, refused.error));
                }
                Err(error) => publish_refusal(name, to_api_error(error)),
            }
        }
    });
    Ok(summary)
}

/// Collects the files under some paths, and the paths that cannot be read.
fn collect_files(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<(PathBuf, ClientError)>) {
    let (mut files, mut unreadable) = (Vec::new(), Vec::new());
    for path in paths {
        match list_files_under(&[path]) {
            Ok(found) => files.extend(found),
            Err(error) => unreadable.push((path.clone(), error)),
        }
    }
    (files, unreadable)
}

/// The node's own error, or one of reaching the node or reading the file.
fn to_api_error(error: ClientError) -> ApiError {
    let code = match &error {
        ClientError::Unreachable { .. } => ErrorCode::UpstreamUnavailable,
        ClientError::File { .. } => ErrorCode::InvalidRequest,
        ClientError::Unexpected(_) | ClientError::Refused(_) => ErrorCode::Internal,
    };
    match error {
        ClientError::Refused(refusal) => refusal,
        other => ApiError::new(code, other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_keeps_nothing_else_back() {
        let folder = tempfile::tempdir().unwrap();
        let existing = folder.path().join("here.txt");
        std::fs::write(&existing, "text").unwrap();
        let missing = folder.path().join("gone.txt");
        let (files, unreadable) = collect_files(&[missing.clone(), existing.clone()]);
        assert_eq!(files, [existing]);
        assert_eq!(unreadable.len(), 1);
        assert_eq!(unreadable[0].0, missing);
    }
}
