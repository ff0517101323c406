//! `hearth eval retrieval`: a judged collection, searched as questions are.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use clap::Subcommand;
use hearth_client::Client;
use hearth_domain::{JobState, NotebookId};
use hearth_node::{Figures, Judgements, Node, NodeOptions, measure};
use hearth_wire::operations::{AddSources, CreateNotebook, ListJobs, Search};
use hearth_wire::{NewNotebook, NewSources, PageQuery, SearchQuery};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use super::search::Mode;
use crate::output;
use crate::session::{composition, installation};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// nDCG@10, recall@100 and MRR over a folder in BEIR layout
    Retrieval {
        dir: PathBuf,
        #[arg(long, value_enum, default_value = "hybrid")]
        mode: Mode,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

#[derive(Deserialize)]
struct Query {
    #[serde(rename = "_id")]
    id: String,
    text: String,
}

#[derive(Serialize)]
struct Report {
    ndcg_at_10: f64,
    recall_at_100: f64,
    mrr: f64,
    queries: usize,
    p50_ms: f64,
    p95_ms: f64,
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let What::Retrieval { dir, mode, json } = arguments.what;
    let (mut directories, effective) = installation(data_dir, &[])?;
    // A library of its own, kept beside the real one, so that a second run is quick.
    let name =
        dir.file_name().map_or_else(|| "collection".into(), |name| name.to_string_lossy().into_owned());
    directories.data = directories.data.join("eval").join(name);
    let node = Node::start(NodeOptions {
        composition: composition(directories, &effective, &[])?,
        listen: ([127, 0, 0, 1], 0).into(),
        insecure_http: false,
    })
    .await?;
    let client = Client::new(&node.address(), node.token())?;
    let outcome = evaluate(&client, &dir, mode).await;
    node.stop().await;
    let report = outcome?;
    if json {
        return output::json(&report);
    }
    output::line(&format!(
        "nDCG@10 {:.4}  recall@100 {:.4}  MRR {:.4}  ({} queries; p50 {:.1} ms, p95 {:.1} ms)",
        report.ndcg_at_10, report.recall_at_100, report.mrr, report.queries, report.p50_ms, report.p95_ms
    ));
    Ok(())
}

fn lines<T: for<'a> Deserialize<'a>>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))?;
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            serde_json::from_str(line).with_context(|| format!("{} is not in BEIR layout", path.display()))
        })
        .collect()
}

fn judgements(path: &Path) -> anyhow::Result<Judgements> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))?;
    let mut judgements = Judgements::default();
    for line in text.lines().skip(1) {
        let mut fields = line.split('\t');
        if let (Some(query), Some(document), Some(grade)) = (fields.next(), fields.next(), fields.next()) {
            let grade = grade.trim().parse().unwrap_or(0);
            judgements.relevant.entry(query.to_owned()).or_default().insert(document.to_owned(), grade);
        }
    }
    Ok(judgements)
}

async fn evaluate(client: &Client, dir: &Path, mode: Mode) -> anyhow::Result<Report> {
    let documents: Vec<Document> = lines(&dir.join("corpus.jsonl"))?;
    let queries: Vec<Query> = lines(&dir.join("queries.jsonl"))?;
    let judgements = judgements(&dir.join("qrels.tsv"))?;
    let ids = fill(client, &documents).await?;
    let mut rankings = HashMap::new();
    let mut times = Vec::new();
    for query in queries.iter().filter(|query| judgements.relevant.contains_key(&query.id)) {
        let wanted = SearchQuery {
            // As text: a claim's quotation marks are no search syntax.
            q: query.text.replace(['"', '“', '”', '„'], " "),
            limit: Some(150),
            mode: Some(mode.wire()),
            notebook_id: None,
        };
        let started = Instant::now();
        let result = client.call::<Search>(&[], &wanted, &()).await?;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
        let ranking = result
            .hits
            .iter()
            .filter_map(|hit| ids.get(&hit.passage.as_ref()?.source_id.to_string()).cloned())
            .collect();
        rankings.insert(query.id.clone(), ranking);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or(0.0);
    let Figures { ndcg_at_10, recall_at_100, mrr, queries } = measure(&rankings, &judgements);
    Ok(Report { ndcg_at_10, recall_at_100, mrr, queries, p50_ms: at(0.5), p95_ms: at(0.95) })
}

/// Puts all documents in, unless an earlier run did; gives source id → document id.
async fn fill(client: &Client, documents: &[Document]) -> anyhow::Result<HashMap<String, String>> {
    let wanted = NewNotebook { title: "collection".into(), emoji: None };
    let notebook: NotebookId = client.call::<CreateNotebook>(&[], &(), &wanted).await?.id;
    let mut ids = HashMap::new();
    let bar = ProgressBar::new(documents.len() as u64 * 2);
    bar.set_style(ProgressStyle::with_template("Taking in {bar:30} {pos}/{len} {eta}")?);
    for document in documents {
        let body = NewSources::Text { title: document.title.clone(), text: document.text.clone() };
        let added = client.call::<AddSources>(&[&notebook.to_string()], &(), &body).await?;
        for source in added.sources {
            ids.insert(source.id.to_string(), document.id.clone());
        }
        bar.inc(1);
    }
    let query = PageQuery { limit: Some(1000), cursor: None };
    loop {
        let mut query = query.clone();
        let mut open = 0;
        loop {
            let jobs = client.call::<ListJobs>(&[], &query, &()).await?;
            open += jobs
                .jobs
                .iter()
                .filter(|job| matches!(job.state, JobState::Queued | JobState::Running))
                .count();
            match jobs.next_cursor {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
        bar.set_position((documents.len() * 2).saturating_sub(open) as u64);
        if open == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    bar.finish_and_clear();
    Ok(ids)
}
