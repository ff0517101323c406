//! A node that runs already: another window's, which is asked to come to the front, or one without a window.

use std::path::Path;

use hearth_client::{Client, ClientError};
use hearth_node::{NodeFile, read_node_file};
use hearth_wire::operations::{CreateCode, Show};
use hearth_wire::{ErrorCode, ShowRequest};

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
            let page = client.call::<CreateCode>(&[], &(), &()).await?;
            Ok(Found::Node(page.address))
        }
        // It is ending, perhaps: then the library is free in a moment.
        Err(ClientError::Unreachable { .. }) => Ok(Found::Nothing),
        Err(error) => Err(error.into()),
    }
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
