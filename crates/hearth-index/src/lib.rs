//! Finding passages: by words (BM25 over tantivy's postings), by meaning (an exact scan over
//! 8-bit vectors in mapped files), and by both at once.
//!
//! Invariants: knows numbers of passages and sources, never text to show; all of it is derived
//! from the store and may be deleted at any time; a search sees a source wholly or not at all.

mod analysis;
mod bm25;
mod common;
mod fusion;
mod index;
mod lexical;
mod mapped;
mod query;
mod ready;
mod records;
mod scan;
mod sketch;
mod vectors;

pub use analysis::{Analyser, Token};
pub use fusion::{Candidate, fuse};
pub use index::{Entry, Index, IndexError, Search};
pub use query::ParsedQuery;
pub use vectors::{Keyed, KeyedVector, Near, VectorIndex};
