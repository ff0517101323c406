//! Meaning: an exact scan over vectors of 8-bit numbers, the best of which are scored again with
//! the full-precision ones. Each vector has its own scale, so that hardly any order is lost.
//!
//! Kept in three files that are read through memory: `rows` (which passage, which source, scale),
//! `codes` (8-bit) and `exact` (single precision). Rows are only appended; a source's rows stand
//! together. What was removed stays until the next start finds that it is much. A row counts from
//! the moment that it stands in `rows`, which is written after the other two.

mod nearest;

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use nearest::MANY;

use crate::mapped::MappedRows;
use crate::records::{HEADER, RECORD, REMOVED, Record, header};
use crate::scan::{dot, quantised};
use crate::sketch::Sketches;

/// A passage's number and its vector.
pub type KeyedVector = (i64, Vec<f32>);
/// Passages, by their numbers, with their vectors.
pub type Keyed = Vec<KeyedVector>;

/// A passage near a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    pub key: i64,
    pub source: i64,
    /// Exact, for unit vectors.
    pub cosine: f32,
}

/// The vectors of a library, by one embedder.
#[derive(Debug)]
pub struct VectorIndex {
    folder: PathBuf,
    embedder: String,
    dimensions: usize,
    rows: File,
    codes: MappedRows,
    exact: MappedRows,
    /// Records that are not in `rows` yet.
    pending: Vec<u8>,
    keys: Vec<i64>,
    /// What one step of a row's 8-bit numbers is worth.
    scales: Vec<f32>,
    /// The signs of the first so many rows; made when there are many.
    sketches: Sketches,
    /// Where each source's rows stand.
    sources: HashMap<i64, Range<u32>>,
    /// Where the rows of each source begin, in order.
    starts: Vec<(u32, i64)>,
    /// All rows that count, in order, neighbours joined.
    live: Vec<Range<u32>>,
}

impl VectorIndex {
    /// Opens the vectors of an embedder in a folder; what is damaged, of another version or of
    /// another embedder is thrown away.
    pub fn open(folder: &Path, embedder: &str, dimensions: usize) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let opened = match Self::read(folder, embedder, dimensions) {
            Ok(opened) => opened,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%error, "the vector index is unusable and is made anew");
                }
                Self::create(folder, embedder, dimensions)?
            }
        };
        let removed = opened.keys.len() - opened.len();
        if removed > 1000 && removed * 4 > opened.keys.len() { opened.compacted() } else { Ok(opened) }
    }

    fn create(folder: &Path, embedder: &str, dimensions: usize) -> io::Result<Self> {
        for name in ["rows", "codes", "exact"] {
            match fs::remove_file(folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        let mut rows =
            OpenOptions::new().read(true).write(true).create_new(true).open(folder.join("rows"))?;
        rows.write_all(&header(embedder, dimensions))?;
        Self::assemble(folder, embedder, dimensions, rows, Vec::new())
    }

    fn read(folder: &Path, embedder: &str, dimensions: usize) -> io::Result<Self> {
        let damaged = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let mut rows = OpenOptions::new().read(true).write(true).open(folder.join("rows"))?;
        let mut bytes = Vec::new();
        rows.read_to_end(&mut bytes)?;
        if bytes.get(..HEADER) != Some(&header(embedder, dimensions)[..]) {
            return Err(damaged("it is of another embedder or version"));
        }
        let records = &bytes[HEADER..];
        if records.len() % RECORD != 0 {
            // The process ended while it wrote the last one.
            rows.set_len((HEADER + records.len() / RECORD * RECORD) as u64)?;
        }
        let records = records
            .chunks_exact(RECORD)
            .map(|bytes| Record::of(bytes).ok_or_else(|| damaged("a row's checksum is wrong")))
            .collect::<io::Result<Vec<_>>>()?;
        Self::assemble(folder, embedder, dimensions, rows, records)
    }

    fn assemble(
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
            live: Vec::new(),
        };
        for record in records {
            index.note(record);
        }
        index.refresh();
        Ok(index)
    }

    fn note(&mut self, record: Record) {
        let row = self.keys.len() as u32;
        self.keys.push(record.key);
        self.scales.push(record.scale);
        if record.key != REMOVED {
            let range = self.sources.entry(record.source).or_insert(row..row);
            // One that was written twice counts as it was written last.
            *range = if range.end == row { range.start..row + 1 } else { row..row + 1 };
        }
    }

    fn refresh(&mut self) {
        self.live = joined(self.sources.values().cloned().collect());
        self.starts = self.sources.iter().map(|(source, range)| (range.start, *source)).collect();
        self.starts.sort_unstable();
        if self.keys.len() >= MANY {
            let codes = self.codes.bytes();
            for row in self.sketches.len()..self.keys.len() {
                self.sketches.push(&codes[row * self.dimensions..(row + 1) * self.dimensions]);
            }
        }
    }

    pub fn embedder(&self) -> &str {
        &self.embedder
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many vectors can be found.
    pub fn len(&self) -> usize {
        self.live.iter().map(ExactSizeIterator::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// How many vectors each source has, and the sum of their passages' numbers.
    pub fn sources(&self) -> HashMap<i64, (i64, i64)> {
        let of = |range: &Range<u32>| self.keys[range.start as usize..range.end as usize].iter().sum();
        self.sources.iter().map(|(source, range)| (*source, (range.len() as i64, of(range)))).collect()
    }

    /// Replaces a source's vectors; those that are not of `dimensions` values are left out. They are
    /// found, and durable, after [`VectorIndex::commit`].
    pub fn put(&mut self, source: i64, vectors: &[KeyedVector]) -> io::Result<()> {
        if self.sources.contains_key(&source) {
            self.remove(source)?;
        }
        let (mut records, mut codes, mut exact, mut noted) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (key, vector) in vectors.iter().filter(|(_, vector)| vector.len() == self.dimensions) {
            let (bytes, scale) = quantised(vector);
            codes.extend(bytes.iter().map(|code| code.cast_unsigned()));
            exact.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
            let record = Record { key: *key, source, scale };
            records.extend(record.bytes());
            noted.push(record);
        }
        let at = self.keys.len() as u64;
        self.codes.write(at, &codes)?;
        self.exact.write(at, &exact)?;
        self.pending.extend(records);
        for record in noted {
            self.note(record);
        }
        Ok(())
    }

    /// Waits until the vectors that were put are on disk; they do not count yet.
    pub(crate) fn sync(&self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.codes.sync()?;
        self.exact.sync()
    }

    /// Makes what was put findable and durable.
    pub fn commit(&mut self) -> io::Result<()> {
        self.sync()?;
        self.count_synced()
    }

    /// Makes what was put findable and durable, after [`VectorIndex::sync`].
    pub(crate) fn count_synced(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let end = (HEADER + self.keys.len() * RECORD - self.pending.len()) as u64;
        self.rows.seek(SeekFrom::Start(end))?;
        if let Err(error) = self.rows.write_all(&self.pending) {
            // Half a record must not stand before the next one.
            self.rows.set_len(end)?;
            return Err(error);
        }
        self.rows.sync_data()?;
        self.pending.clear();
        self.refresh();
        Ok(())
    }

    /// Removes all vectors of a source, durably.
    pub fn remove(&mut self, source: i64) -> io::Result<()> {
        self.commit()?;
        self.take_out(source)?;
        self.refresh();
        Ok(())
    }

    fn take_out(&mut self, source: i64) -> io::Result<()> {
        let Some(range) = self.sources.remove(&source) else {
            return Ok(());
        };
        let gone = Record { key: REMOVED, source, scale: 0.0 }.bytes().repeat(range.len());
        self.rows.seek(SeekFrom::Start((HEADER + range.start as usize * RECORD) as u64))?;
        self.rows.write_all(&gone)?;
        self.keys[range.start as usize..range.end as usize].fill(REMOVED);
        Ok(())
    }

    /// The same vectors without the rows that were removed.
    fn compacted(self) -> io::Result<Self> {
        let beside = self.folder.with_extension("compact");
        if beside.exists() {
            fs::remove_dir_all(&beside)?;
        }
        fs::create_dir_all(&beside)?;
        let mut fresh = Self::create(&beside, &self.embedder, self.dimensions)?;
        for (source, range) in &self.sources {
            let vectors: Vec<(i64, Vec<f32>)> =
                range.clone().map(|row| (self.keys[row as usize], self.vector(row).collect())).collect();
            fresh.put(*source, &vectors)?;
        }
        fresh.commit()?;
        let (folder, embedder, dimensions) = (self.folder.clone(), self.embedder.clone(), self.dimensions);
        drop((self, fresh));
        fs::remove_dir_all(&folder)?;
        fs::rename(&beside, &folder)?;
        Self::read(&folder, &embedder, dimensions)
    }

    fn vector(&self, row: u32) -> impl Iterator<Item = f32> + '_ {
        let width = self.dimensions * 4;
        let bytes = &self.exact.bytes()[row as usize * width..(row as usize + 1) * width];
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    /// Where the vector of a passage stands.
    fn row_of(&self, source: i64, key: i64) -> Option<u32> {
        let range = self.sources.get(&source)?;
        let keys = &self.keys[range.start as usize..range.end as usize];
        // A source's passages are numbered as they stand, nearly always.
        let at =
            keys.binary_search(&key).ok().or_else(|| keys.iter().position(|&candidate| candidate == key))?;
        Some(range.start + at as u32)
    }

    /// The vector of a passage.
    pub(crate) fn vector_of(&self, source: i64, key: i64) -> Option<Vec<f32>> {
        self.row_of(source, key).map(|row| self.vector(row).collect())
    }

    /// The exact cosine of a passage to a unit vector.
    pub fn cosine(&self, query: &[f32], source: i64, key: i64) -> Option<f32> {
        let row = self.row_of(source, key)?;
        (query.len() == self.dimensions).then(|| dot(query, self.vector(row)))
    }
}

/// Stretches in order, those that touch as one.
fn joined(mut ranges: Vec<Range<u32>>) -> Vec<Range<u32>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<Range<u32>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
#[path = "vectors_tests.rs"]
mod tests;
