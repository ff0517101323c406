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
