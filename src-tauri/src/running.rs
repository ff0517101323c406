//! A node that runs already: another window's, which is asked to come to the front, or one without a window.

use std::path::Path;

use hearth_client::{Client, ClientError, files_under};
use hearth_domain::NotebookId;
use hearth_node::{NodeFile, read_node_file};
use hearth_wire::operations::{CreateCode, CreateNotebook, Show};
use hearth_wire::{ErrorCode, NewNotebook, ShowRequest};

use crate::node::at;

/// What was found.
pub(crate) enum Found {
    Nothing,
    /// A window has come to the front and does the rest.
    Window,
    /// A node without a window; the address opens its page, once.
    Node(String),
}

/// Looks for a node of this library.
pub(crate) async fn find(data: &Path, show: &ShowRequest) -> anyhow::Result<Found> {
    let Some(file) = read_node_file(data) else { return Ok(Found::Nothing) };
    let client = client(data, &file)?;
    match client.call::<Show>(&[], &(), show).await {
        Ok(()) => Ok(Found::Window),
        Err(ClientError::Refused(error)) if error.code == ErrorCode::NoShell => {
            let notebook =
                if show.paths.is_empty() { show.notebook_id } else { Some(add(&client, show).await?) };
            let page = client.call::<CreateCode>(&[], &(), &()).await?;
            Ok(Found::Node(at(page.address, notebook)))
        }
        // It is ending, perhaps: then the library is free in a moment.
        Err(ClientError::Unreachable { .. }) => Ok(Found::Nothing),
        Err(error) => Err(error.into()),
    }
}

/// That node has no shell which files could wait in: they are added here, to a notebook of their own unless one
/// was named.
async fn add(client: &Client, show: &ShowRequest) -> anyhow::Result<NotebookId> {
    let files = files_under(&show.paths)?;
    let notebook = match show.notebook_id {
        Some(notebook) => notebook,
        None => {
            let title = show.paths.first().and_then(|path| path.file_stem()).unwrap_or_default();
            let new = NewNotebook { title: title.to_string_lossy().into_owned(), emoji: None };
            client.call::<CreateNotebook>(&[], &(), &new).await?.id
        }
    };
    for file in files {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        client.add_file(notebook, &file, &name).await?;
    }
    Ok(notebook)
}

fn client(data: &Path, node: &NodeFile) -> anyhow::Result<Client> {
    if node.address.starts_with("https:") {
        anyhow::bail!(
            "the node of {} speaks TLS on the network; a window cannot trust its certificate. Open {} in a browser (`hearth open`)",
            data.display(),
            node.address
        );
    }
    Ok(Client::new(&node.address, &node.token)?)
}
