//! Events of turns, as JSON.

use hearth_domain::{
    CharOffset, CharRange, Passage, PassageId, Place, RetrievedHit, RevisionId, SourceId, Turn, TurnEvent,
    TurnStep,
};
use serde::{Deserialize, Serialize};

use super::citation::{CitationRecord, PlaceRecord};
use super::source::FailureRecord;
use super::turn::TurnRecord;
use super::{from_json, to_json};
use crate::StoreError;

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum TurnEventRecord {
    Progress(ProgressRecord),
    Retrieved {
        hits: Vec<HitRecord>,
        left_out: u32,
        took_ms: u32,
    },
    Reasoning {
        text: String,
    },
    Text {
        text: String,
    },
    Retracted {},
    Citation {
        citation: Box<CitationRecord>,
    },
    Unsupported {
        #[serde(flatten)]
        range: CharRange,
    },
    Checked {
        until: CharOffset,
    },
    Done {
        turn: Box<TurnRecord>,
    },
    Failed {
        error: FailureRecord,
    },
    Cancelled {},
    Interrupted {},
}

/// A step: form 2 has its model, form 1 had it in an English message.
#[derive(Debug, Serialize, Deserialize)]
struct ProgressRecord {
    step: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default, skip_serializing)]
    message: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct HitRecord {
    number: u32,
    passage: PassageRecord,
    source_title: String,
    score: f32,
}

#[derive(Debug, Serialize, Deserialize)]
struct PassageRecord {
    id: PassageId,
    source_id: SourceId,
    revision: RevisionId,
    ordinal: u32,
    text: String,
    #[serde(flatten)]
    range: CharRange,
    section: Vec<String>,
    places: Vec<PlaceRecord>,
}

pub(crate) fn encode_turn_event(event: &TurnEvent) -> Result<String, StoreError> {
    to_json(&TurnEventRecord::from(event))
}

pub(crate) fn decode_turn_event(text: &str, format: i64) -> Result<TurnEvent, StoreError> {
    from_json::<TurnEventRecord>(text, format, &[1, 2]).map(TurnEvent::from)
}

impl From<&TurnEvent> for TurnEventRecord {
    fn from(event: &TurnEvent) -> Self {
        match event {
            TurnEvent::Progress { step } => Self::Progress(ProgressRecord::from(step)),
            TurnEvent::Retrieved { hits, left_out, took_ms } => Self::Retrieved {
                hits: hits.iter().map(HitRecord::from).collect(),
                left_out: *left_out,
                took_ms: *took_ms,
            },
            TurnEvent::Reasoning { text } => Self::Reasoning { text: text.clone() },
            TurnEvent::Text { text } => Self::Text { text: text.clone() },
            TurnEvent::Retracted {} => Self::Retracted {},
            TurnEvent::Citation { citation } => {
                Self::Citation { citation: Box::new(CitationRecord::from(&**citation)) }
            }
            TurnEvent::Unsupported { range } => Self::Unsupported { range: *range },
            TurnEvent::Checked { until } => Self::Checked { until: *until },
            TurnEvent::Done { turn } => Self::Done { turn: Box::new(TurnRecord::from(&**turn)) },
            TurnEvent::Failed { error } => Self::Failed { error: FailureRecord::from(error) },
            TurnEvent::Cancelled {} => Self::Cancelled {},
            TurnEvent::Interrupted {} => Self::Interrupted {},
        }
    }
}

impl From<TurnEventRecord> for TurnEvent {
    fn from(record: TurnEventRecord) -> Self {
        match record {
            TurnEventRecord::Progress(record) => Self::Progress { step: record.into() },
            TurnEventRecord::Retrieved { hits, left_out, took_ms } => Self::Retrieved {
                hits: hits.into_iter().map(RetrievedHit::from).collect(),
                left_out,
                took_ms,
            },
            TurnEventRecord::Reasoning { text } => Self::Reasoning { text },
            TurnEventRecord::Text { text } => Self::Text { text },
            TurnEventRecord::Retracted {} => Self::Retracted {},
            TurnEventRecord::Citation { citation } => {
                Self::Citation { citation: Box::new((*citation).into()) }
            }
            TurnEventRecord::Unsupported { range } => Self::Unsupported { range },
            TurnEventRecord::Checked { until } => Self::Checked { until },
            TurnEventRecord::Done { turn } => Self::Done { turn: Box::new(Turn::from(*turn)) },
            TurnEventRecord::Failed { error } => Self::Failed { error: error.into() },
            TurnEventRecord::Cancelled {} => Self::Cancelled {},
            TurnEventRecord::Interrupted {} => Self::Interrupted {},
        }
    }
}

impl From<&TurnStep> for ProgressRecord {
    fn from(step: &TurnStep) -> Self {
        let (step, model) = match step {
            TurnStep::Searching => ("searching", None),
            TurnStep::Asking { model } => ("asking", Some(model)),
            TurnStep::Loading { model } => ("loading", Some(model)),
            TurnStep::Truncated => ("truncated", None),
        };
        Self { step: step.to_owned(), model: model.cloned(), message: String::new() }
    }
}

impl From<ProgressRecord> for TurnStep {
    fn from(ProgressRecord { step, model, message }: ProgressRecord) -> Self {
        let model = |verb: &str| {
            model.unwrap_or_else(|| message.strip_prefix(verb).unwrap_or(&message).trim().to_owned())
        };
        match step.as_str() {
            "asking" => Self::Asking { model: model("Asking") },
            "loading" => Self::Loading { model: model("Loading") },
            "truncated" => Self::Truncated,
            _ => Self::Searching,
        }
    }
}

impl From<&RetrievedHit> for HitRecord {
    fn from(hit: &RetrievedHit) -> Self {
        Self {
            number: hit.number,
            passage: PassageRecord::from(&hit.passage),
            source_title: hit.source_title.clone(),
            score: hit.score,
        }
    }
}

impl From<HitRecord> for RetrievedHit {
    fn from(record: HitRecord) -> Self {
        Self {
            number: record.number,
            passage: Passage::from(record.passage),
            source_title: record.source_title,
            score: record.score,
        }
    }
}

impl From<&Passage> for PassageRecord {
    fn from(passage: &Passage) -> Self {
        Self {
            id: passage.id.clone(),
            source_id: passage.source_id,
            revision: passage.revision,
            ordinal: passage.ordinal,
            text: passage.text.clone(),
            range: passage.range,
            section: passage.section.clone(),
            places: passage.places.iter().map(PlaceRecord::from).collect(),
        }
    }
}

impl From<PassageRecord> for Passage {
    fn from(record: PassageRecord) -> Self {
        Self {
            id: record.id,
            source_id: record.source_id,
            revision: record.revision,
            ordinal: record.ordinal,
            text: record.text,
            range: record.range,
            section: record.section,
            places: record.places.into_iter().map(Place::from).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode_step(text: &str, format: i64) -> TurnStep {
        match decode_turn_event(text, format).expect("readable") {
            TurnEvent::Progress { step } => step,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn steps_of_earlier_versions_are_read() {
        let asking = r#"{"type":"progress","step":"asking","message":"Asking llama3:8b"}"#;
        assert_eq!(decode_step(asking, 1), TurnStep::Asking { model: "llama3:8b".to_owned() });
        let searching = r#"{"type":"progress","step":"searching","message":"Searching your sources"}"#;
        assert_eq!(decode_step(searching, 1), TurnStep::Searching);
        let truncated =
            r#"{"type":"progress","step":"truncated","message":"The answer reached its length limit"}"#;
        assert_eq!(decode_step(truncated, 1), TurnStep::Truncated);
    }

    #[test]
    fn a_step_is_read_as_it_was_written() {
        let model = "llama3:8b".to_owned();
        for step in [
            TurnStep::Searching,
            TurnStep::Asking { model: model.clone() },
            TurnStep::Loading { model },
            TurnStep::Truncated,
        ] {
            let text = encode_turn_event(&TurnEvent::Progress { step: step.clone() }).expect("encodes");
            assert_eq!(decode_step(&text, crate::records::TURN_EVENT_FORMAT), step, "{text}");
        }
        let loading = TurnEvent::Progress { step: TurnStep::Loading { model: "a".to_owned() } };
        assert_eq!(
            encode_turn_event(&loading).expect("encodes"),
            r#"{"type":"progress","step":"loading","model":"a"}"#
        );
    }
}
