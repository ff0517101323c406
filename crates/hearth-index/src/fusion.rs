//! Score fusion: a convex combination of lexical and vector scores on the same scale (Bruch et al.
//! 2023, arXiv:2210.11934, where it beats reciprocal rank fusion; our own measurements agree).
//!
//! Text is cut into passages where it suits the embedder, not the question: the words may stand on one
//! side of a cut and the meaning on the other. So a passage that is better than both its neighbours is
//! scored with the best lexical and the best vector score of the three.

use std::collections::HashMap;

/// A passage that the lexical index, the vector index or both found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Index key of the passage; neighbouring passages have consecutive keys.
    pub key: i64,
    pub source: i64,
    /// Score in the lexical index, or `None` if only the vector index found the passage.
    pub lexical: Option<f32>,
    /// Cosine to the query's vector, or `None` if unknown.
    pub cosine: Option<f32>,
    /// Cosine to the vector that [`SearchIndex::apply_relevance_feedback`] made of the query; replaces
    /// `cosine` in the fusion.
    ///
    /// [`SearchIndex::apply_relevance_feedback`]: crate::SearchIndex::apply_relevance_feedback
    pub feedback_cosine: Option<f32>,
    /// Rank in the lexical index, from 1.
    pub lexical_rank: Option<u32>,
    /// Rank in the vector index, from 1.
    pub vector_rank: Option<u32>,
}

/// Candidates with their fused scores (0 to 1), best first. `weight` (0 to 1) is that of the vector scores.
pub fn fuse_scores(candidates: &[Candidate], weight: f32) -> Vec<(Candidate, f32)> {
    let scale_lexical = min_max_scaler(candidates.iter().filter_map(|c| c.lexical), Some(0.0));
    let query_cosine = |candidate: &Candidate| candidate.feedback_cosine.or(candidate.cosine);
    let scale_cosine = min_max_scaler(candidates.iter().filter_map(query_cosine), None);
    let parts: HashMap<(i64, i64), (f32, f32)> = candidates
        .iter()
        .map(|candidate| {
            let lexical_score = candidate.lexical.map_or(0.0, &scale_lexical);
            let vector_score = query_cosine(candidate).map_or(0.0, &scale_cosine);
            ((candidate.source, candidate.key), (lexical_score, vector_score))
        })
        .collect();
    let score =
        |(lexical_score, vector_score): (f32, f32)| weight * vector_score + (1.0 - weight) * lexical_score;
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

/// Min-max normalisation: maps scores from the lowest (or a given floor) to the highest onto 0..1.
fn min_max_scaler(scores: impl Iterator<Item = f32>, floor: Option<f32>) -> impl Fn(f32) -> f32 {
    let (low, high) = scores.fold((f32::MAX, f32::MIN), |(low, high), s| (low.min(s), high.max(s)));
    let low = floor.unwrap_or(low);
    let width = (high - low).max(1e-6);
    move |score| ((score - low) / width).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make_candidate(key: i64, lexical: Option<f32>, cosine: Option<f32>) -> Candidate {
        Candidate {
            key,
            source: 1,
            lexical,
            cosine,
            feedback_cosine: None,
            lexical_rank: None,
            vector_rank: None,
        }
    }

    #[test]
    fn both_sides_count_by_their_weight() {
        let candidates = [
            make_candidate(10, Some(10.0), Some(0.2)),
            make_candidate(20, None, Some(0.8)),
            make_candidate(30, Some(8.0), Some(0.7)),
        ];
        let order = |weight| {
            fuse_scores(&candidates, weight).into_iter().map(|(found, _)| found.key).collect::<Vec<_>>()
        };
        assert_eq!(order(1.0), [20, 30, 10]);
        assert_eq!(order(0.0), [10, 30, 20]);
        assert_eq!(order(0.5)[0], 30);
    }

    fn check_scores(candidates: &[Candidate], weight: f32, expect: &[(i64, f32)]) {
        let fused = fuse_scores(candidates, weight);
        let found: Vec<(i64, f32)> = fused.iter().map(|(found, score)| (found.key, *score)).collect();
        let is_equal = found.len() == expect.len()
            && found.iter().zip(expect).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() < 1e-5);
        assert!(is_equal, "{found:?}, not {expect:?}");
    }

    #[test]
    fn scores_are_shares_of_the_best_words_and_of_the_span_of_the_cosines() {
        let candidates = [
            make_candidate(10, Some(10.0), Some(0.2)),
            make_candidate(20, None, Some(0.8)),
            make_candidate(30, Some(8.0), Some(0.7)),
            make_candidate(40, Some(2.5), None),
        ];
        // Words: 1, 0, 0.8, 0.25. Cosines from 0.2 to 0.8: 0, 1, 5/6; one that is not known counts as the lowest.
        check_scores(&candidates, 0.25, &[(30, 0.6 + 5.0 / 24.0), (10, 0.75), (20, 0.25), (40, 0.1875)]);
        check_scores(&[], 0.5, &[]);
    }

    #[test]
    fn the_cosine_of_feedback_replaces_that_of_the_query() {
        let mut candidates = [
            make_candidate(10, None, Some(0.9)),
            make_candidate(20, None, Some(0.5)),
            make_candidate(30, None, Some(0.1)),
        ];
        for (candidate, cosine) in candidates.iter_mut().zip([0.0, 1.0, 0.25]) {
            candidate.feedback_cosine = Some(cosine);
        }
        check_scores(&candidates, 1.0, &[(20, 1.0), (30, 0.25), (10, 0.0)]);
    }

    #[test]
    fn passages_of_two_sources_are_no_neighbours_though_their_keys_are() {
        let mut candidates = [
            make_candidate(2, Some(10.0), Some(0.2)),
            make_candidate(3, None, Some(0.9)),
            make_candidate(9, None, Some(0.1)),
        ];
        candidates[1].source = 2;
        // Apart: the words of one, and the meaning of the other; the lowest cosine is 0.1.
        check_scores(&candidates, 0.5, &[(2, 0.5 + 0.5 * 0.125), (3, 0.5), (9, 0.0)]);
        candidates[1].source = 1;
        check_scores(&candidates, 0.5, &[(2, 1.0), (3, 0.5), (9, 0.0)]);
    }

    #[test]
    fn what_a_cut_divides_counts_together() {
        // The words stand in 2, the meaning in 3; 7 has some of both, 9 nothing.
        let candidates = [
            make_candidate(2, Some(10.0), Some(0.2)),
            make_candidate(3, None, Some(0.9)),
            make_candidate(7, Some(6.0), Some(0.7)),
            make_candidate(9, None, Some(0.1)),
        ];
        let fused = fuse_scores(&candidates, 0.5);
        assert_eq!(fused.iter().map(|(found, _)| found.key).collect::<Vec<_>>(), [2, 7, 3, 9]);
        assert!((fused[0].1 - 1.0).abs() < 1e-6, "{fused:?}");
    }
}
