//! Stored forms of domain types: JSON texts, and one binary form for layouts.
//!
//! Invariants: a stored form is a type of its own, so that domain and wire may change without changing what is on disk;
//! only ids, and enumerations that are stored by their names, are the domain's.
//! Each row says in its column `format` which form its texts and blobs have; a form that was released never changes,
//! a new one gets the next number, and all earlier ones can be read. `tests/golden` holds files of released forms.

mod citation;
mod facts;
mod job;
mod layout;
mod source;
mod transcript;
mod turn;
mod turn_event;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use self::citation::{decode_citations, encode_citations};
pub(crate) use self::facts::{decode_facts, encode_facts};
pub(crate) use self::job::{decode_job_payload, encode_job_payload};
pub(crate) use self::layout::{decode_layout, encode_layout};
pub(crate) use self::source::{
    decode_failure, decode_guide, decode_origin, decode_problems, decode_sections, encode_failure,
    encode_guide, encode_origin, encode_problems, encode_sections,
};
pub(crate) use self::transcript::{decode_transcript, encode_transcript};
pub(crate) use self::turn::{decode_turn, encode_turn};
pub(crate) use self::turn_event::{decode_turn_event, encode_turn_event};

use crate::StoreError;

/// The form that new rows of the table `revisions` have: 1 had its layout as postcard of the domain's types.
pub(crate) const REVISION_FORMAT: i64 = 2;
/// The form that new rows of the table `revision_stages` have.
pub(crate) const REVISION_STAGE_FORMAT: i64 = 1;
/// The form that new rows of the table `turns` have.
pub(crate) const TURN_FORMAT: i64 = 1;
/// The form that new rows of the table `turn_events` have: in 1, steps had an English message.
pub(crate) const TURN_EVENT_FORMAT: i64 = 2;
/// The form that new rows of the table `notes` have.
pub(crate) const NOTE_FORMAT: i64 = 1;
/// The form that new rows of the table `sources` have.
pub(crate) const SOURCE_FORMAT: i64 = 1;
/// The form that new rows of the table `jobs` have: 2 has the work as a payload.
pub(crate) const JOB_FORMAT: i64 = 2;
/// The form that new rows of the table `transcript_parts` have.
pub(crate) const TRANSCRIPT_FORMAT: i64 = 1;

/// The forms that rows of the table `sources` can be read in. Tests know one from before the first.
const SOURCE_FORMATS: &[i64] = if cfg!(test) { &[0, 1] } else { &[1] };
/// The forms that the work of a job can be read in. Tests know one from before the first.
const JOB_PAYLOAD_FORMATS: &[i64] = if cfg!(test) { &[1, 2] } else { &[2] };

/// JSON of a record.
fn to_json<T: Serialize>(record: &T) -> Result<String, StoreError> {
    Ok(serde_json::to_string(record)?)
}

/// A record of a form that is JSON with the record's fields; `known` are the numbers of such forms.
fn from_json<T: DeserializeOwned>(text: &str, format: i64, known: &[i64]) -> Result<T, StoreError> {
    if known.contains(&format) { Ok(serde_json::from_str(text)?) } else { Err(unknown_format(format)) }
}

fn unknown_format(format: i64) -> StoreError {
    tracing::error!(format, "a row has a form that this version does not know");
    StoreError::NewerVersion
}
