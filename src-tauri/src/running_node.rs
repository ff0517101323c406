//! Detection of a node that runs already: one with a window, which is brought to the front, or one without.

use std::path::Path;

use hearth_client::{Client, ClientError, list_files_under};
use hearth_domain::NotebookId;
use hearth_node::{NodeFile, read_node_file};
use hearth_wire::operations::{CreateLoginCode, CreateNotebook, ShowWindow};
use hearth_wire::{ErrorCode, NewNotebook, ShowWindowRequest};

use crate::node_thread::notebook_address;

/// Result of looking for a running node.
pub(crate) enum RunningNode {
    Nothing,
    /// A node with a window, which has come to the front and does the rest.
    Window,
    /// A node without a window, and a one-time address of its page.
    Node(String),
}

/// Finds a running node of this library.
pub(crate) async fn find_node(data: &Path, request: &ShowWindowRequest) -> anyhow::Result<RunningNode> {
    let Some(file) = read_node_file(data) else { return Ok(RunningNode::Nothing) };
    let client = open_client(data, &file)?;
    match client.call::<ShowWindow>(&[], &(), request).await {
        Ok(()) => Ok(RunningNode::Window),
        Err(ClientError::Refused(error)) if error.code == ErrorCode::NoShell => {
            let notebook = if request.paths.is_empty() {
                request.notebook_id
            } else {
                Some(add_files(&client, request).await?)
            };
            let page = client.call::<CreateLoginCode>(&[], &(), &()).await?;
            Ok(RunningNode::Node(notebook_address(page.address, notebook)))
        }
        // The node may be ending: then the library is free in a moment.
        Err(ClientError::Unreachable { .. }) => Ok(RunningNode::Nothing),
        Err(error) => Err(error.into()),
    }
}

/// Adds files to a node without a shell that could queue them; to a new notebook, unless the request names
/// one.
async fn add_files(client: &Client, request: &ShowWindowRequest) -> anyhow::Result<NotebookId> {
    let files = list_files_under(&request.paths)?;
    let notebook = match request.notebook_id {
        Some(notebook) => notebook,
        None => {
            let title = request.paths.first().and_then(|path| path.file_stem()).unwrap_or_default();
            let new_notebook = NewNotebook { title: title.to_string_lossy().into_owned(), emoji: None };
            client.call::<CreateNotebook>(&[], &(), &new_notebook).await?.id
        }
    };
    for file in files {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        client.add_file(notebook, &file, &name).await?;
    }
    Ok(notebook)
}

/// A client of a running node; an error if the node serves TLS, whose certificate a window cannot trust.
fn open_client(data: &Path, node: &NodeFile) -> anyhow::Result<Client> {
    if node.address.starts_with("https:") {
        anyhow::bail!(
            "the node of {} uses HTTPS with a certificate that the window does not trust; open {} in a browser (`hearth open`)",
            data.display(),
            node.address
        );
    }
    Ok(Client::new(&node.address, &node.token)?)
}
