//! A file of rows that is read through memory and grows at its end.
//!
//! The one module of this crate with `unsafe`, for mapping files. Reviewed for: nothing but this
//! process writes these files (the node's lock sees to it), they are never cut while mapped, and
//! any bytes at all are valid rows. A disk that fails under a mapped page ends the process (SIGBUS),
//! as it does for every database that maps its files; the library itself is not touched by that.
#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use memmap2::Mmap;

/// Rows by which a file grows at least: a map lasts while there is room.
const ROOM: u64 = 4096;

/// Rows of `width` bytes each, in a file that has room for more.
#[derive(Debug)]
pub(crate) struct MappedRows {
    file: File,
    width: usize,
    /// Rows that the file has room for.
    capacity: u64,
    map: Option<Mmap>,
}

impl MappedRows {
    /// Opens a file that holds `rows` rows, or makes an empty one. A file that is too short is an
    /// error.
    pub(crate) fn open(path: &Path, width: usize, rows: u64) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let capacity = file.metadata()?.len() / width as u64;
        if capacity < rows {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a file of vectors is too short"));
        }
        let mut opened = Self { file, width, capacity, map: None };
        opened.remap()?;
        Ok(opened)
    }

    fn remap(&mut self) -> io::Result<()> {
        self.map = None;
        if self.capacity > 0 {
            // SAFETY: see the head of this module.
            self.map = Some(unsafe { Mmap::map(&self.file)? });
        }
        Ok(())
    }

    /// Writes rows from row `at` on, which must not lie beyond the end by more than the room.
    pub(crate) fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let end = at + (bytes.len() / self.width) as u64;
        if end > self.capacity {
            let wanted = end.max(self.capacity + self.capacity / 2).max(ROOM);
            // Windows refuses to grow a file that is mapped.
            self.map = None;
            let grown = self.file.set_len(wanted * self.width as u64);
            if grown.is_ok() {
                self.capacity = wanted;
            }
            self.remap()?;
            grown?;
        }
        self.file.seek(SeekFrom::Start(at * self.width as u64))?;
        self.file.write_all(bytes)
    }

    /// Waits until what was written is on disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// All bytes, the room at the end included.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or(&[])
    }
}
