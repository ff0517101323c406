//! A memory-mapped file of rows that grows at its end.
//!
//! The one module of this crate with `unsafe`, for mapping files. Reviewed for: only this
//! process writes these files (the node's lock ensures it), they are never truncated while mapped, and
//! any bytes at all are valid rows. A disk that fails under a mapped page ends the process (SIGBUS),
//! as it does for every database that maps its files; the library itself is not touched by that.
#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use memmap2::Mmap;

/// Smallest capacity of a file that grows, in rows; a mapping lasts until the capacity is used up.
const MIN_CAPACITY_ROWS: u64 = 4096;

/// Rows of `width` bytes each, in a file with capacity for more.
#[derive(Debug)]
pub(crate) struct MappedRows {
    file: File,
    width: usize,
    /// Number of rows that fit into the file.
    capacity: u64,
    map: Option<Mmap>,
}

impl MappedRows {
    /// Opens a file of at least `rows` rows, or creates an empty one; `InvalidData` if it is too short.
    pub(crate) fn open(path: &Path, width: usize, rows: u64) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let capacity = file.metadata()?.len() / width as u64;
        if capacity < rows {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a file of vectors is too short"));
        }
        let mut opened = Self { file, width, capacity, map: None };
        opened.map_file()?;
        Ok(opened)
    }

    fn map_file(&mut self) -> io::Result<()> {
        self.map = None;
        if self.capacity > 0 {
            // SAFETY: see the head of this module.
            self.map = Some(unsafe { Mmap::map(&self.file)? });
        }
        Ok(())
    }

    /// Writes rows from row `at` on, which must not lie beyond the end of the file; the file grows as needed.
    pub(crate) fn write_rows(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let end = at + (bytes.len() / self.width) as u64;
        if end > self.capacity {
            let new_capacity = end.max(self.capacity + self.capacity / 2).max(MIN_CAPACITY_ROWS);
            // Windows refuses to grow a file that is mapped.
            self.map = None;
            let result = self.file.set_len(new_capacity * self.width as u64);
            if result.is_ok() {
                self.capacity = new_capacity;
            }
            self.map_file()?;
            result?;
        }
        self.file.seek(SeekFrom::Start(at * self.width as u64))?;
        self.file.write_all(bytes)
    }

    /// Waits until all written rows are on disk.
    pub(crate) fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Bytes of all rows, the unused capacity at the end included.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or(&[])
    }
}
