//! Events of a library.

use std::sync::Arc;

use hearth_domain::{JobId, NoteId, NotebookId, Positioned, SourceId, TurnId};

/// A change in the library; subscribers look up the data they show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LibraryEvent {
    Job(JobId),
    Source(SourceId),
    Notebook(NotebookId),
    Note(NoteId),
    Turn(TurnId),
    /// The library uses another embedder.
    Embedder(Arc<str>),
    /// The settings of answering changed.
    Settings,
}

/// An event with its position since the process began, from 1.
pub type PositionedEvent = Positioned<LibraryEvent>;
