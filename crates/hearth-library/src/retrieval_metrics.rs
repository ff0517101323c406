//! Retrieval metrics on judged collections.

use std::collections::{HashMap, HashSet};

/// Relevance judgements of a collection, in BEIR's shape.
#[derive(Clone, Debug, Default)]
pub struct RelevanceJudgements {
    /// Query id → document id → grade.
    pub relevant: HashMap<String, HashMap<String, u32>>,
}

/// Metrics over all judged queries.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RetrievalMetrics {
    pub ndcg_at_10: f64,
    pub recall_at_100: f64,
    pub mrr: f64,
    pub queries: usize,
}

/// Computes the metrics of rankings (query id → document ids, best first) as trec_eval does: linear gain,
/// log2 discount.
#[allow(clippy::implicit_hasher, reason = "there is one caller")]
pub fn compute_metrics(
    rankings: &HashMap<String, Vec<String>>,
    judgements: &RelevanceJudgements,
) -> RetrievalMetrics {
    let mut figures = RetrievalMetrics::default();
    for (query, relevant) in &judgements.relevant {
        let Some(ranking) = rankings.get(query) else {
            continue;
        };
        let mut seen = HashSet::new();
        let ranking: Vec<&String> = ranking.iter().filter(|document| seen.insert(*document)).collect();
        let gain = |document: &&&String| f64::from(*relevant.get(**document).unwrap_or(&0));
        let discounted: f64 = ranking
            .iter()
            .take(10)
            .enumerate()
            .map(|(at, document)| gain(&document) / (at as f64 + 2.0).log2())
            .sum();
        let mut ideal: Vec<f64> = relevant.values().map(|grade| f64::from(*grade)).collect();
        ideal.sort_by(|a, b| b.total_cmp(a));
        let best: f64 =
            ideal.iter().take(10).enumerate().map(|(at, gain)| gain / (at as f64 + 2.0).log2()).sum();
        let relevant_count = relevant.values().filter(|grade| **grade > 0).count();
        if relevant_count == 0 {
            continue;
        }
        let found = ranking.iter().take(100).filter(|document| gain(document) > 0.0).count();
        let first = ranking.iter().position(|document| gain(&document) > 0.0);
        figures.ndcg_at_10 += discounted / best;
        figures.recall_at_100 += found as f64 / relevant_count as f64;
        figures.mrr += first.map_or(0.0, |at| 1.0 / (at as f64 + 1.0));
        figures.queries += 1;
    }
    let count = figures.queries.max(1) as f64;
    figures.ndcg_at_10 /= count;
    figures.recall_at_100 /= count;
    figures.mrr /= count;
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_trec_eval() {
        let grades = [("a".to_owned(), 1), ("b".to_owned(), 1)].into();
        let judgements = RelevanceJudgements { relevant: [("q".to_owned(), grades)].into() };
        let ranking = ["x", "a", "y", "b"].map(str::to_owned).to_vec();
        let figures = compute_metrics(&[("q".to_owned(), ranking)].into(), &judgements);
        // (1/log2 3 + 1/log2 5) / (1 + 1/log2 3)
        assert!((figures.ndcg_at_10 - 0.6509).abs() < 1e-4, "{figures:?}");
        assert!((figures.mrr - 0.5).abs() < 1e-9);
        assert!((figures.recall_at_100 - 1.0).abs() < 1e-9);
    }
}
