//! The everyday documents in a notebook of an empty library, and asking about them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use hearth_client::{Client, ClientError};
use hearth_domain::{NotebookId, SourceId, SourceStatus};
use hearth_node::Node;
use hearth_wire::operations::{AskQuestion, CancelTurn, CreateNotebook, GetSource, GetTurn};
use hearth_wire::{NewNotebook, NewQuestion};
use serde_json::{Value, json};

use super::comparison::file_stem;
use crate::commands::eval::collection::start_empty_eval_node;
use crate::output;

const PREPARATION_TIMEOUT: Duration = Duration::from_mins(4);
const SOURCE_POLL_INTERVAL: Duration = Duration::from_millis(200);
/// A turn is read again and again instead of followed, as citations may come after the event of its end.
const TURN_POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Field of a turn that was cancelled because it took too long.
pub(super) const LATE_FIELD: &str = "late";

/// A node that has the documents of a part in one notebook.
pub(super) struct EverydayNode {
    node: Node,
    client: Client,
    notebook: NotebookId,
    /// Sources by the names of their files, without ending.
    sources: BTreeMap<String, SourceId>,
}

impl EverydayNode {
    /// Starts a node and adds documents: names below `docs` of the set's folder, or below `../documents`.
    pub(super) async fn start(
        data_dir: Option<&Path>,
        part: &str,
        settings: &[(&str, String)],
        set: &Path,
        documents: &[String],
    ) -> anyhow::Result<Self> {
        let name = format!("everyday-{part}");
        let (node, client) = start_empty_eval_node(data_dir, &name, settings).await?;
        let new_notebook = NewNotebook { title: "everyday documents".into(), emoji: None };
        let notebook = client.call::<CreateNotebook>(&[], &(), &new_notebook).await?.id;
        let mut everyday = Self { node, client, notebook, sources: BTreeMap::new() };
        for document in documents {
            everyday.add_document(set, document).await?;
        }
        everyday.wait_for_sources().await?;
        Ok(everyday)
    }

    async fn add_document(&mut self, set: &Path, document: &str) -> anyhow::Result<()> {
        let folders = [set.join("docs"), set.join("..").join("documents")];
        let Some(path) = folders.iter().map(|folder| folder.join(document)).find(|path| path.is_file())
        else {
            output::print_message(&format!("{document} is missing"));
            return Ok(());
        };
        let name = path.file_name().context("a document has no name")?.to_string_lossy();
        let added = self.client.add_file(self.notebook, &path, &name).await?;
        for source in added.sources {
            self.sources.insert(file_stem(document).to_owned(), source.id);
        }
        Ok(())
    }

    /// Waits until all sources are ready or failed.
    async fn wait_for_sources(&self) -> anyhow::Result<()> {
        let started = Instant::now();
        for (name, id) in &self.sources {
            loop {
                let source = self.client.call::<GetSource>(&[&id.to_string()], &(), &()).await?;
                let is_late = started.elapsed() > PREPARATION_TIMEOUT;
                match source.status {
                    SourceStatus::Ready => break,
                    SourceStatus::Failed => {
                        output::print_message(&format!("{name} could not be read"));
                        break;
                    }
                    _ if is_late => {
                        output::print_message(&format!("{name} is not ready in time"));
                        break;
                    }
                    _ => tokio::time::sleep(SOURCE_POLL_INTERVAL).await,
                }
            }
        }
        Ok(())
    }

    pub(super) fn has_source(&self, name: &str) -> bool {
        self.sources.contains_key(name)
    }

    /// Sources with these names; names without a source are left out.
    pub(super) fn find_sources(&self, names: &[String]) -> Vec<SourceId> {
        names.iter().filter_map(|name| self.sources.get(name).copied()).collect()
    }

    /// Asks a question and returns the turn as JSON once it no longer runs: fields that this program does not
    /// know count as well. A refused question is a failed turn; one that runs too long is cancelled and `late`.
    pub(super) async fn ask_question(
        &self,
        question: &NewQuestion,
        timeout: Duration,
    ) -> anyhow::Result<Value> {
        let started = Instant::now();
        let notebook = self.notebook.to_string();
        let id = match self.client.call::<AskQuestion>(&[&notebook], &(), question).await {
            Ok(turn) => turn.id.to_string(),
            Err(ClientError::Refused(error)) => {
                return Ok(json!({"state": "failed", "answer": "", "error": error}));
            }
            Err(error) => return Err(error.into()),
        };
        loop {
            let bytes = self.client.fetch_bytes::<GetTurn>(&[&id], &()).await?;
            let mut turn: Value = serde_json::from_slice(&bytes)?;
            if turn["state"] != "running" {
                return Ok(turn);
            }
            if started.elapsed() > timeout {
                self.client.call::<CancelTurn>(&[&id], &(), &()).await?;
                turn[LATE_FIELD] = json!(true);
                return Ok(turn);
            }
            tokio::time::sleep(TURN_POLL_INTERVAL).await;
        }
    }

    pub(super) async fn stop(self) {
        self.node.stop().await;
    }
}
