//! Connection of a command to a node: the running one, or one that the command starts for itself.

use std::path::Path;

use anyhow::{Context, bail};
use hearth_client::Client;
use hearth_domain::{Clock, Notebook, NotebookId};
use hearth_host::{Directories, EffectiveSettings};
use hearth_node::{Composition, Node, NodeFile, NodeOptions, read_node_file};
use hearth_wire::PageQuery;
use hearth_wire::operations::ListNotebooks;

/// Connection to a node.
pub(crate) struct NodeConnection {
    pub(crate) client: Client,
    own_node: Option<Node>,
}

/// Loads the directories and settings of this installation.
pub(crate) fn load_installation(
    data_dir: Option<&Path>,
    flags: &[(&str, String)],
) -> anyhow::Result<(Directories, EffectiveSettings)> {
    let directories = Directories::from_environment(data_dir)?;
    let effective = EffectiveSettings::load(&directories.settings_file, flags)?;
    Ok((directories, effective))
}

/// Builds the composition of a node of this installation.
pub(crate) fn build_composition(
    directories: Directories,
    effective: &EffectiveSettings,
    flags: &[(&str, String)],
) -> anyhow::Result<Composition> {
    #[allow(clippy::disallowed_methods, reason = "the system clock enters the program here")]
    let clock = Clock::new(jiff::Timestamp::now);
    Composition::from_settings(directories, effective, flags, clock)
        .context("the path of the hearth program could not be determined")
}

/// Starts a node for the duration of a command, on a free port.
pub(crate) async fn start_own_node(
    directories: Directories,
    effective: &EffectiveSettings,
) -> anyhow::Result<(Node, Client)> {
    let node = Node::start(NodeOptions {
        composition: build_composition(directories, effective, &[])?,
        listen: ([127, 0, 0, 1], 0).into(),
        insecure_http: false,
        shell: None,
    })
    .await?;
    let client = Client::new(&node.address(), node.token())?;
    Ok((node, client))
}

/// Client of a data directory's node, which trusts that node's certificate and no other.
fn node_client(data: &Path, node: &NodeFile) -> anyhow::Result<Client> {
    if node.address.starts_with("https:") {
        let path = data.join("tls").join("certificate.pem");
        let certificate =
            std::fs::read(&path).with_context(|| format!("{} could not be read", path.display()))?;
        return Ok(Client::with_certificate(&node.address, &node.token, &certificate)?);
    }
    Ok(Client::new(&node.address, &node.token)?)
}

impl NodeConnection {
    /// True if the command started the node itself.
    pub(crate) fn has_own_node(&self) -> bool {
        self.own_node.is_some()
    }

    /// Connects to the running node, or starts a node if none is running.
    pub(crate) async fn open(data_dir: Option<&Path>) -> anyhow::Result<Self> {
        let (directories, effective) = load_installation(data_dir, &[])?;
        if let Some(node) = read_node_file(&directories.data) {
            let client = node_client(&directories.data, &node)?;
            return Ok(Self { client, own_node: None });
        }
        let (node, client) = start_own_node(directories, &effective).await?;
        Ok(Self { client, own_node: Some(node) })
    }

    /// Closes the connection; stops the node if the command started it.
    pub(crate) async fn close(self) {
        if let Some(node) = self.own_node {
            node.stop().await;
        }
    }

    /// Finds a notebook by its id, or by its title if no other notebook has it.
    pub(crate) async fn find_notebook(&self, id_or_title: &str) -> anyhow::Result<Notebook> {
        let query = PageQuery { limit: Some(1000), cursor: None };
        let list = self.client.call::<ListNotebooks>(&[], &query, &()).await?;
        if let Ok(id) = id_or_title.parse::<NotebookId>()
            && let Some(found) = list.notebooks.iter().find(|notebook| notebook.id == id)
        {
            return Ok(found.clone());
        }
        let matching: Vec<&Notebook> = list
            .notebooks
            .iter()
            .filter(|notebook| notebook.title.to_lowercase() == id_or_title.to_lowercase())
            .collect();
        match matching.as_slice() {
            [notebook] => Ok((*notebook).clone()),
            [] => bail!(
                "there is no notebook {id_or_title:?}; list the notebooks with `hearth list`, or create it with \
                 `hearth new {id_or_title:?}`"
            ),
            several => {
                let ids: Vec<String> = several.iter().map(|notebook| notebook.id.to_string()).collect();
                bail!(
                    "{} notebooks are titled {id_or_title:?}; use an id instead: {}",
                    several.len(),
                    ids.join(", ")
                )
            }
        }
    }
}
