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
        choose_notebook(&list.notebooks, id_or_title).cloned()
    }
}

/// Chooses a notebook by its id, or by its title if no other notebook has it.
fn choose_notebook<'a>(notebooks: &'a [Notebook], id_or_title: &str) -> anyhow::Result<&'a Notebook> {
    if let Ok(id) = id_or_title.parse::<NotebookId>()
        && let Some(found) = notebooks.iter().find(|notebook| notebook.id == id)
    {
        return Ok(found);
    }
    let title = id_or_title.to_lowercase();
    let matching: Vec<&Notebook> =
        notebooks.iter().filter(|notebook| notebook.title.to_lowercase() == title).collect();
    match matching.as_slice() {
        [notebook] => Ok(notebook),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    const FIRST_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
    const SECOND_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8058";

    fn make_notebook(id: &str, title: &str) -> Notebook {
        serde_json::from_value(json!({
            "id": id, "title": title, "emoji": "", "description": "", "source_count": 0, "note_count": 0,
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        }))
        .unwrap()
    }

    #[test]
    fn a_notebook_is_chosen_by_id_or_by_title_in_any_case() {
        let notebooks = [make_notebook(FIRST_ID, "Küche"), make_notebook(SECOND_ID, "Heating")];
        assert_eq!(choose_notebook(&notebooks, "KÜCHE").unwrap().id, notebooks[0].id);
        assert_eq!(choose_notebook(&notebooks, SECOND_ID).unwrap().title, "Heating");
    }

    #[test]
    fn an_id_wins_over_a_title_that_looks_like_it() {
        let notebooks = [make_notebook(FIRST_ID, SECOND_ID), make_notebook(SECOND_ID, "Heating")];
        assert_eq!(choose_notebook(&notebooks, SECOND_ID).unwrap().title, "Heating");
    }

    #[test]
    fn of_two_notebooks_with_one_title_neither_is_chosen() {
        let notebooks = [make_notebook(FIRST_ID, "Heating"), make_notebook(SECOND_ID, "heating")];
        let error = choose_notebook(&notebooks, "Heating").unwrap_err().to_string();
        assert!(error.contains(FIRST_ID) && error.contains(SECOND_ID), "{error}");
    }

    #[test]
    fn a_part_of_a_title_chooses_nothing_and_the_error_says_what_to_do() {
        let error = choose_notebook(&[make_notebook(FIRST_ID, "Heating")], "Heat").unwrap_err().to_string();
        assert!(error.contains("hearth list") && error.contains("hearth new \"Heat\""), "{error}");
    }
}
