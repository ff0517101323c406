//! Reading of files into revisions (canonical text, sections, layout), and cutting of revisions into
//! passages.
//!
//! Readers run in a confined worker process ([`ConfinedReader`] is the parent's side, [`serve_worker`] the
//! child's). They never fail on damage alone: the readable part is returned with the problems.
//!
//! Invariant: cutting is deterministic; a passage's range is exactly its text.

mod cutting;
mod detect;
mod document;
mod language;
mod pdf;
mod readers;
mod sentences;
mod worker;

pub use cutting::{CuttingInput, cut_revision, passage_id};
pub use detect::{DetectedFormat, detect_format};
pub use document::{Document, ReadError, ReadOptions};
pub use language::detect_language;
pub use readers::read_document;
pub use sentences::{split_sentences, split_sentences_in};
pub use worker::{ConfinedReader, DocumentReader, Input, ReadFailure, serve_worker};
