//! Use cases of a library: adding sources, searching passages, answering questions.
//!
//! Invariants: knows no web framework, no window and no model's name; engines come in behind the domain's
//! contracts. A citation is made here or nowhere, and its quote is exactly the named range of a revision.

mod access;
mod ask;
mod backups;
mod conversations;
mod dictation_support;
mod embedder_change;
mod error;
mod evaluation;
mod events;
mod index_commits;
mod ingest;
mod jobs;
mod library;
mod library_search;
mod note_search;
mod notebooks;
mod notes;
pub mod retrieval_metrics;
mod revision_cache;
mod running_jobs;
mod search;
mod sentence_vectors;
mod sources;
mod status;
mod trash;

pub use ask::{
    AskRequest, AskSettings, AttachedTurn, Exchange, MarkedText, ReadAloudSplitter, estimate_tokens,
};
pub use backups::BackupFile;
pub use error::LibraryError;
pub use events::{LibraryEvent, PositionedEvent};
/// Error of writing a staged file.
pub use hearth_store::StoreError as StagingError;
pub use hearth_store::{AddedSource, BackupManifest, LibraryCounts, StagedBlob, TrashItem, TrashKind};
pub use ingest::NewFile;
pub use library::{Library, LibraryParts};
pub use library_search::{LibraryHit, LibrarySearch, ShownPassage};
pub use note_search::NoteHit;
pub use notebooks::NotebookEdit;
pub use notes::NoteDraft;
pub use search::{PassageHit, RetrievalMode, RetrievalRequest, SearchScope};
pub use sources::{Original, TimedSentence, TimedTranscript};
pub use status::IndexReport;
