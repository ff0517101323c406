//! Identifiers. All are UUIDs of version 7 made by whoever creates the thing, except a passage's,
//! which follows from what it is a cut of.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

uuid_ids! {
    /// A notebook.
    NotebookId,
    /// A source: a document, page, note or recording of the library.
    SourceId,
    /// One reading of a source: its canonical text and layout.
    RevisionId,
    /// A piece of durable work.
    JobId,
    /// A question and its answer.
    TurnId,
    /// A sequence of turns.
    ConversationId,
    /// A note.
    NoteId,
    /// A citation of an answer or a note.
    CitationId,
    /// Something that was said and has not become text.
    DictationId,
    /// An access key for programs.
    KeyId,
}

/// A passage's id: derived from (source, revision, cutting, range), so that cutting again gives
/// the same ids. 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PassageId(pub String);

impl fmt::Display for PassageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
