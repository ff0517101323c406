//! Meaning: an exact scan over vectors of 8-bit numbers. Each vector has its own scale, so that
//! the order hardly differs from that of the full-precision vectors, with which the caller scores
//! the best ones again.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

/// Rows that one thread scans at a time.
const CHUNK: usize = 8192;

/// Vectors in memory, one row a passage.
#[derive(Debug, Default)]
pub struct VectorIndex {
    dimensions: usize,
    keys: Vec<i64>,
    sources: Vec<i64>,
    /// What one step of a row's 8-bit numbers is worth.
    scales: Vec<f32>,
    codes: Vec<i8>,
    /// Removed rows, per source: left in place until there are many.
    removed: HashSet<usize>,
    rows_of: HashMap<i64, Vec<usize>>,
}

impl VectorIndex {
    pub fn new(dimensions: usize) -> Self {
        Self { dimensions, ..Self::default() }
    }

    /// How many vectors can be found.
    pub fn len(&self) -> usize {
        self.keys.len() - self.removed.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a vector of `dimensions` values; others are ignored.
    pub fn add(&mut self, key: i64, source: i64, vector: &[f32]) {
        if vector.len() != self.dimensions {
            return;
        }
        let (codes, scale) = quantised(vector);
        self.rows_of.entry(source).or_default().push(self.keys.len());
        self.keys.push(key);
        self.sources.push(source);
        self.scales.push(scale);
        self.codes.extend(codes);
    }

    /// Removes all vectors of a source.
    pub fn remove(&mut self, source: i64) {
        self.removed.extend(self.rows_of.remove(&source).unwrap_or_default());
        if self.removed.len() > 1000 && self.removed.len() * 4 > self.keys.len() {
            self.compact();
        }
    }

    fn compact(&mut self) {
        let old = std::mem::replace(self, Self::new(self.dimensions));
        for row in (0..old.keys.len()).filter(|row| !old.removed.contains(row)) {
            let codes = &old.codes[row * old.dimensions..(row + 1) * old.dimensions];
            self.rows_of.entry(old.sources[row]).or_default().push(self.keys.len());
            self.keys.push(old.keys[row]);
            self.sources.push(old.sources[row]);
            self.scales.push(old.scales[row]);
            self.codes.extend_from_slice(codes);
        }
    }

    /// The passages most like a unit vector: (number, approximate cosine), best first.
    pub fn search(&self, query: &[f32], sources: Option<&HashSet<i64>>, limit: usize) -> Vec<(i64, f32)> {
        if query.len() != self.dimensions || self.keys.is_empty() || limit == 0 {
            return Vec::new();
        }
        let (codes, scale) = quantised(query);
        let scan = |chunk: usize| -> Vec<(usize, f32)> {
            let rows = chunk * CHUNK..((chunk + 1) * CHUNK).min(self.keys.len());
            let mut scores = vec![0; rows.len()];
            products(
                &codes,
                &self.codes[rows.start * self.dimensions..rows.end * self.dimensions],
                &mut scores,
            );
            let mut found: Vec<(usize, f32)> = rows
                .zip(scores)
                .filter(|(row, _)| {
                    sources.is_none_or(|allowed| allowed.contains(&self.sources[*row]))
                        && !self.removed.contains(row)
                })
                .map(|(row, product)| (row, product as f32 * scale * self.scales[row]))
                .collect();
            keep_best(&mut found, limit);
            found
        };
        let chunks = self.keys.len().div_ceil(CHUNK);
        let mut found: Vec<(usize, f32)> =
            if chunks > 1 { (0..chunks).into_par_iter().flat_map_iter(scan).collect() } else { scan(0) };
        keep_best(&mut found, limit);
        found.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.into_iter().map(|(row, score)| (self.keys[row], score)).collect()
    }
}

fn keep_best(found: &mut Vec<(usize, f32)>, limit: usize) {
    if found.len() > limit {
        found.select_nth_unstable_by(limit, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(limit);
    }
}

/// A vector as 8-bit numbers and the worth of one step.
fn quantised(vector: &[f32]) -> (Vec<i8>, f32) {
    let largest = vector.iter().fold(0.0_f32, |most, value| most.max(value.abs())).max(1e-12);
    let scale = largest / 127.0;
    let codes = vector.iter().map(|value| (value / scale).round() as i8).collect();
    (codes, scale)
}

/// The inner products of a query with every row.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512bw", "x86_64+avx2", "aarch64+neon"))]
fn products(query: &[i8], rows: &[i8], out: &mut [i32]) {
    for (row, out) in rows.chunks_exact(query.len()).zip(out) {
        let mut sum = 0;
        for (a, b) in row.iter().zip(query) {
            sum += i32::from(i16::from(*a) * i16::from(*b));
        }
        *out = sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(seed: u64, dimensions: usize) -> Vec<f32> {
        // A small linear congruential generator: the same vectors on every machine.
        let mut state = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut vector: Vec<f32> = (0..dimensions)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect();
        let norm = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
        for value in &mut vector {
            *value /= norm;
        }
        vector
    }

    #[test]
    fn the_scan_finds_what_an_exact_one_finds() {
        let (count, dimensions) = (20_000_i64, 64);
        let mut index = VectorIndex::new(dimensions);
        let vectors: Vec<Vec<f32>> = (0..count).map(|key| unit(key as u64, dimensions)).collect();
        for (key, vector) in (0..).zip(&vectors) {
            index.add(key, key % 7, vector);
        }
        let allowed: HashSet<i64> = [1, 2].into();
        let (mut hits, mut wanted) = (0, 0);
        for seed in 0..20 {
            let query = unit(1_000_000 + seed, dimensions);
            let exact =
                |key: &i64| -> f32 { vectors[*key as usize].iter().zip(&query).map(|(a, b)| a * b).sum() };
            let mut best: Vec<i64> = (0..count).filter(|key| allowed.contains(&(key % 7))).collect();
            best.sort_by(|a, b| exact(b).total_cmp(&exact(a)));
            // As callers do: more candidates than wanted, scored again exactly.
            let mut found: Vec<i64> =
                index.search(&query, Some(&allowed), 40).into_iter().map(|(key, _)| key).collect();
            found.sort_by(|a, b| exact(b).total_cmp(&exact(a)));
            wanted += 10;
            hits += best[..10].iter().filter(|key| found[..10].contains(key)).count();
        }
        assert!(hits * 1000 >= wanted * 995, "{hits} of {wanted}");
    }

    #[test]
    fn a_removed_source_is_not_found_again() {
        let mut index = VectorIndex::new(8);
        for key in 0..3000 {
            index.add(key, key % 2, &unit(key as u64, 8));
        }
        index.remove(1);
        assert_eq!(index.len(), 1500);
        assert!(index.search(&unit(3, 8), None, 3000).iter().all(|(key, _)| key % 2 == 0));
        index.add(5001, 1, &unit(9, 8));
        assert_eq!(index.search(&unit(9, 8), None, 1)[0].0, 5001);
    }
}
