//! Hybrid search of passages: a lexical index (BM25 over tantivy's postings), a vector index (a scan over
//! 8-bit vectors in mapped files), and the fusion of their scores.
//!
//! Invariants: the indexes know keys of passages and sources, never text to show; they are derived from the
//! store and may be deleted at any time; a search sees a source entirely or not at all.

mod analysis;
mod bm25;
mod fusion;
mod index;
mod lexical;
mod mapped;
mod query;
mod records;
mod scan;
mod sketch;
mod split_tokenizer;
mod stop_words;
mod vectors;

pub use analysis::{Analyser, Token};
pub use bm25::inverse_document_frequency;
pub use fusion::{Candidate, fuse_scores};
pub use index::{IndexError, PassageEntry, SearchIndex, SearchRequest};
pub use query::ParsedQuery;
pub use vectors::{KeyedVector, KeyedVectors, Neighbour, VectorIndex};
