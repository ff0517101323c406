//! Citations of turns and notes, as JSON.

use hearth_domain::{
    Area, CharOffset, CharRange, Citation, CitationId, CitationMethod, Place, RevisionId, SourceId,
};
use jiff::civil;
use serde::{Deserialize, Serialize};

use super::{from_json, to_json};
use crate::StoreError;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CitationRecord {
    id: CitationId,
    number: u32,
    at: CharOffset,
    covers: CharRange,
    source_id: SourceId,
    revision: RevisionId,
    source_title: String,
    #[serde(flatten)]
    range: CharRange,
    quote: String,
    places: Vec<PlaceRecord>,
    found_by: CitationMethod,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum PlaceRecord {
    Page {
        page: u32,
        boxes: Vec<AreaRecord>,
    },
    Time {
        start_ms: u64,
        end_ms: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        speaker: Option<String>,
    },
    Rows {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sheet: Option<String>,
        first: u32,
        last: u32,
    },
    Event {
        starts: civil::DateTime,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends: Option<civil::DateTime>,
        summary: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AreaRecord {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

pub(crate) fn encode_citations(citations: &[Citation]) -> Result<String, StoreError> {
    to_json(&citations.iter().map(CitationRecord::from).collect::<Vec<_>>())
}

pub(crate) fn decode_citations(text: &str, format: i64) -> Result<Vec<Citation>, StoreError> {
    let records: Vec<CitationRecord> = from_json(text, format, &[1])?;
    Ok(records.into_iter().map(Citation::from).collect())
}

impl From<&Citation> for CitationRecord {
    fn from(citation: &Citation) -> Self {
        Self {
            id: citation.id,
            number: citation.number,
            at: citation.at,
            covers: citation.covers,
            source_id: citation.source_id,
            revision: citation.revision,
            source_title: citation.source_title.clone(),
            range: citation.range,
            quote: citation.quote.clone(),
            places: citation.places.iter().map(PlaceRecord::from).collect(),
            found_by: citation.found_by,
        }
    }
}

impl From<CitationRecord> for Citation {
    fn from(record: CitationRecord) -> Self {
        Self {
            id: record.id,
            number: record.number,
            at: record.at,
            covers: record.covers,
            source_id: record.source_id,
            revision: record.revision,
            source_title: record.source_title,
            range: record.range,
            quote: record.quote,
            places: record.places.into_iter().map(Place::from).collect(),
            found_by: record.found_by,
        }
    }
}

impl From<&Place> for PlaceRecord {
    fn from(place: &Place) -> Self {
        match place {
            Place::Page { page, boxes } => {
                Self::Page { page: *page, boxes: boxes.iter().map(AreaRecord::from).collect() }
            }
            Place::Time { start_ms, end_ms, speaker } => {
                Self::Time { start_ms: *start_ms, end_ms: *end_ms, speaker: speaker.clone() }
            }
            Place::Rows { sheet, first, last } => {
                Self::Rows { sheet: sheet.clone(), first: *first, last: *last }
            }
            Place::Event { starts, ends, summary } => {
                Self::Event { starts: *starts, ends: *ends, summary: summary.clone() }
            }
        }
    }
}

impl From<PlaceRecord> for Place {
    fn from(record: PlaceRecord) -> Self {
        match record {
            PlaceRecord::Page { page, boxes } => {
                Self::Page { page, boxes: boxes.into_iter().map(Area::from).collect() }
            }
            PlaceRecord::Time { start_ms, end_ms, speaker } => Self::Time { start_ms, end_ms, speaker },
            PlaceRecord::Rows { sheet, first, last } => Self::Rows { sheet, first, last },
            PlaceRecord::Event { starts, ends, summary } => Self::Event { starts, ends, summary },
        }
    }
}

impl From<&Area> for AreaRecord {
    fn from(area: &Area) -> Self {
        Self { x: area.x, y: area.y, width: area.width, height: area.height }
    }
}

impl From<AreaRecord> for Area {
    fn from(record: AreaRecord) -> Self {
        Self { x: record.x, y: record.y, width: record.width, height: record.height }
    }
}
