//! The truth of a library: one SQLite file and content-addressed blobs.
//!
//! Invariants: all SQL of the program stands here, behind functions that are use cases; what a
//! function reports as done is on disk; a source and its job come into being in one transaction.
//! Indexes are derived from here and can be rebuilt at any time.

mod access;
mod backup;
mod blobs;
mod conversations;
mod error;
mod jobs;
mod notebooks;
mod notes;
mod passages;
mod rows;
mod sources;
mod store;
mod transcripts;
mod trash;

pub use access::StoredKey;
pub use backup::{BackupContents, apply_restore, prepare_restore, verify_backup};
pub use blobs::{Blobs, StagedBlob};
pub use conversations::StoredEvent;
pub use error::StoreError;
pub use jobs::NewJob;
pub use passages::{IndexEntry, IndexedSource, PassageRow, StoredVector};
pub use sources::{Added, NewSource, RevisionFacts};
pub use store::{Counts, MIGRATOR, Store};
pub use trash::{Restored, TrashKind, Trashed};
