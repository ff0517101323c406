//! Identifiers. All are UUIDs of version 7, made where the object is created, except a passage's, which
//! is derived from its source, revision, cutting and range.

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
    /// Id of a notebook.
    NotebookId,
    /// Id of a source: a document, page, text or recording of the library.
    SourceId,
    /// Id of a revision: one reading of a source, with its canonical text and layout.
    RevisionId,
    /// Id of a job.
    JobId,
    /// Id of a turn: a question with its answer.
    TurnId,
    /// Id of a conversation.
    ConversationId,
    /// Id of a note.
    NoteId,
    /// Id of a citation of an answer or a note.
    CitationId,
    /// Id of a dictation and its recording.
    DictationId,
    /// Id of an access key for programs.
    KeyId,
}

/// Id of a passage: derived from (source, revision, cutting, range), so that cutting again gives the same
/// ids. 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PassageId(pub String);

impl fmt::Display for PassageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_in_any_case_and_written_in_lower_case() {
        let id: SourceId = "01A1FFE2-4995-773F-9A82-45A4D6C23E92".parse().expect("an id");
        assert_eq!(id.to_string(), "01a1ffe2-4995-773f-9a82-45a4d6c23e92");
        assert_eq!(serde_json::to_string(&id).expect("serialises"), format!("\"{id}\""));
        for text in ["", "1", "../../etc/passwd", "01a1ffe2-4995-773f-9a82-45a4d6c23e9g"] {
            assert!(text.parse::<SourceId>().is_err(), "{text}");
        }
    }

    #[test]
    fn ids_made_later_sort_behind() {
        // The order of rows in lists relies on it: the first 48 bits of a version 7 are milliseconds (RFC 9562).
        let id = |text: &str| text.parse::<JobId>().expect("an id");
        let (earlier, later) =
            (id("018bcfe5-6800-7fff-bfff-ffffffffffff"), id("018bcfe5-6801-7000-8000-000000000000"));
        assert!(earlier < later && earlier.to_string() < later.to_string());
    }
}
