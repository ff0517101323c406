//! Metadata of a revision, as it is passed to the store.

use hearth_domain::{Guide, Problem};

/// Metadata of a revision: what reading found besides the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RevisionMetadata {
    /// Title in the document, which replaces the file's name after the first reading, or `None`.
    pub title: Option<String>,
    pub pages: Option<u32>,
    /// Length of a recording, or `None`.
    pub seconds: Option<f64>,
    /// Loudness of a recording in pieces of equal length, from 0 (silence) to 255; else empty.
    pub loudness: Vec<u8>,
    pub words: u32,
    /// ISO 639-1 code.
    pub language: Option<String>,
    pub problems: Vec<Problem>,
    pub guide: Option<Guide>,
}
