//! One ranking from two: a convex sum of scores that were brought to the same scale (Bruch et al.
//! 2023, arXiv:2210.11934, where it beats reciprocal ranks; our own figures say the same).

/// A passage that words, meaning or both brought up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    pub key: i64,
    /// BM25, when words found it.
    pub lexical: Option<f32>,
    /// Cosine to the query, when known.
    pub cosine: Option<f32>,
}

/// Scores candidates from 0 to 1, best first. `weight` (0 to 1) is what meaning counts.
pub fn fuse(candidates: &[Candidate], weight: f32) -> Vec<(i64, f32)> {
    let lexical = scaler(candidates.iter().filter_map(|c| c.lexical), Some(0.0));
    let cosine = scaler(candidates.iter().filter_map(|c| c.cosine), None);
    let mut fused: Vec<(i64, f32)> = candidates
        .iter()
        .map(|candidate| {
            let words = candidate.lexical.map_or(0.0, &lexical);
            let meaning = candidate.cosine.map_or(0.0, &cosine);
            (candidate.key, weight * meaning + (1.0 - weight) * words)
        })
        .collect();
    fused.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
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

    #[test]
    fn both_sides_count_by_their_weight() {
        let candidate = |key, lexical, cosine| Candidate { key, lexical, cosine };
        let candidates = [
            candidate(1, Some(10.0), Some(0.2)),
            candidate(2, None, Some(0.8)),
            candidate(3, Some(8.0), Some(0.7)),
        ];
        let order = |weight| fuse(&candidates, weight).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
        assert_eq!(order(1.0), [2, 3, 1]);
        assert_eq!(order(0.0), [1, 3, 2]);
        assert_eq!(order(0.5)[0], 3);
    }
}
