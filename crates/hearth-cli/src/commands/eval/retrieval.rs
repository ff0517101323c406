//! `hearth eval retrieval`

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use hearth_client::Client;
use hearth_node::{RetrievalMetrics, compute_metrics};
use hearth_wire::SearchQuery;
use hearth_wire::operations::Search;
use serde::Serialize;

use super::collection::{
    Document, Query, add_documents, folder_name, read_json_lines, read_judgements, start_eval_node,
};
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
    let (node, client) = start_eval_node(data_dir, &folder_name(dir)).await?;
    let outcome = evaluate_retrieval(&client, dir, mode).await;
    node.stop().await;
    let report = outcome?;
    if json {
        return output::print_json(&report);
    }
    output::print_line(&format!(
        "nDCG@10 {:.4}  recall@100 {:.4}  MRR {:.4}  ({} queries; p50 {:.1} ms, p95 {:.1} ms)",
        report.ndcg_at_10, report.recall_at_100, report.mrr, report.queries, report.p50_ms, report.p95_ms
    ));
    Ok(())
}

async fn evaluate_retrieval(client: &Client, dir: &Path, mode: Mode) -> anyhow::Result<Report> {
    let documents: Vec<Document> = read_json_lines(&dir.join("corpus.jsonl"))?;
    let queries: Vec<Query> = read_json_lines(&dir.join("queries.jsonl"))?;
    let judgements = read_judgements(&dir.join("qrels.tsv"))?;
    let ids = add_documents(client, &documents).await?;
    let mut rankings = HashMap::new();
    let mut times = Vec::new();
    for query in queries.iter().filter(|query| judgements.relevant.contains_key(&query.id)) {
        let search_query = SearchQuery {
            // Quotation marks of a claim are no search syntax.
            q: query.text.replace(['"', '“', '”', '„'], " "),
            limit: Some(150),
            mode: Some(mode.to_wire()),
            notebook_id: None,
        };
        let started = Instant::now();
        let result = client.call::<Search>(&[], &search_query, &()).await?;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
        let ranking = result
            .hits
            .iter()
            .filter_map(|hit| ids.get(&hit.passage.as_ref()?.source_id.to_string()).cloned())
            .collect();
        rankings.insert(query.id.clone(), ranking);
    }
    times.sort_by(f64::total_cmp);
    let percentile = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or(0.0);
    let RetrievalMetrics { ndcg_at_10, recall_at_100, mrr, queries } =
        compute_metrics(&rankings, &judgements);
    Ok(Report { ndcg_at_10, recall_at_100, mrr, queries, p50_ms: percentile(0.5), p95_ms: percentile(0.95) })
}
