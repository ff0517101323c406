//! Windows that are taken for one voice, and putting those together that are alike.

/// Windows that are taken for one voice.
#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    /// Of their voiceprints.
    pub(super) sum: Vec<f32>,
    /// So many.
    pub(super) count: usize,
}

impl Cluster {
    /// Average linkage: how alike their windows are on average.
    pub(super) fn alike(&self, other: &Self) -> f32 {
        dot(&self.sum, &other.sum) / (self.count * other.count) as f32
    }

    /// How alike their middles are.
    pub(super) fn same(&self, other: &Self) -> f32 {
        let length = (dot(&self.sum, &self.sum) * dot(&other.sum, &other.sum)).sqrt();
        dot(&self.sum, &other.sum) / length.max(f32::MIN_POSITIVE)
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.sum.iter_mut().zip(&other.sum).for_each(|(sum, more)| *sum += more);
        self.count += other.count;
    }
}

/// Puts the two together that are the most alike, again and again, while they are as alike as `least`.
pub(super) fn gathered(
    mut clusters: Vec<Cluster>,
    least: f32,
    alike: impl Fn(&Cluster, &Cluster) -> f32,
) -> Vec<Cluster> {
    // Of each cluster the one behind it that is the most alike.
    let nearest = |clusters: &[Cluster], at: usize| {
        let behind = clusters[at + 1..].iter().enumerate();
        let behind = behind.filter(|(_, other)| other.count > 0);
        let behind = behind.map(|(by, other)| (at + 1 + by, alike(&clusters[at], other)));
        behind.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((at, f32::NEG_INFINITY))
    };
    let mut best: Vec<(usize, f32)> = (0..clusters.len()).map(|at| nearest(&clusters, at)).collect();
    while let Some(at) = (0..best.len()).max_by(|a, b| best[*a].1.total_cmp(&best[*b].1)) {
        let (other, how) = best[at];
        if how < least {
            break;
        }
        let joined = std::mem::take(&mut clusters[other]);
        clusters[at].join(&joined);
        best[other] = (other, f32::NEG_INFINITY);
        for row in 0..clusters.len() {
            if clusters[row].count == 0 {
                continue;
            }
            let points_there = best[row].0 == at || best[row].0 == other;
            if row == at || points_there {
                best[row] = nearest(&clusters, row);
            } else if row < at {
                let how = alike(&clusters[row], &clusters[at]);
                if how > best[row].1 {
                    best[row] = (at, how);
                }
            }
        }
    }
    clusters.retain(|cluster| cluster.count > 0);
    clusters
}

/// Those of the most windows; what the others had goes to whichever of these is nearest.
pub(super) fn largest_of(mut clusters: Vec<Cluster>, most: usize) -> Vec<Cluster> {
    if clusters.len() > most {
        clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.count));
        clusters.truncate(most);
    }
    clusters
}

const LANES: usize = 8;

pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    // Sums of their own are added side by side.
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0; LANES];
    for (a, b) in a.zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}
