//! One ranking from two: a convex sum of scores that were brought to the same scale (Bruch et al.
//! 2023, arXiv:2210.11934, where it beats reciprocal ranks; our own figures say the same).
//!
//! A text is cut into passages where it suits the embedder, not the question: the words may stand
//! on one side of a cut and the meaning on the other. So a passage that is better than both beside
//! it is scored with the best words and the best meaning of the three.

use std::collections::HashMap;

/// A passage that words, meaning or both brought up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The passage's number; passages beside each other have numbers beside each other.
    pub key: i64,
    pub source: i64,
    /// BM25, when words found it.
    pub lexical: Option<f32>,
    /// Cosine to the query, when known.
    pub cosine: Option<f32>,
    /// Cosine to the query as [`Index::draw_near`](crate::Index::draw_near) moved it; counts instead of the other.
    pub drawn: Option<f32>,
    /// Rank by words alone, from 1.
    pub lexical_rank: Option<u32>,
    /// Rank by meaning alone, from 1.
    pub vector_rank: Option<u32>,
}

/// Scores candidates from 0 to 1, best first. `weight` (0 to 1) is what meaning counts.
pub fn fuse(candidates: &[Candidate], weight: f32) -> Vec<(Candidate, f32)> {
    let lexical = scaler(candidates.iter().filter_map(|c| c.lexical), Some(0.0));
    let meant = |candidate: &Candidate| candidate.drawn.or(candidate.cosine);
    let cosine = scaler(candidates.iter().filter_map(meant), None);
    let parts: HashMap<(i64, i64), (f32, f32)> = candidates
        .iter()
        .map(|candidate| {
            let words = candidate.lexical.map_or(0.0, &lexical);
            let meaning = meant(candidate).map_or(0.0, &cosine);
            ((candidate.source, candidate.key), (words, meaning))
        })
        .collect();
    let score = |(words, meaning): (f32, f32)| weight * meaning + (1.0 - weight) * words;
    let mut fused: Vec<(Candidate, f32)> = candidates
        .iter()
        .map(|candidate| {
            let (source, key) = (candidate.source, candidate.key);
            let own = parts[&(source, key)];
            let before = parts.get(&(source, key - 1)).copied().unwrap_or_default();
            let after = parts.get(&(source, key + 1)).copied().unwrap_or_default();
            let is_best = score(own) > score(before) && score(own) >= score(after);
            let joint = (own.0.max(before.0).max(after.0), own.1.max(before.1).max(after.1));
            (*candidate, if is_best { score(joint) } else { score(own) })
        })
        .collect();
    fused.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.key.cmp(&b.0.key)));
    fused
}

/// Brings scores to 0..1 between the lowest (or a given floor) and the highest.
fn scaler(scores: impl Iterator<Item = f32>, floor: Option<f32>) -> impl Fn(f32) -> f32 {
    let (low, high) = scores.fold((f32::MAX, f32::MIN), |(low, high), s| (low.min(s), high.max(s)));
    let low = floor.unwrap_or(low);
    let width = (high - low).max(1e-6);
    move |score| ((score - low) / width).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(key: i64, lexical: Option<f32>, cosine: Option<f32>) -> Candidate {
        Candidate { key, source: 1, lexical, cosine, drawn: None, lexical_rank: None, vector_rank: None }
    }

    #[test]
    fn both_sides_count_by_their_weight() {
        let candidates = [
            candidate(10, Some(10.0), Some(0.2)),
            candidate(20, None, Some(0.8)),
            candidate(30, Some(8.0), Some(0.7)),
        ];
        let order =
            |weight| fuse(&candidates, weight).into_iter().map(|(found, _)| found.key).collect::<Vec<_>>();
        assert_eq!(order(1.0), [20, 30, 10]);
        assert_eq!(order(0.0), [10, 30, 20]);
        assert_eq!(order(0.5)[0], 30);
    }

    #[test]
    fn what_a_cut_divides_counts_together() {
        // The words stand in 2, the meaning in 3; 7 has some of both, 9 nothing.
        let candidates = [
            candidate(2, Some(10.0), Some(0.2)),
            candidate(3, None, Some(0.9)),
            candidate(7, Some(6.0), Some(0.7)),
            candidate(9, None, Some(0.1)),
        ];
        let fused = fuse(&candidates, 0.5);
        assert_eq!(fused.iter().map(|(found, _)| found.key).collect::<Vec<_>>(), [2, 7, 3, 9]);
        assert!((fused[0].1 - 1.0).abs() < 1e-6, "{fused:?}");
    }
}
