//! Looking for the vectors nearest to a query: a coarse look where there are many, the scan, the exact cosine.

use std::collections::HashSet;
use std::ops::Range;

use rayon::prelude::*;

use super::{Near, VectorIndex, joined};
use crate::scan::{dot, keep_best, products, quantised};
use crate::sketch::SketchedQuery;

/// Rows that one thread scans at a time.
const CHUNK: u32 = 8192;
/// Candidates that are scored again, for each one wanted.
const AGAIN: usize = 2;
/// Rows from which a coarse look goes before the scan: below, the scan is as quick.
pub(super) const MANY: usize = 40_000;
/// Rows that a coarse look leaves to the scan: so many, and a share of them.
const LEFT_SHARE: usize = 50;
const LEFT_LEAST: usize = 2000;
/// Rows that say where the share's limit is.
const SAMPLE: usize = 8192;

impl VectorIndex {
    /// The passages most like a unit vector, best first.
    pub fn search(&self, query: &[f32], sources: Option<&HashSet<i64>>, limit: usize) -> Vec<Near> {
        if query.len() != self.dimensions || limit == 0 {
            return Vec::new();
        }
        let chosen = sources.map(|sources| {
            joined(sources.iter().filter_map(|source| self.sources.get(source)).cloned().collect())
        });
        let stretches = chosen.as_ref().unwrap_or(&self.live);
        let pieces = pieces(stretches);
        let (codes, scale) = quantised(query);
        let wanted = limit * AGAIN;
        let count: usize = stretches.iter().map(ExactSizeIterator::len).sum();
        let mut found = if count >= MANY {
            let rows = self.coarse(query, &pieces, count, wanted);
            let scan = |rows: &[u32]| self.scan_rows(rows, &codes, scale);
            rows.par_chunks(CHUNK as usize / 4).flat_map_iter(scan).collect()
        } else {
            let scan = |piece: &Range<u32>| self.scan(piece.clone(), &codes, scale, wanted);
            if pieces.len() > 1 {
                pieces.par_iter().flat_map_iter(scan).collect()
            } else {
                pieces.iter().flat_map(scan).collect::<Vec<(u32, f32)>>()
            }
        };
        keep_best(&mut found, wanted);
        let mut exact: Vec<(u32, f32)> =
            found.into_iter().map(|(row, _)| (row, dot(query, self.vector(row)))).collect();
        exact.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        exact.truncate(limit);
        exact
            .into_iter()
            .map(|(row, cosine)| Near { key: self.keys[row as usize], source: self.source_of(row), cosine })
            .collect()
    }

    fn source_of(&self, row: u32) -> i64 {
        let after = self.starts.partition_point(|(start, _)| *start <= row);
        self.starts[after.saturating_sub(1)].1
    }

    /// The rows that a coarse look leaves, in order: about the wanted share of them, as a sample of
    /// the rows says where to cut.
    fn coarse(&self, query: &[f32], pieces: &[Range<u32>], count: usize, wanted: usize) -> Vec<u32> {
        let sketched = SketchedQuery::new(query);
        let left = (LEFT_LEAST + count / LEFT_SHARE).max(wanted * 4).min(count);
        let mut sample: Vec<f32> = Vec::new();
        let part = (SAMPLE / pieces.len().max(1)).max(16) as u32;
        for piece in pieces {
            sample.extend(self.sketches.scores(&sketched, piece.start..(piece.start + part).min(piece.end)));
        }
        let above = (sample.len() * left / count).min(sample.len() - 1);
        let (_, cut, _) = sample.select_nth_unstable_by(above, |a, b| b.total_cmp(a));
        let cut = *cut;
        let look = |piece: &Range<u32>| -> Vec<u32> {
            let scores = self.sketches.scores(&sketched, piece.clone());
            piece.clone().zip(scores).filter(|(_, score)| *score >= cut).map(|(row, _)| row).collect()
        };
        pieces.par_iter().flat_map_iter(look).collect()
    }

    fn scan_rows(&self, rows: &[u32], query: &[i8], scale: f32) -> Vec<(u32, f32)> {
        let codes = self.codes.bytes();
        let mut found = Vec::with_capacity(rows.len());
        for &row in rows {
            let at = row as usize;
            let mut product = [0];
            products(query, &codes[at * self.dimensions..(at + 1) * self.dimensions], &mut product);
            found.push((row, product[0] as f32 * scale * self.scales[at]));
        }
        found
    }

    fn scan(&self, rows: Range<u32>, query: &[i8], scale: f32, limit: usize) -> Vec<(u32, f32)> {
        let (start, end) = (rows.start as usize, rows.end as usize);
        let mut scores = vec![0; rows.len()];
        let codes = &self.codes.bytes()[start * self.dimensions..end * self.dimensions];
        products(query, codes, &mut scores);
        let mut found: Vec<(u32, f32)> = Vec::new();
        let mut least = f32::MIN;
        for ((row, product), row_scale) in rows.zip(scores).zip(&self.scales[start..end]) {
            let score = product as f32 * scale * row_scale;
            if score > least {
                found.push((row, score));
                if found.len() >= 4 * limit {
                    keep_best(&mut found, limit);
                    least = found.iter().map(|(_, score)| *score).fold(f32::MAX, f32::min);
                }
            }
        }
        keep_best(&mut found, limit);
        found
    }
}

/// Stretches cut into pieces that one thread scans at a time.
fn pieces(ranges: &[Range<u32>]) -> Vec<Range<u32>> {
    ranges
        .iter()
        .flat_map(|range| {
            (range.start..range.end)
                .step_by(CHUNK as usize)
                .map(move |start| start..(start + CHUNK).min(range.end))
        })
        .collect()
}
