//! Agglomerative clustering of windows by their voiceprints.

/// A cluster of windows, taken for one speaker.
#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    /// Sum of the windows' voiceprints.
    pub(super) sum: Vec<f32>,
    /// Number of windows.
    pub(super) count: usize,
}

impl Cluster {
    /// Average similarity of the windows of both (average linkage).
    pub(super) fn average_similarity(&self, other: &Self) -> f32 {
        dot(&self.sum, &other.sum) / (self.count * other.count) as f32
    }

    /// Cosine similarity of both centroids.
    pub(super) fn centroid_similarity(&self, other: &Self) -> f32 {
        let length = (dot(&self.sum, &self.sum) * dot(&other.sum, &other.sum)).sqrt();
        dot(&self.sum, &other.sum) / length.max(f32::MIN_POSITIVE)
    }

    /// Adds the windows of another cluster.
    pub(super) fn add_cluster(&mut self, other: &Self) {
        self.sum.iter_mut().zip(&other.sum).for_each(|(sum, more)| *sum += more);
        self.count += other.count;
    }
}

/// Merges the two most similar clusters repeatedly, as long as their similarity is at least `threshold`.
pub(super) fn merge_similar(
    mut clusters: Vec<Cluster>,
    threshold: f32,
    similarity: impl Fn(&Cluster, &Cluster) -> f32,
) -> Vec<Cluster> {
    // For each cluster the most similar one of those after it.
    let nearest = |clusters: &[Cluster], index: usize| {
        let candidates = clusters[index + 1..].iter().enumerate();
        let candidates = candidates.filter(|(_, other)| other.count > 0);
        let candidates =
            candidates.map(|(offset, other)| (index + 1 + offset, similarity(&clusters[index], other)));
        candidates.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((index, f32::NEG_INFINITY))
    };
    let mut best: Vec<(usize, f32)> = (0..clusters.len()).map(|index| nearest(&clusters, index)).collect();
    while let Some(index) = (0..best.len()).max_by(|a, b| best[*a].1.total_cmp(&best[*b].1)) {
        let (other, score) = best[index];
        if score < threshold {
            break;
        }
        let merged = std::mem::take(&mut clusters[other]);
        clusters[index].add_cluster(&merged);
        best[other] = (other, f32::NEG_INFINITY);
        for row in 0..clusters.len() {
            if clusters[row].count == 0 {
                continue;
            }
            let points_to_merged = best[row].0 == index || best[row].0 == other;
            if row == index || points_to_merged {
                best[row] = nearest(&clusters, row);
            } else if row < index {
                let score = similarity(&clusters[row], &clusters[index]);
                if score > best[row].1 {
                    best[row] = (index, score);
                }
            }
        }
    }
    clusters.retain(|cluster| cluster.count > 0);
    clusters
}

/// Keeps the clusters with the most windows; reassignment gives the others' windows to the nearest of them.
pub(super) fn keep_largest(mut clusters: Vec<Cluster>, max_clusters: usize) -> Vec<Cluster> {
    if clusters.len() > max_clusters {
        clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.count));
        clusters.truncate(max_clusters);
    }
    clusters
}

/// Sums that are added side by side, as vector instructions do.
const LANE_COUNT: usize = 8;

/// Dot product of two vectors of the same length.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    // Independent sums let the compiler use vector instructions.
    let (a, b) = (a.chunks_exact(LANE_COUNT), b.chunks_exact(LANE_COUNT));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0; LANE_COUNT];
    for (a, b) in a.zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cluster of one window in the direction of so many degrees.
    fn window(degrees: f32) -> Cluster {
        Cluster { sum: vec![degrees.to_radians().cos(), degrees.to_radians().sin()], count: 1 }
    }

    /// Numbers of windows of the clusters, sorted.
    fn counts(clusters: &[Cluster]) -> Vec<usize> {
        let mut counts: Vec<usize> = clusters.iter().map(|cluster| cluster.count).collect();
        counts.sort_unstable();
        counts
    }

    #[test]
    fn similar_windows_are_merged_and_others_are_not() {
        let windows = [0.0, 90.0, 5.0, 93.0, 10.0, 200.0].map(window).to_vec();
        let clusters = merge_similar(windows, 0.9, Cluster::average_similarity);
        assert_eq!(counts(&clusters), [1, 2, 3]);
        let largest = clusters.iter().find(|cluster| cluster.count == 3).unwrap();
        // The sum of the windows at 0, 5 and 10 degrees points to 5 degrees.
        assert!((largest.sum[1].atan2(largest.sum[0]).to_degrees() - 5.0).abs() < 1e-3);
    }

    #[test]
    fn the_most_similar_are_merged_first() {
        // 20 and 30 degrees first; then neither 0 nor 50 is within 25 degrees of all of them on average.
        let clusters = merge_similar(
            [0.0, 20.0, 30.0, 50.0].map(window).to_vec(),
            25_f32.to_radians().cos(),
            Cluster::average_similarity,
        );
        assert_eq!(counts(&clusters), [1, 1, 2]);
        assert!(merge_similar(Vec::new(), 0.5, Cluster::average_similarity).is_empty());
        let one = merge_similar(vec![window(0.0)], -1.0, Cluster::average_similarity);
        assert_eq!(counts(&one), [1]);
    }

    #[test]
    fn similarities_do_not_depend_on_the_number_of_windows() {
        let mut double = window(0.0);
        double.add_cluster(&window(0.0));
        let other = window(60.0);
        assert!((double.average_similarity(&other) - 0.5).abs() < 1e-6);
        assert!((double.centroid_similarity(&other) - 0.5).abs() < 1e-6);
        // Average linkage counts how far the windows of a cluster lie apart, their centroid does not.
        let mut wide = window(60.0);
        wide.add_cluster(&window(-60.0));
        assert!((wide.average_similarity(&window(0.0)) - 0.5).abs() < 1e-6);
        assert!((wide.centroid_similarity(&window(0.0)) - 1.0).abs() < 1e-6);
        // A cluster without a direction resembles nothing.
        let none = Cluster { sum: vec![0.0, 0.0], count: 1 };
        assert!(none.centroid_similarity(&other).abs() < 1e-6);
    }

    #[test]
    fn the_largest_clusters_are_kept() {
        let sized = |count| Cluster { sum: Vec::new(), count };
        assert_eq!(counts(&keep_largest([3, 1, 5, 2].map(sized).to_vec(), 2)), [3, 5]);
        assert_eq!(counts(&keep_largest([3, 1].map(sized).to_vec(), 2)), [1, 3]);
    }

    #[test]
    fn a_product_of_any_length_counts_all_values() {
        for length in [0_u16, 1, 7, 8, 9, 16, 19, 192] {
            let values: Vec<f32> = (1..=length).map(f32::from).collect();
            let n = f32::from(length);
            // The sum of squares of 1 to n.
            let sum = n * (n + 1.0) * (2.0 * n + 1.0) / 6.0;
            assert!((dot(&values, &values) - sum).abs() <= sum * 1e-6, "{length}");
        }
    }
}
