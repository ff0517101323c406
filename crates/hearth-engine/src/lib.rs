//! The use cases of a library: adding sources, finding passages, answering questions.
//!
//! Invariants: knows no web framework, no window and no model's name; engines come in behind the
//! domain's contracts. A citation is made here or nowhere, and its quote is exactly the named
//! range of a revision.

mod ask;
mod dictate;
mod engine;
mod error;
mod events;
mod find;
mod find_notes;
mod ingest;
pub mod measure;
mod measuring;
mod models;
mod revisions;
mod running_jobs;
mod speech;

pub use ask::{Aloud, AskRequest, AskSettings, Exchange, MarkerFilter, Piece};
pub use dictate::{Dictated, Dictating, Dictation, Undictated};
pub use engine::{Embedding, Engine, EngineParts};
pub use error::EngineError;
pub use events::{LibraryEvent, Numbered};
pub use find::{FindMode, FindRequest, Hit, Scope};
pub use find_notes::NoteHit;
pub use ingest::NewFile;
pub use models::{CHAT, Models};
pub use speech::{Heard, Recording, Speech};
