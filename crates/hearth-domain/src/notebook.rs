//! A notebook: a set of sources, with the conversations and notes about them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::NotebookId;

/// A notebook with its counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notebook {
    pub id: NotebookId,
    pub title: String,
    pub emoji: String,
    pub description: String,
    pub source_count: u32,
    pub note_count: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
