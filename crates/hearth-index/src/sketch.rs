//! Sketches for a first pass over many vectors: binary quantisation with one bit per dimension.
//!
//! A vector's signs, against a query of four bits per dimension, estimate its inner product well enough
//! to leave out nearly all of a large library (Gao & Long 2024, RaBitQ, arXiv:2405.12497, of which
//! this is the plain form without rotation: it made no difference on MiniLM's vectors). The
//! remaining rows are scored again at full precision.

use std::ops::Range;

/// Number of vectors from which sketches are compared before the scan; below, the scan alone is as quick.
pub(crate) const SKETCH_MIN_ROWS: usize = 40_000;
/// Bits per dimension of a query.
const BITS_PER_DIMENSION: usize = 4;

/// Sketches of many vectors: the signs of their values.
#[derive(Debug, Default)]
pub(crate) struct Sketches {
    /// 64-bit words per vector.
    width: usize,
    bits: Vec<u64>,
}

/// A query quantised to bit planes: dimension `i` is about `low + step · Σ 2^k plane_k[i]`.
pub(crate) struct SketchedQuery {
    planes: Vec<u64>,
    low: f32,
    step: f32,
}

impl Sketches {
    pub(crate) fn new(dimensions: usize) -> Self {
        Self { width: dimensions.div_ceil(64), bits: Vec::new() }
    }

    /// Number of vectors.
    pub(crate) fn len(&self) -> usize {
        self.bits.len() / self.width.max(1)
    }

    /// Adds a vector by its 8-bit codes.
    pub(crate) fn push(&mut self, codes: &[u8]) {
        let start = self.bits.len();
        self.bits.resize(start + self.width, 0);
        for (at, code) in codes.iter().enumerate() {
            self.bits[start + at / 64] |= u64::from(code.cast_signed() >= 0) << (at % 64);
        }
    }

    /// Scores of a range of vectors, about proportional to their inner products with a query.
    pub(crate) fn score_rows(&self, query: &SketchedQuery, rows: Range<u32>) -> Vec<f32> {
        let bits = &self.bits[rows.start as usize * self.width..rows.end as usize * self.width];
        let mut scores = vec![0.0; rows.len()];
        score_sketches(query, bits, self.width, &mut scores);
        scores
    }
}

impl SketchedQuery {
    pub(crate) fn new(query: &[f32]) -> Self {
        let width = query.len().div_ceil(64);
        let low = query.iter().copied().fold(f32::MAX, f32::min);
        let high = query.iter().copied().fold(f32::MIN, f32::max);
        let step = ((high - low) / ((1 << BITS_PER_DIMENSION) - 1) as f32).max(1e-12);
        let mut planes = vec![0; BITS_PER_DIMENSION * width];
        for (at, value) in query.iter().enumerate() {
            let level = ((value - low) / step).round() as u64;
            for plane in 0..BITS_PER_DIMENSION {
                planes[plane * width + at / 64] |= ((level >> plane) & 1) << (at % 64);
            }
        }
        Self { planes, low, step }
    }
}

#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512vl+avx512vpopcntdq",
    "x86_64+avx2+popcnt",
    "x86_64+popcnt",
    "aarch64+neon"
))]
fn score_sketches(query: &SketchedQuery, bits: &[u64], width: usize, out: &mut [f32]) {
    // Vectors of 384 values are so common that the compiler should know their width.
    if let (6, Some(planes)) = (width, query.planes.first_chunk::<{ 6 * BITS_PER_DIMENSION }>()) {
        for (row, out) in bits.as_chunks::<6>().0.iter().zip(out) {
            *out = score_sketch(query, planes, row);
        }
    } else {
        for (row, out) in bits.chunks_exact(width).zip(out) {
            *out = score_sketch(query, &query.planes, row);
        }
    }
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "the caller is compiled for several targets, this must be, too")]
fn score_sketch(query: &SketchedQuery, planes: &[u64], row: &[u64]) -> f32 {
    let mut ones = 0;
    for word in row {
        ones += word.count_ones();
    }
    let mut weighted = 0;
    for (level, plane) in planes.chunks_exact(row.len()).enumerate() {
        let mut common = 0;
        for (word, plane) in row.iter().zip(plane) {
            common += (word & plane).count_ones();
        }
        weighted += common << level;
    }
    query.low * ones as f32 + query.step * weighted as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_follow_inner_products_with_the_signs() {
        let dimensions = 100;
        let value = |seed: usize| ((seed * 7919 + 13) % 201) as f32 / 100.0 - 1.0;
        let query: Vec<f32> = (0..dimensions).map(|at| value(at * 3 + 1)).collect();
        let mut sketches = Sketches::new(dimensions);
        let mut expected = Vec::new();
        for row in 0..50 {
            let codes: Vec<i8> = (0..dimensions).map(|at| (value(row * 131 + at) * 127.0) as i8).collect();
            expected.push(
                codes.iter().zip(&query).map(|(code, q)| if *code >= 0 { *q } else { 0.0 }).sum::<f32>(),
            );
            let bytes: Vec<u8> = codes.iter().map(|code| code.cast_unsigned()).collect();
            sketches.push(&bytes);
        }
        let scores = sketches.score_rows(&SketchedQuery::new(&query), 0..50);
        for (score, expected) in scores.iter().zip(&expected) {
            // Four bits a dimension: each is off by half a step at most.
            assert!((score - expected).abs() < dimensions as f32 * 0.07, "{score} {expected}");
        }
    }
}
