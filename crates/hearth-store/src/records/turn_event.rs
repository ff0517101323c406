//! Events of turns, as JSON.

use hearth_domain::{
    CharRange, Passage, PassageId, Place, RetrievedHit, RevisionId, SourceId, Turn, TurnEvent,
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
    Progress {
        step: String,
        message: String,
    },
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
    Citation {
        citation: Box<CitationRecord>,
    },
    Unsupported {
        #[serde(flatten)]
        range: CharRange,
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
    from_json::<TurnEventRecord>(text, format, &[1]).map(TurnEvent::from)
}

impl From<&TurnEvent> for TurnEventRecord {
    fn from(event: &TurnEvent) -> Self {
        match event {
            TurnEvent::Progress { step, message } => {
                Self::Progress { step: step.clone(), message: message.clone() }
            }
            TurnEvent::Retrieved { hits, left_out, took_ms } => Self::Retrieved {
                hits: hits.iter().map(HitRecord::from).collect(),
                left_out: *left_out,
                took_ms: *took_ms,
            },
            TurnEvent::Reasoning { text } => Self::Reasoning { text: text.clone() },
            TurnEvent::Text { text } => Self::Text { text: text.clone() },
            TurnEvent::Citation { citation } => {
                Self::Citation { citation: Box::new(CitationRecord::from(&**citation)) }
            }
            TurnEvent::Unsupported { range } => Self::Unsupported { range: *range },
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
            TurnEventRecord::Progress { step, message } => Self::Progress { step, message },
            TurnEventRecord::Retrieved { hits, left_out, took_ms } => Self::Retrieved {
                hits: hits.into_iter().map(RetrievedHit::from).collect(),
                left_out,
                took_ms,
            },
            TurnEventRecord::Reasoning { text } => Self::Reasoning { text },
            TurnEventRecord::Text { text } => Self::Text { text },
            TurnEventRecord::Citation { citation } => {
                Self::Citation { citation: Box::new((*citation).into()) }
            }
            TurnEventRecord::Unsupported { range } => Self::Unsupported { range },
            TurnEventRecord::Done { turn } => Self::Done { turn: Box::new(Turn::from(*turn)) },
            TurnEventRecord::Failed { error } => Self::Failed { error: error.into() },
            TurnEventRecord::Cancelled {} => Self::Cancelled {},
            TurnEventRecord::Interrupted {} => Self::Interrupted {},
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
