//! What a reading found besides the text, as JSON, until the source takes it over.

use hearth_domain::{Guide, Problem};
use serde::{Deserialize, Serialize};

use super::source::{GuideRecord, ProblemRecord};
use super::{from_json, to_json};
use crate::{RevisionMetadata, StoreError};

#[derive(Debug, Serialize, Deserialize)]
struct FactsRecord {
    pages: Option<u32>,
    seconds: Option<f64>,
    words: u32,
    language: Option<String>,
    problems: Vec<ProblemRecord>,
    guide: Option<GuideRecord>,
}

/// All but the title, which only a first reading sets, and the loudness, which is a column of its own.
pub(crate) fn encode_facts(metadata: &RevisionMetadata) -> Result<String, StoreError> {
    to_json(&FactsRecord {
        pages: metadata.pages,
        seconds: metadata.seconds,
        words: metadata.words,
        language: metadata.language.clone(),
        problems: metadata.problems.iter().map(ProblemRecord::from).collect(),
        guide: metadata.guide.as_ref().map(GuideRecord::from),
    })
}

pub(crate) fn decode_facts(text: &str, format: i64) -> Result<RevisionMetadata, StoreError> {
    let FactsRecord { pages, seconds, words, language, problems, guide } = from_json(text, format, &[1])?;
    Ok(RevisionMetadata {
        title: None,
        pages,
        seconds,
        loudness: Vec::new(),
        words,
        language,
        problems: problems.into_iter().map(Problem::from).collect(),
        guide: guide.map(Guide::from),
    })
}
