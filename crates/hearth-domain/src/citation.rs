//! A citation: a claim's number, and the very words that support it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CharOffset, CharRange, CitationId, Place, RevisionId, SourceId};

/// One citation of an answer or note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Citation {
    pub id: CitationId,
    /// The number shown; the same words of the same source share one within a turn.
    pub number: u32,
    /// Where in the answer the number stands.
    pub at: CharOffset,
    /// The sentence of the answer that it supports.
    pub covers: CharRange,
    pub source_id: SourceId,
    pub revision: RevisionId,
    pub source_title: String,
    /// The quoted range of the revision.
    #[serde(flatten)]
    pub range: CharRange,
    /// Exactly the revision's characters in that range.
    pub quote: String,
    pub places: Vec<Place>,
    pub found_by: FoundBy,
}

/// Who found that the quote supports the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// The model wrote a marker.
    Model,
    /// Hearth aligned the sentence with a passage.
    Alignment,
}
