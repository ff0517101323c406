//! The node that a command talks to: the one that runs, or one of its own for as long as it takes.

use std::path::Path;

use anyhow::{Context, bail};
use hearth_client::Client;
use hearth_domain::{Clock, Notebook, NotebookId};
use hearth_host::{Directories, Effective};
use hearth_node::{Composition, Node, NodeFile, NodeOptions, read_node_file};
use hearth_wire::PageQuery;
use hearth_wire::operations::ListNotebooks;

/// A connection to a node.
pub(crate) struct Session {
    pub(crate) client: Client,
    own: Option<Node>,
}

/// Directories and settings of this installation.
pub(crate) fn installation(
    data_dir: Option<&Path>,
    flags: &[(&str, String)],
) -> anyhow::Result<(Directories, Effective)> {
    let directories = Directories::find(data_dir)?;
    let effective = Effective::load(&directories.settings_file, flags)?;
    Ok((directories, effective))
}

/// What a node of this installation is composed from.
pub(crate) fn composition(
    directories: Directories,
    effective: &Effective,
    flags: &[(&str, String)],
) -> anyhow::Result<Composition> {
    #[allow(clippy::disallowed_methods, reason = "the program is where the clock comes from")]
    let clock = Clock::new(jiff::Timestamp::now);
    Composition::here(directories, effective, flags, clock).context("this program's own path is unknown")
}

/// A node for as long as a command takes, on a port of its own.
pub(crate) async fn own_node(
    directories: Directories,
    effective: &Effective,
) -> anyhow::Result<(Node, Client)> {
    let node = Node::start(NodeOptions {
        composition: composition(directories, effective, &[])?,
        listen: ([127, 0, 0, 1], 0).into(),
        insecure_http: false,
        shell: None,
    })
    .await?;
    let client = Client::new(&node.address(), node.token())?;
    Ok((node, client))
}

/// A client of the node of a data directory, which trusts its certificate and no other.
fn client_of(data: &Path, node: &NodeFile) -> anyhow::Result<Client> {
    if node.address.starts_with("https:") {
        let path = data.join("tls").join("certificate.pem");
        let certificate =
            std::fs::read(&path).with_context(|| format!("{} could not be read", path.display()))?;
        return Ok(Client::trusting(&node.address, &node.token, &certificate)?);
    }
    Ok(Client::new(&node.address, &node.token)?)
}

impl Session {
    /// Whether the node is this command's own.
    pub(crate) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    pub(crate) async fn open(data_dir: Option<&Path>) -> anyhow::Result<Self> {
        let (directories, effective) = installation(data_dir, &[])?;
        if let Some(node) = read_node_file(&directories.data) {
            let client = client_of(&directories.data, &node)?;
            return Ok(Self { client, own: None });
        }
        let (node, client) = own_node(directories, &effective).await?;
        Ok(Self { client, own: Some(node) })
    }

    pub(crate) async fn close(self) {
        if let Some(node) = self.own {
            node.stop().await;
        }
    }

    /// The notebook of an id, or of a title that only one has.
    pub(crate) async fn notebook(&self, wanted: &str) -> anyhow::Result<Notebook> {
        let query = PageQuery { limit: Some(1000), cursor: None };
        let list = self.client.call::<ListNotebooks>(&[], &query, &()).await?;
        if let Ok(id) = wanted.parse::<NotebookId>()
            && let Some(found) = list.notebooks.iter().find(|notebook| notebook.id == id)
        {
            return Ok(found.clone());
        }
        let titled: Vec<&Notebook> = list
            .notebooks
            .iter()
            .filter(|notebook| notebook.title.to_lowercase() == wanted.to_lowercase())
            .collect();
        match titled.as_slice() {
            [only] => Ok((*only).clone()),
            [] => bail!(
                "there is no notebook {wanted:?}; `hearth list` shows them, `hearth new {wanted:?}` makes it"
            ),
            several => {
                let ids: Vec<String> = several.iter().map(|notebook| notebook.id.to_string()).collect();
                bail!("{} notebooks are called {wanted:?}; use an id: {}", several.len(), ids.join(", "))
            }
        }
    }
}
