//! The source of truth of a library: one SQLite file and content-addressed blobs.
//!
//! Invariants: all SQL of the program is in this crate, behind use-case functions; what a function
//! reports as done is on disk; a source and its job are created in one transaction. Indexes are derived
//! from the store and can be rebuilt at any time.

mod access;
mod backup;
mod blobs;
mod conversations;
mod error;
mod jobs;
mod notebooks;
mod notes;
mod passages;
mod records;
mod revision_metadata;
mod revisions;
mod rows;
mod sources;
mod store;
mod transcripts;
mod trash;
mod upgrade;

pub use backup::{BackupManifest, apply_restore, prepare_restore, verify_backup};
pub use blobs::{BlobStore, StagedBlob};
pub use conversations::StoredTurnEvent;
pub use error::StoreError;
pub use jobs::{LaneLimits, NewJob};
pub use passages::{IndexEntry, IndexedSource, PassageRow, StoredVector};
pub use revision_metadata::RevisionMetadata;
pub use sources::{AddedSource, NewSource};
pub use store::{LibraryCounts, MIGRATOR, Store};
pub use trash::{RestoreOutcome, TrashItem, TrashKind};
