//! The state of a library: counts, integrity, indexes.

use std::path::Path;

use hearth_store::LibraryCounts;

use crate::{Library, LibraryError};

/// Passages in the indexes against those in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexReport {
    pub indexed_texts: u64,
    pub indexed_vectors: u64,
    pub stored_texts: u64,
    pub stored_vectors: u64,
}

impl IndexReport {
    /// True if the indexes have all that they should have.
    pub fn is_complete(&self) -> bool {
        (self.indexed_texts, self.indexed_vectors) == (self.stored_texts, self.stored_vectors)
    }
}

impl Library {
    /// Numbers of notebooks, sources, passages, bytes and jobs.
    pub async fn get_counts(&self) -> Result<LibraryCounts, LibraryError> {
        Ok(self.0.store.get_counts().await?)
    }

    /// Reads the database through, as far as SQLite's quick check does.
    pub async fn check_integrity(&self) -> Result<(), LibraryError> {
        Ok(self.0.store.check_integrity().await?)
    }

    /// Compares the indexes with the store.
    pub async fn check_index(&self) -> Result<IndexReport, LibraryError> {
        let (texts, vectors) = self.count_indexed_passages()?;
        let sources = self.0.store.list_indexed_sources(&self.0.embedder_id()).await?;
        Ok(IndexReport {
            indexed_texts: texts as u64,
            indexed_vectors: vectors as u64,
            stored_texts: sources.iter().map(|source| source.passage_count as u64).sum(),
            stored_vectors: sources.iter().map(|source| source.vector_count as u64).sum(),
        })
    }

    /// True if PDFs can be read.
    pub fn can_read_pdf(&self) -> bool {
        self.0.reader.can_read_pdf()
    }

    /// Folder of the library.
    pub fn folder(&self) -> &Path {
        self.0.store.folder()
    }
}
