//! What changes in a library, told to whoever listens.

use hearth_domain::{JobId, NotebookId, SourceId, TurnId};

/// Something that changed; listeners look up what they show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LibraryEvent {
    Job(JobId),
    Source(SourceId),
    Notebook(NotebookId),
    Turn(TurnId),
}
