//! A file becomes a revision (canonical text, sections, layout), and a revision becomes passages.
//!
//! Readers run in a confined worker process ([`Reader`] is the parent's side, [`serve_worker`] the
//! child's). They never fail on damage alone: what could be read comes with the problems.
//!
//! Invariant: cutting is deterministic; a passage's range is exactly its text.

mod cut;
mod detect;
mod document;
mod language;
mod pdf;
mod readers;
mod sentences;
mod worker;

pub use cut::{Cut, cut, passage_id};
pub use detect::{Detected, detect};
pub use document::{Document, ReadError, ReadOptions};
pub use language::detect_language;
pub use readers::read;
pub use sentences::sentences;
pub use worker::{Input, ReadFailure, Reader, serve_worker};
