//! A passage: a cut of a revision that is searched and packed into prompts as one.

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
    /// Exactly the characters of the revision in `range`.
    pub text: String,
    #[serde(flatten)]
    pub range: CharRange,
    /// The headings above it, outermost first; embedded with it, not part of its text.
    pub section: Vec<String>,
    pub places: Vec<Place>,
}

/// How revisions are cut; part of a passage's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cutting {
    /// Raised whenever the rules change.
    pub version: u16,
    /// Tokens of the embedder that a passage aims at.
    pub target_tokens: u16,
    /// Tokens of the embedder that a passage never exceeds.
    pub max_tokens: u16,
    /// Tokens repeated from the passage before.
    pub overlap_tokens: u16,
}
