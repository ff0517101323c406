//! `hearth eval embedding`: quality of an embedder's vectors by themselves, in both precisions.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use hearth_domain::{Embedder, TextRole};
use hearth_models::{Catalogue, LocalEmbedder, ModelCache, Precision};
use hearth_node::compute_metrics;
use indicatif::ProgressBar;

use super::collection::{Document, Query, read_json_lines, read_judgements};
use crate::connection::load_installation;
use crate::output;

/// Texts embedded in one batch.
const EMBED_BATCH_SIZE: usize = 256;
/// Documents kept in a ranking.
const MAX_RANKED_DOCUMENTS: usize = 100;

pub(super) async fn run(data_dir: Option<&Path>, dir: &Path, model: &str) -> anyhow::Result<()> {
    let (directories, _) = load_installation(data_dir, &[])?;
    let catalogue = Catalogue::load_built_in()?;
    let entry = catalogue
        .find_model(model)
        .with_context(|| format!("there is no model {model:?} in the catalogue"))?;
    let cache = ModelCache::new(&directories.models);
    for (name, precision) in [("full", Precision::Full), ("int8", Precision::Int8)] {
        let embedder = LocalEmbedder::new(entry, &cache, 0, precision)
            .with_context(|| format!("{model} is not a search model (embedder)"))?;
        let spearman = evaluate_similarity(&embedder, &dir.join("sts/stsb-en-test.csv")).await?;
        let ndcg = evaluate_retrieval(&embedder, &dir.join("scifact")).await?;
        output::print_line(&format!(
            "{model}, {name}: STS benchmark Spearman {spearman:.4}; SciFact nDCG@10 {ndcg:.4} (whole abstracts with \
             their titles, exact cosine)"
        ));
    }
    Ok(())
}

async fn embed_texts(
    embedder: &LocalEmbedder,
    role: TextRole,
    texts: Vec<String>,
) -> anyhow::Result<Vec<Vec<f32>>> {
    let bar = ProgressBar::new(texts.len() as u64);
    let mut all = Vec::with_capacity(texts.len());
    for batch in texts.chunks(EMBED_BATCH_SIZE) {
        all.extend(embedder.embed(role, batch.to_vec()).await?);
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    Ok(all)
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Spearman's correlation of cosines with human scores of sentence pairs.
async fn evaluate_similarity(embedder: &LocalEmbedder, pairs: &Path) -> anyhow::Result<f64> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(pairs)
        .with_context(|| format!("{} could not be read", pairs.display()))?;
    let rows: Vec<(String, String, f64)> = reader.deserialize().collect::<Result<_, _>>()?;
    let texts = rows.iter().flat_map(|(first, second, _)| [first.clone(), second.clone()]).collect();
    let vectors = embed_texts(embedder, TextRole::Passage, texts).await?;
    let cosines: Vec<f64> =
        vectors.chunks_exact(2).map(|pair| f64::from(cosine(&pair[0], &pair[1]))).collect();
    let scores: Vec<f64> = rows.iter().map(|(_, _, score)| *score).collect();
    Ok(pearson_correlation(&compute_ranks(&cosines), &compute_ranks(&scores)))
}

/// Ranks from 1; equal values share their mean rank.
fn compute_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let tie_count = order[start..]
            .iter()
            .take_while(|&&index| values[index].total_cmp(&values[order[start]]).is_eq())
            .count();
        let mean_rank = (2 * start + tie_count + 1) as f64 / 2.0;
        for &index in &order[start..start + tie_count] {
            ranks[index] = mean_rank;
        }
        start += tie_count;
    }
    ranks
}

/// Pearson's correlation.
fn pearson_correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let covariance: f64 = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
    let spread = |values: &[f64], mean: f64| values.iter().map(|v| (v - mean).powi(2)).sum::<f64>().sqrt();
    covariance / (spread(a, mean_a) * spread(b, mean_b))
}

/// nDCG@10 of whole documents by exact cosine.
async fn evaluate_retrieval(embedder: &LocalEmbedder, dir: &Path) -> anyhow::Result<f64> {
    let documents: Vec<Document> = read_json_lines(&dir.join("corpus.jsonl"))?;
    let queries: Vec<Query> = read_json_lines(&dir.join("queries.jsonl"))?;
    let judgements = read_judgements(&dir.join("qrels.tsv"))?;
    let texts = documents.iter().map(|document| format!("{} {}", document.title, document.text)).collect();
    let document_vectors = embed_texts(embedder, TextRole::Passage, texts).await?;
    let judged_queries: Vec<&Query> =
        queries.iter().filter(|query| judgements.relevant.contains_key(&query.id)).collect();
    let texts = judged_queries.iter().map(|query| query.text.clone()).collect();
    let query_vectors = embed_texts(embedder, TextRole::Query, texts).await?;
    let mut rankings = HashMap::new();
    for (query, query_vector) in judged_queries.iter().zip(&query_vectors) {
        let mut scored: Vec<(f32, usize)> = document_vectors
            .iter()
            .enumerate()
            .map(|(index, document_vector)| (cosine(document_vector, query_vector), index))
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        let ranking =
            scored.iter().take(MAX_RANKED_DOCUMENTS).map(|(_, index)| documents[*index].id.clone()).collect();
        rankings.insert(query.id.clone(), ranking);
    }
    Ok(compute_metrics(&rankings, &judgements).ndcg_at_10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_rank_and_order_alone_counts() {
        assert_eq!(compute_ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        let up = pearson_correlation(&compute_ranks(&[0.1, 0.2, 0.9]), &compute_ranks(&[1.0, 4.0, 5.0]));
        assert!((up - 1.0).abs() < 1e-12);
        let down = pearson_correlation(&compute_ranks(&[0.1, 0.2, 0.9]), &compute_ranks(&[5.0, 4.0, 1.0]));
        assert!((down + 1.0).abs() < 1e-12);
    }
}
