//! Judged collections in BEIR layout, each in a library of its own.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use hearth_client::Client;
use hearth_domain::{JobState, NotebookId};
use hearth_node::{Node, RelevanceJudgements};
use hearth_wire::operations::{AddSources, CreateNotebook, ListJobs};
use hearth_wire::{NewNotebook, NewSources, PageQuery};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

use crate::connection::{load_installation, start_own_node};

/// Document of a collection.
#[derive(Deserialize)]
pub(super) struct Document {
    #[serde(rename = "_id")]
    pub(super) id: String,
    #[serde(default)]
    pub(super) title: String,
    pub(super) text: String,
}

/// Query of a collection.
#[derive(Deserialize)]
pub(super) struct Query {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) text: String,
}

/// Starts a node with a library for evaluations, kept beside the real one, so that a second run is quick.
pub(super) async fn start_eval_node(data_dir: Option<&Path>, name: &str) -> anyhow::Result<(Node, Client)> {
    let (mut directories, effective) = load_installation(data_dir, &[])?;
    directories.data = directories.data.join("eval").join(name);
    start_own_node(directories, &effective).await
}

/// Starts a node with an empty library for an evaluation, on the user's settings with these changes
/// (`section.key` with a value). The library of an earlier run is deleted first.
pub(super) async fn start_empty_eval_node(
    data_dir: Option<&Path>,
    name: &str,
    changes: &[(&str, String)],
) -> anyhow::Result<(Node, Client)> {
    let (mut directories, effective) = load_installation(data_dir, changes)?;
    directories.data = directories.data.join("eval").join(name);
    match std::fs::remove_dir_all(&directories.data) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error)
                .with_context(|| format!("{} could not be deleted", directories.data.display()));
        }
        _ => {}
    }
    start_own_node(directories, &effective).await
}

/// Last component of a folder's path.
pub(super) fn folder_name(dir: &Path) -> String {
    dir.file_name().map_or_else(|| "collection".into(), |name| name.to_string_lossy().into_owned())
}

/// Reads a file of JSON lines.
pub(super) fn read_json_lines<T: for<'a> Deserialize<'a>>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            serde_json::from_str(line).with_context(|| {
                format!("{} has a line that does not have the fields expected", path.display())
            })
        })
        .collect()
}

/// Reads relevance judgements: a TSV file with a header (query, document, grade).
pub(super) fn read_judgements(path: &Path) -> anyhow::Result<RelevanceJudgements> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))?;
    let mut judgements = RelevanceJudgements::default();
    for line in text.lines().skip(1) {
        let mut fields = line.split('\t');
        if let (Some(query), Some(document), Some(grade)) = (fields.next(), fields.next(), fields.next()) {
            let grade = grade.trim().parse().unwrap_or(0);
            judgements.relevant.entry(query.to_owned()).or_default().insert(document.to_owned(), grade);
        }
    }
    Ok(judgements)
}

/// Adds all documents, unless an earlier run did; returns source id → document id.
pub(super) async fn add_documents(
    client: &Client,
    documents: &[Document],
) -> anyhow::Result<HashMap<String, String>> {
    let new_notebook = NewNotebook { title: "collection".into(), emoji: None };
    let notebook: NotebookId = client.call::<CreateNotebook>(&[], &(), &new_notebook).await?.id;
    let mut ids = HashMap::new();
    let bar = ProgressBar::new(documents.len() as u64 * 2);
    bar.set_style(ProgressStyle::with_template("Adding {bar:30} {pos}/{len} {eta}")?);
    for document in documents {
        let body = NewSources::Text { title: document.title.clone(), text: document.text.clone() };
        let added = client.call::<AddSources>(&[&notebook.to_string()], &(), &body).await?;
        for source in added.sources {
            ids.insert(source.id.to_string(), document.id.clone());
        }
        bar.inc(1);
    }
    wait_for_jobs(client, |open_jobs| {
        bar.set_position((documents.len() * 2).saturating_sub(open_jobs) as u64);
    })
    .await?;
    bar.finish_and_clear();
    Ok(ids)
}

/// Waits until no job is open; calls back with the number of open jobs.
pub(super) async fn wait_for_jobs(client: &Client, on_progress: impl Fn(usize)) -> anyhow::Result<()> {
    loop {
        let mut query = PageQuery { limit: Some(1000), cursor: None };
        let mut open_jobs = 0;
        loop {
            let jobs = client.call::<ListJobs>(&[], &query, &()).await?;
            let is_open = |state| matches!(state, JobState::Queued | JobState::Running);
            open_jobs += jobs.jobs.iter().filter(|job| is_open(job.state)).count();
            match jobs.next_cursor {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
        on_progress(open_jobs);
        if open_jobs == 0 {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn judgements_are_read_below_their_header() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("qrels.tsv");
        std::fs::write(
            &path,
            "query-id\tcorpus-id\tscore\n1\td1\t2\n1\td2\t0\r\nnot a judgement\n2\td1\t1\n",
        )
        .unwrap();
        let judgements = read_judgements(&path).unwrap().relevant;
        assert_eq!(judgements.len(), 2);
        assert_eq!((judgements["1"]["d1"], judgements["1"]["d2"], judgements["2"]["d1"]), (2, 0, 1));
    }

    #[test]
    fn a_line_of_another_form_names_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queries.jsonl");
        std::fs::write(
            &path,
            "{\"_id\": \"1\", \"text\": \"a\"}\n\n{\"_id\": \"2\", \"text\": \"b\", \"metadata\": {}}\n",
        )
        .unwrap();
        let queries: Vec<Query> = read_json_lines(&path).unwrap();
        assert_eq!(queries.iter().map(|query| query.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        std::fs::write(&path, "{\"id\": \"1\"}\n").unwrap();
        let error = read_json_lines::<Query>(&path).err().unwrap().to_string();
        assert!(error.contains("queries.jsonl") && error.contains("fields expected"), "{error}");
    }
}
