//! `hearth eval embedding`: how good an embedder's vectors are by themselves, in both precisions.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use hearth_domain::{Embedder, TextRole};
use hearth_models::{Catalogue, LocalEmbedder, ModelCache, Precision};
use hearth_node::measure;
use indicatif::ProgressBar;

use super::collection::{Document, Query, judgements, lines};
use crate::output;
use crate::session::installation;

/// Texts that go to the embedder at a time.
const BATCH: usize = 256;
/// Documents that a ranking keeps.
const KEPT: usize = 100;

pub(super) async fn run(data_dir: Option<&Path>, dir: &Path, model: &str) -> anyhow::Result<()> {
    let (directories, _) = installation(data_dir, &[])?;
    let catalogue = Catalogue::embedded()?;
    let entry = catalogue.find(model).with_context(|| format!("{model} is not a model that Hearth knows"))?;
    let cache = ModelCache::new(&directories.models);
    for (name, precision) in [("full", Precision::Full), ("int8", Precision::Int8)] {
        let embedder = LocalEmbedder::new(entry, &cache, 0, precision)
            .with_context(|| format!("{model} is no embedder"))?;
        let spearman = similarity(&embedder, &dir.join("sts/stsb-en-test.csv")).await?;
        let ndcg = documents(&embedder, &dir.join("scifact")).await?;
        output::line(&format!(
            "{model}, {name}: STS benchmark Spearman {spearman:.4}; SciFact nDCG@10 {ndcg:.4} (whole abstracts with \
             their titles, exact cosine)"
        ));
    }
    Ok(())
}

async fn vectors(
    embedder: &LocalEmbedder,
    role: TextRole,
    texts: Vec<String>,
) -> anyhow::Result<Vec<Vec<f32>>> {
    let bar = ProgressBar::new(texts.len() as u64);
    let mut all = Vec::with_capacity(texts.len());
    for batch in texts.chunks(BATCH) {
        all.extend(embedder.embed(role, batch.to_vec()).await?);
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    Ok(all)
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Spearman's correlation of cosines with what people said of pairs of sentences.
async fn similarity(embedder: &LocalEmbedder, pairs: &Path) -> anyhow::Result<f64> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(pairs)
        .with_context(|| format!("{} could not be read", pairs.display()))?;
    let rows: Vec<(String, String, f64)> = reader.deserialize().collect::<Result<_, _>>()?;
    let texts = rows.iter().flat_map(|(first, second, _)| [first.clone(), second.clone()]).collect();
    let vectors = vectors(embedder, TextRole::Passage, texts).await?;
    let cosines: Vec<f64> =
        vectors.chunks_exact(2).map(|pair| f64::from(cosine(&pair[0], &pair[1]))).collect();
    let told: Vec<f64> = rows.iter().map(|(_, _, score)| *score).collect();
    Ok(correlation(&ranks(&cosines), &ranks(&told)))
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let same = order[start..]
            .iter()
            .take_while(|&&at| values[at].total_cmp(&values[order[start]]).is_eq())
            .count();
        let shared = (2 * start + same + 1) as f64 / 2.0;
        for &at in &order[start..start + same] {
            ranks[at] = shared;
        }
        start += same;
    }
    ranks
}

/// Pearson's correlation.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (of_a, of_b) = (mean(a), mean(b));
    let both: f64 = a.iter().zip(b).map(|(a, b)| (a - of_a) * (b - of_b)).sum();
    let spread = |values: &[f64], mean: f64| values.iter().map(|v| (v - mean).powi(2)).sum::<f64>().sqrt();
    both / (spread(a, of_a) * spread(b, of_b))
}

/// nDCG@10 of whole documents by exact cosine.
async fn documents(embedder: &LocalEmbedder, dir: &Path) -> anyhow::Result<f64> {
    let documents: Vec<Document> = lines(&dir.join("corpus.jsonl"))?;
    let queries: Vec<Query> = lines(&dir.join("queries.jsonl"))?;
    let judgements = judgements(&dir.join("qrels.tsv"))?;
    let texts = documents.iter().map(|document| format!("{} {}", document.title, document.text)).collect();
    let of_documents = vectors(embedder, TextRole::Passage, texts).await?;
    let asked: Vec<&Query> =
        queries.iter().filter(|query| judgements.relevant.contains_key(&query.id)).collect();
    let texts = asked.iter().map(|query| query.text.clone()).collect();
    let of_queries = vectors(embedder, TextRole::Query, texts).await?;
    let mut rankings = HashMap::new();
    for (query, vector) in asked.iter().zip(&of_queries) {
        let mut scored: Vec<(f32, usize)> =
            of_documents.iter().enumerate().map(|(at, own)| (cosine(own, vector), at)).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        let ranking = scored.iter().take(KEPT).map(|(_, at)| documents[*at].id.clone()).collect();
        rankings.insert(query.id.clone(), ranking);
    }
    Ok(measure(&rankings, &judgements).ndcg_at_10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_rank_and_order_alone_counts() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        let up = correlation(&ranks(&[0.1, 0.2, 0.9]), &ranks(&[1.0, 4.0, 5.0]));
        assert!((up - 1.0).abs() < 1e-12);
        let down = correlation(&ranks(&[0.1, 0.2, 0.9]), &ranks(&[5.0, 4.0, 1.0]));
        assert!((down + 1.0).abs() < 1e-12);
    }
}
