//! A citation: the number at a claim, and the exact words that support the claim.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CharOffset, CharRange, CitationId, Place, RevisionId, SourceId};

/// One citation of an answer or note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Citation {
    pub id: CitationId,
    /// The number shown; citations of the same words of the same source share one within a turn.
    pub number: u32,
    /// Position of the number in the answer.
    pub at: CharOffset,
    /// The sentence of the answer that the quote supports.
    pub covers: CharRange,
    pub source_id: SourceId,
    pub revision: RevisionId,
    pub source_title: String,
    /// The quoted range of the revision.
    #[serde(flatten)]
    pub range: CharRange,
    /// The revision's exact characters in that range.
    pub quote: String,
    pub places: Vec<Place>,
    pub found_by: CitationMethod,
}

/// Method by which a quote was linked to the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CitationMethod {
    /// The model wrote a marker.
    Model,
    /// Hearth aligned the sentence with a passage.
    Alignment,
}
