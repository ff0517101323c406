//! A note: Markdown with live citations.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Citation, NoteId, NotebookId};

/// A note of a notebook. In `body` a citation is written `[^id]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    pub id: NoteId,
    pub notebook_id: NotebookId,
    pub title: String,
    pub body: String,
    pub citations: Vec<Citation>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
