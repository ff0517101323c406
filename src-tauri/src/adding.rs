//! Files on their way into the library: streamed from where they are, one after the other.

use std::path::PathBuf;

use hearth_client::{Client, files_under};
use hearth_domain::NotebookId;
use hearth_node::{ShellError, ShellEvents};
use hearth_wire::ShellEvent;

/// Files at once at most: a home directory dropped by mistake ends somewhere.
const MOST: usize = 5000;

/// Begins to add files, and all that is in folders; gives how many there are.
pub(crate) async fn add(
    client: Client,
    notebook: NotebookId,
    paths: Vec<PathBuf>,
    events: ShellEvents,
) -> Result<u32, ShellError> {
    let walked = tokio::task::spawn_blocking(move || files_under(&paths)).await;
    let walked = walked.map_err(|error| ShellError::Failed(error.to_string()))?;
    let mut files = walked.map_err(|error| ShellError::Failed(error.to_string()))?;
    if files.len() > MOST {
        let message = format!("these are {} files; the first {MOST} are added", files.len());
        events.tell(ShellEvent::Refused { name: String::new(), message });
        files.truncate(MOST);
    }
    let count = files.len() as u32;
    tokio::spawn(async move {
        for file in files {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let refuse = |name: String, message: String| events.tell(ShellEvent::Refused { name, message });
            match client.add_file(notebook, &file, &name).await {
                Ok(added) => added.refused.into_iter().for_each(|one| refuse(one.name, one.error.message)),
                Err(error) => refuse(name, error.to_string()),
            }
        }
    });
    Ok(count)
}
