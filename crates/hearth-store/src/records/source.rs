//! What is stored of sources and their revisions besides text and layout, and failures, as JSON.

use hearth_domain::{
    CharRange, ErrorCode, Failure, Guide, Origin, OriginKind, Problem, ProblemCode, Section,
};
use serde::{Deserialize, Serialize};

use super::{SOURCE_FORMATS, from_json, to_json};
use crate::StoreError;

#[derive(Debug, Serialize, Deserialize)]
struct OriginRecord {
    kind: OriginKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct GuideRecord {
    summary: String,
    topics: Vec<String>,
    questions: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ProblemRecord {
    code: ProblemCode,
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SectionRecord {
    title: String,
    #[serde(flatten)]
    range: CharRange,
    level: u8,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FailureRecord {
    code: String,
    message: String,
}

pub(crate) fn encode_origin(origin: &Origin) -> Result<String, StoreError> {
    to_json(&OriginRecord { kind: origin.kind, value: origin.value.clone() })
}

pub(crate) fn decode_origin(text: &str, format: i64) -> Result<Origin, StoreError> {
    let OriginRecord { kind, value } = from_json(text, format, SOURCE_FORMATS)?;
    Ok(Origin { kind, value })
}

pub(crate) fn encode_guide(guide: &Guide) -> Result<String, StoreError> {
    to_json(&GuideRecord::from(guide))
}

pub(crate) fn decode_guide(text: &str, format: i64) -> Result<Guide, StoreError> {
    from_json::<GuideRecord>(text, format, SOURCE_FORMATS).map(Guide::from)
}

pub(crate) fn encode_problems(problems: &[Problem]) -> Result<String, StoreError> {
    to_json(&problems.iter().map(ProblemRecord::from).collect::<Vec<_>>())
}

pub(crate) fn decode_problems(text: &str, format: i64) -> Result<Vec<Problem>, StoreError> {
    let records: Vec<ProblemRecord> = from_json(text, format, SOURCE_FORMATS)?;
    Ok(records.into_iter().map(Problem::from).collect())
}

impl From<&Guide> for GuideRecord {
    fn from(guide: &Guide) -> Self {
        let Guide { summary, topics, questions, model } = guide.clone();
        Self { summary, topics, questions, model }
    }
}

impl From<GuideRecord> for Guide {
    fn from(GuideRecord { summary, topics, questions, model }: GuideRecord) -> Self {
        Self { summary, topics, questions, model }
    }
}

impl From<&Problem> for ProblemRecord {
    fn from(problem: &Problem) -> Self {
        Self { code: problem.code, message: problem.message.clone(), page: problem.page }
    }
}

impl From<ProblemRecord> for Problem {
    fn from(ProblemRecord { code, message, page }: ProblemRecord) -> Self {
        Self { code, message, page }
    }
}

pub(crate) fn encode_sections(sections: &[Section]) -> Result<String, StoreError> {
    let record = |section: &Section| SectionRecord {
        title: section.title.clone(),
        range: section.range,
        level: section.level,
    };
    to_json(&sections.iter().map(record).collect::<Vec<_>>())
}

pub(crate) fn decode_sections(text: &str, format: i64) -> Result<Vec<Section>, StoreError> {
    // The second form of a revision differs in its layout alone.
    let records: Vec<SectionRecord> = from_json(text, format, &[1, 2])?;
    let section = |SectionRecord { title, range, level }| Section { title, range, level };
    Ok(records.into_iter().map(section).collect())
}

pub(crate) fn encode_failure(failure: &Failure) -> Result<String, StoreError> {
    to_json(&FailureRecord::from(failure))
}

pub(crate) fn decode_failure(text: &str, format: i64) -> Result<Failure, StoreError> {
    from_json::<FailureRecord>(text, format, &[1, 2]).map(Failure::from)
}

impl From<&Failure> for FailureRecord {
    fn from(failure: &Failure) -> Self {
        Self { code: failure.code.as_str().to_owned(), message: failure.message.clone() }
    }
}

impl From<FailureRecord> for Failure {
    fn from(FailureRecord { code, message }: FailureRecord) -> Self {
        // A code of a later version is a fault of some kind.
        Self { code: ErrorCode::parse(&code).unwrap_or(ErrorCode::Internal), message }
    }
}
