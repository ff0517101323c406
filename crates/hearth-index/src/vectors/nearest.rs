//! Nearest-neighbour search: sketches where there are many rows, the scan over 8-bit codes, the exact cosine.

use std::collections::HashSet;
use std::ops::Range;

use rayon::prelude::*;

use super::{Neighbour, VectorIndex, merge_ranges};
use crate::scan::{dot, inner_products, keep_best, quantise_vector};
use crate::sketch::{SKETCH_MIN_ROWS, SketchedQuery};

/// Rows that one thread scans at a time.
const ROWS_PER_SCAN: u32 = 8192;
/// Candidates that are scored exactly, per requested result.
const RESCORE_FACTOR: usize = 2;
/// Divisor of the number of rows, for the share that sketches leave to the scan.
const SKETCH_KEPT_DIVISOR: usize = 50;
/// Number of rows that sketches leave to the scan besides that share.
const SKETCH_KEPT_BASE: usize = 2000;
/// Size of the sample of rows from which the score threshold is estimated.
const THRESHOLD_SAMPLE_ROWS: usize = 8192;

impl VectorIndex {
    /// Passages nearest to a unit vector, best first; of all `sources` if `None`.
    pub fn search(&self, query: &[f32], sources: Option<&HashSet<i64>>, limit: usize) -> Vec<Neighbour> {
        if query.len() != self.dimensions || limit == 0 {
            return Vec::new();
        }
        let selected = sources.map(|sources| {
            merge_ranges(sources.iter().filter_map(|source| self.sources.get(source)).cloned().collect())
        });
        let ranges = selected.as_ref().unwrap_or(&self.active_ranges);
        let pieces = split_ranges(ranges);
        let (codes, scale) = quantise_vector(query);
        let candidate_count = limit * RESCORE_FACTOR;
        let count: usize = ranges.iter().map(ExactSizeIterator::len).sum();
        let mut candidates = if count >= SKETCH_MIN_ROWS {
            let rows = self.filter_by_sketch(query, &pieces, count, candidate_count);
            let scan = |rows: &[u32]| self.scan_rows(rows, &codes, scale);
            rows.par_chunks(ROWS_PER_SCAN as usize / 4).flat_map_iter(scan).collect()
        } else {
            let scan = |piece: &Range<u32>| self.scan_range(piece.clone(), &codes, scale, candidate_count);
            if pieces.len() > 1 {
                pieces.par_iter().flat_map_iter(scan).collect()
            } else {
                pieces.iter().flat_map(scan).collect::<Vec<(u32, f32)>>()
            }
        };
        keep_best(&mut candidates, candidate_count);
        let mut exact: Vec<(u32, f32)> =
            candidates.into_iter().map(|(row, _)| (row, dot(query, self.read_vector(row)))).collect();
        exact.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        exact.truncate(limit);
        exact
            .into_iter()
            .map(|(row, cosine)| Neighbour {
                key: self.keys[row as usize],
                source: self.find_source(row),
                cosine,
            })
            .collect()
    }

    fn find_source(&self, row: u32) -> i64 {
        let after = self.starts.partition_point(|(start, _)| *start <= row);
        self.starts[after.saturating_sub(1)].1
    }

    /// Rows that the sketches leave to the scan, in order: about the intended share, those above a threshold
    /// estimated from a sample of the rows.
    fn filter_by_sketch(
        &self,
        query: &[f32],
        pieces: &[Range<u32>],
        count: usize,
        candidate_count: usize,
    ) -> Vec<u32> {
        let sketched = SketchedQuery::new(query);
        let kept_count = (SKETCH_KEPT_BASE + count / SKETCH_KEPT_DIVISOR).max(candidate_count * 4).min(count);
        let mut sample: Vec<f32> = Vec::new();
        let sample_rows = (THRESHOLD_SAMPLE_ROWS / pieces.len().max(1)).max(16) as u32;
        for piece in pieces {
            sample.extend(
                self.sketches.score_rows(&sketched, piece.start..(piece.start + sample_rows).min(piece.end)),
            );
        }
        let rank = (sample.len() * kept_count / count).min(sample.len() - 1);
        let (_, threshold, _) = sample.select_nth_unstable_by(rank, |a, b| b.total_cmp(a));
        let threshold = *threshold;
        let filter_piece = |piece: &Range<u32>| -> Vec<u32> {
            let scores = self.sketches.score_rows(&sketched, piece.clone());
            piece.clone().zip(scores).filter(|(_, score)| *score >= threshold).map(|(row, _)| row).collect()
        };
        pieces.par_iter().flat_map_iter(filter_piece).collect()
    }

    fn scan_rows(&self, rows: &[u32], query: &[i8], scale: f32) -> Vec<(u32, f32)> {
        let codes = self.codes.as_bytes();
        let mut scores = Vec::with_capacity(rows.len());
        for &row in rows {
            let at = row as usize;
            let mut product = [0];
            inner_products(query, &codes[at * self.dimensions..(at + 1) * self.dimensions], &mut product);
            scores.push((row, product[0] as f32 * scale * self.scales[at]));
        }
        scores
    }

    fn scan_range(&self, rows: Range<u32>, query: &[i8], scale: f32, limit: usize) -> Vec<(u32, f32)> {
        let (start, end) = (rows.start as usize, rows.end as usize);
        let mut scores = vec![0; rows.len()];
        let codes = &self.codes.as_bytes()[start * self.dimensions..end * self.dimensions];
        inner_products(query, codes, &mut scores);
        let mut candidates: Vec<(u32, f32)> = Vec::new();
        let mut threshold = f32::MIN;
        for ((row, product), row_scale) in rows.zip(scores).zip(&self.scales[start..end]) {
            let score = product as f32 * scale * row_scale;
            if score > threshold {
                candidates.push((row, score));
                if candidates.len() >= 4 * limit {
                    keep_best(&mut candidates, limit);
                    threshold = candidates.iter().map(|(_, score)| *score).fold(f32::MAX, f32::min);
                }
            }
        }
        keep_best(&mut candidates, limit);
        candidates
    }
}

/// Splits ranges into pieces that one thread scans at a time.
fn split_ranges(ranges: &[Range<u32>]) -> Vec<Range<u32>> {
    ranges
        .iter()
        .flat_map(|range| {
            (range.start..range.end)
                .step_by(ROWS_PER_SCAN as usize)
                .map(move |start| start..(start + ROWS_PER_SCAN).min(range.end))
        })
        .collect()
}
