//! A passage: a range of a revision that is searched and packed into prompts as one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CharRange, PassageId, Place, RevisionId, SourceId};

/// A passage with its exact text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Passage {
    pub id: PassageId,
    pub source_id: SourceId,
    pub revision: RevisionId,
    /// Position among the passages of its revision, from 0.
    pub ordinal: u32,
    /// The revision's exact characters in `range`.
    pub text: String,
    #[serde(flatten)]
    pub range: CharRange,
    /// Headings above the passage, outermost first; embedded with it, not part of its text.
    pub section: Vec<String>,
    pub places: Vec<Place>,
}

/// Rules by which revisions are cut; part of a passage's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cutting {
    /// Incremented whenever the rules change.
    pub version: u16,
    /// Target length of a passage, in tokens of the embedder.
    pub target_tokens: u16,
    /// Maximum length of a passage, in tokens of the embedder.
    pub max_tokens: u16,
    /// Tokens repeated from the previous passage.
    pub overlap_tokens: u16,
}
