//! `hearth eval retrieval`

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use hearth_client::Client;
use hearth_node::{Figures, measure};
use hearth_wire::SearchQuery;
use hearth_wire::operations::Search;
use serde::Serialize;

use super::collection::{Document, Query, fill, judgements, lines, name_of, node};
use crate::commands::search::Mode;
use crate::output;

#[derive(Serialize)]
struct Report {
    ndcg_at_10: f64,
    recall_at_100: f64,
    mrr: f64,
    queries: usize,
    p50_ms: f64,
    p95_ms: f64,
}

pub(super) async fn run(data_dir: Option<&Path>, dir: &Path, mode: Mode, json: bool) -> anyhow::Result<()> {
    let (node, client) = node(data_dir, &name_of(dir)).await?;
    let outcome = evaluate(&client, dir, mode).await;
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
