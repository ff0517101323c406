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

#[cfg(test)]
mod tests {
    use super::*;

    /// The form that `API.md` documents: the quoted range stands in the citation itself.
    #[test]
    fn a_citation_travels_in_its_documented_form() {
        let id = "01a1ffe2-4995-773f-9a82-45a4d6c23e92";
        let text = r#"{"id":"ID","number":1,"at":4,"covers":{"start":0,"end":4},"source_id":"ID","revision":"ID",
            "source_title":"a.pdf","start":7,"end":12,"quote":"größer","places":[{"kind":"page","page":3,"boxes":[]}],
            "found_by":"alignment"}"#;
        let text = text.replace("ID", id).replace("\n            ", "");
        let citation: Citation = serde_json::from_str(&text).expect("parses");
        assert_eq!((citation.range, citation.covers), (CharRange::new(7, 12), CharRange::new(0, 4)));
        assert_eq!(serde_json::to_string(&citation).expect("serialises"), text);
    }
}
