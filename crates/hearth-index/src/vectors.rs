//! The vector index: a scan over vectors of 8-bit codes, the best of which are scored again at full
//! precision. Each vector has its own scale, so that hardly any order is lost.
//!
//! Three files: `rows` (passage, source, scale) and, memory-mapped, `codes` (8-bit) and `exact` (single
//! precision). Rows are only appended; a source's rows stand together. Removed rows stay until an open
//! finds that they are many. A row counts from the moment that it is in `rows`, which is written after the
//! other two.

mod nearest;

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::mapped::MappedRows;
use crate::records::{HEADER_BYTES, RECORD_BYTES, REMOVED_KEY, Record, encode_header};
use crate::scan::{dot, quantise_vector};
use crate::sketch::{SKETCH_MIN_ROWS, Sketches};

/// Index key of a passage, and its vector.
pub type KeyedVector = (i64, Vec<f32>);
/// Vectors of passages by index key.
pub type KeyedVectors = Vec<KeyedVector>;

/// A passage with its similarity to a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    pub key: i64,
    pub source: i64,
    /// Exact cosine, for unit vectors.
    pub cosine: f32,
}

/// Vector index of a library, for one embedder.
#[derive(Debug)]
pub struct VectorIndex {
    folder: PathBuf,
    embedder: String,
    dimensions: usize,
    rows: File,
    codes: MappedRows,
    exact: MappedRows,
    /// Bytes of records that are not in `rows` yet.
    pending: Vec<u8>,
    keys: Vec<i64>,
    /// Value of one step of each row's codes.
    scales: Vec<f32>,
    /// Sketches of the first rows; made once there are [`SKETCH_MIN_ROWS`].
    sketches: Sketches,
    /// Range of rows by source.
    sources: HashMap<i64, Range<u32>>,
    /// First row and key of each source, in order of the rows.
    starts: Vec<(u32, i64)>,
    /// Ranges of all rows that count, in order, adjacent ones merged.
    active_ranges: Vec<Range<u32>>,
}

impl VectorIndex {
    /// Opens the vectors of an embedder in a folder; files that are damaged, of another version or of
    /// another embedder are discarded.
    pub fn open(folder: &Path, embedder: &str, dimensions: usize) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let opened = match Self::open_existing(folder, embedder, dimensions) {
            Ok(opened) => opened,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%error, "the vector index cannot be used and is rebuilt");
                }
                Self::create_empty(folder, embedder, dimensions)?
            }
        };
        let removed = opened.keys.len() - opened.len();
        if removed > 1000 && removed * 4 > opened.keys.len() { opened.into_compacted() } else { Ok(opened) }
    }

    fn create_empty(folder: &Path, embedder: &str, dimensions: usize) -> io::Result<Self> {
        for name in ["rows", "codes", "exact"] {
            match fs::remove_file(folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        let mut rows =
            OpenOptions::new().read(true).write(true).create_new(true).open(folder.join("rows"))?;
        rows.write_all(&encode_header(embedder, dimensions))?;
        Self::from_records(folder, embedder, dimensions, rows, Vec::new())
    }

    fn open_existing(folder: &Path, embedder: &str, dimensions: usize) -> io::Result<Self> {
        let damaged = |reason: &str| io::Error::new(io::ErrorKind::InvalidData, reason.to_owned());
        let mut rows = OpenOptions::new().read(true).write(true).open(folder.join("rows"))?;
        let mut bytes = Vec::new();
        rows.read_to_end(&mut bytes)?;
        if bytes.get(..HEADER_BYTES) != Some(&encode_header(embedder, dimensions)[..]) {
            return Err(damaged("it belongs to another search model or version"));
        }
        let records = &bytes[HEADER_BYTES..];
        if records.len() % RECORD_BYTES != 0 {
            // The process ended while it wrote the last record.
            rows.set_len((HEADER_BYTES + records.len() / RECORD_BYTES * RECORD_BYTES) as u64)?;
        }
        let records = records
            .chunks_exact(RECORD_BYTES)
            .map(|bytes| Record::from_bytes(bytes).ok_or_else(|| damaged("a row's checksum is wrong")))
            .collect::<io::Result<Vec<_>>>()?;
        Self::from_records(folder, embedder, dimensions, rows, records)
    }

    fn from_records(
        folder: &Path,
        embedder: &str,
        dimensions: usize,
        rows: File,
        records: Vec<Record>,
    ) -> io::Result<Self> {
        let count = records.len() as u64;
        let mut index = Self {
            folder: folder.to_owned(),
            embedder: embedder.to_owned(),
            dimensions,
            rows,
            codes: MappedRows::open(&folder.join("codes"), dimensions, count)?,
            exact: MappedRows::open(&folder.join("exact"), dimensions * 4, count)?,
            pending: Vec::new(),
            keys: Vec::new(),
            scales: Vec::new(),
            sketches: Sketches::new(dimensions),
            sources: HashMap::new(),
            starts: Vec::new(),
            active_ranges: Vec::new(),
        };
        for record in records {
            index.add_row(record);
        }
        index.refresh_ranges();
        Ok(index)
    }

    fn add_row(&mut self, record: Record) {
        let row = self.keys.len() as u32;
        self.keys.push(record.key);
        self.scales.push(record.scale);
        if record.key != REMOVED_KEY {
            let range = self.sources.entry(record.source).or_insert(row..row);
            // Of a source that was written twice, the last rows count.
            *range = if range.end == row { range.start..row + 1 } else { row..row + 1 };
        }
    }

    fn refresh_ranges(&mut self) {
        self.active_ranges = merge_ranges(self.sources.values().cloned().collect());
        self.starts = self.sources.iter().map(|(source, range)| (range.start, *source)).collect();
        self.starts.sort_unstable();
        if self.keys.len() >= SKETCH_MIN_ROWS {
            let codes = self.codes.as_bytes();
            for row in self.sketches.len()..self.keys.len() {
                self.sketches.push(&codes[row * self.dimensions..(row + 1) * self.dimensions]);
            }
        }
    }

    /// Id of the embedder.
    pub fn embedder(&self) -> &str {
        &self.embedder
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Number of searchable vectors.
    pub fn len(&self) -> usize {
        self.active_ranges.iter().map(ExactSizeIterator::len).sum()
    }

    /// True if no vector is searchable.
    pub fn is_empty(&self) -> bool {
        self.active_ranges.is_empty()
    }

    /// Sources by key: number of vectors, and sum of their passages' keys.
    pub fn summarise_sources(&self) -> HashMap<i64, (i64, i64)> {
        let sum_keys = |range: &Range<u32>| self.keys[range.start as usize..range.end as usize].iter().sum();
        self.sources.iter().map(|(source, range)| (*source, (range.len() as i64, sum_keys(range)))).collect()
    }

    /// Number of vectors of sources; of all sources if `None`.
    pub(crate) fn count_source_vectors(&self, sources: Option<&HashSet<i64>>) -> usize {
        match sources {
            None => self.len(),
            Some(keys) => {
                keys.iter().filter_map(|key| self.sources.get(key)).map(ExactSizeIterator::len).sum()
            }
        }
    }

    /// Replaces a source's vectors; those that do not have `dimensions` values are left out. Searchable
    /// and durable after [`VectorIndex::commit`].
    pub fn replace_source(&mut self, source: i64, vectors: &[KeyedVector]) -> io::Result<()> {
        if self.sources.contains_key(&source) {
            self.remove_source(source)?;
        }
        let (mut record_bytes, mut codes, mut exact, mut new_records) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (key, vector) in vectors.iter().filter(|(_, vector)| vector.len() == self.dimensions) {
            let (bytes, scale) = quantise_vector(vector);
            codes.extend(bytes.iter().map(|code| code.cast_unsigned()));
            exact.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
            let record = Record { key: *key, source, scale };
            record_bytes.extend(record.to_bytes());
            new_records.push(record);
        }
        let at = self.keys.len() as u64;
        self.codes.write_rows(at, &codes)?;
        self.exact.write_rows(at, &exact)?;
        self.pending.extend(record_bytes);
        for record in new_records {
            self.add_row(record);
        }
        Ok(())
    }

    /// Waits until written vectors are on disk; they are not searchable yet.
    pub(crate) fn sync(&self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.codes.sync_data()?;
        self.exact.sync_data()
    }

    /// Makes written vectors searchable and durable.
    pub fn commit(&mut self) -> io::Result<()> {
        self.sync()?;
        self.commit_synced()
    }

    /// Makes written vectors searchable and durable, after [`VectorIndex::sync`].
    pub(crate) fn commit_synced(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let end = (HEADER_BYTES + self.keys.len() * RECORD_BYTES - self.pending.len()) as u64;
        self.rows.seek(SeekFrom::Start(end))?;
        if let Err(error) = self.rows.write_all(&self.pending) {
            // Half a record must not stand before the next one.
            self.rows.set_len(end)?;
            return Err(error);
        }
        self.rows.sync_data()?;
        self.pending.clear();
        self.refresh_ranges();
        Ok(())
    }

    /// Removes all vectors of a source, durably.
    pub fn remove_source(&mut self, source: i64) -> io::Result<()> {
        self.commit()?;
        self.mark_removed(source)?;
        self.refresh_ranges();
        Ok(())
    }

    fn mark_removed(&mut self, source: i64) -> io::Result<()> {
        let Some(range) = self.sources.remove(&source) else {
            return Ok(());
        };
        let removal_records = Record { key: REMOVED_KEY, source, scale: 0.0 }.to_bytes().repeat(range.len());
        self.rows.seek(SeekFrom::Start((HEADER_BYTES + range.start as usize * RECORD_BYTES) as u64))?;
        self.rows.write_all(&removal_records)?;
        self.keys[range.start as usize..range.end as usize].fill(REMOVED_KEY);
        Ok(())
    }

    /// Rewrites the files without the removed rows.
    fn into_compacted(self) -> io::Result<Self> {
        let new_folder = self.folder.with_extension("compact");
        if new_folder.exists() {
            fs::remove_dir_all(&new_folder)?;
        }
        fs::create_dir_all(&new_folder)?;
        let mut compacted = Self::create_empty(&new_folder, &self.embedder, self.dimensions)?;
        for (source, range) in &self.sources {
            let vectors: Vec<(i64, Vec<f32>)> =
                range.clone().map(|row| (self.keys[row as usize], self.read_vector(row).collect())).collect();
            compacted.replace_source(*source, &vectors)?;
        }
        compacted.commit()?;
        let (folder, embedder, dimensions) = (self.folder.clone(), self.embedder.clone(), self.dimensions);
        drop((self, compacted));
        fs::remove_dir_all(&folder)?;
        fs::rename(&new_folder, &folder)?;
        Self::open_existing(&folder, &embedder, dimensions)
    }

    fn read_vector(&self, row: u32) -> impl Iterator<Item = f32> + '_ {
        let width = self.dimensions * 4;
        let bytes = &self.exact.as_bytes()[row as usize * width..(row as usize + 1) * width];
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    /// Row of a passage's vector, or `None`.
    fn find_row(&self, source: i64, key: i64) -> Option<u32> {
        let range = self.sources.get(&source)?;
        let keys = &self.keys[range.start as usize..range.end as usize];
        // The keys of a source's passages ascend, nearly always.
        let at =
            keys.binary_search(&key).ok().or_else(|| keys.iter().position(|&candidate| candidate == key))?;
        Some(range.start + at as u32)
    }

    /// Vector of a passage, or `None`.
    pub(crate) fn get_vector(&self, source: i64, key: i64) -> Option<Vec<f32>> {
        self.find_row(source, key).map(|row| self.read_vector(row).collect())
    }

    /// Exact cosine of a passage to a unit vector, or `None` if there is no such vector.
    pub fn cosine(&self, query: &[f32], source: i64, key: i64) -> Option<f32> {
        let row = self.find_row(source, key)?;
        (query.len() == self.dimensions).then(|| dot(query, self.read_vector(row)))
    }
}

/// Ranges in order, adjacent ones merged.
fn merge_ranges(mut ranges: Vec<Range<u32>>) -> Vec<Range<u32>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut merged: Vec<Range<u32>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
#[path = "vectors_tests.rs"]
mod tests;
