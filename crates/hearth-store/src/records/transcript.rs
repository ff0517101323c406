//! Transcripts of parts of recordings, as JSON.

use hearth_domain::{Segment, Transcript, Word};
use serde::{Deserialize, Serialize};

use super::{from_json, to_json};
use crate::StoreError;

#[derive(Debug, Serialize, Deserialize)]
struct TranscriptRecord {
    language: Option<String>,
    segments: Vec<SegmentRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SegmentRecord {
    start_ms: u64,
    end_ms: u64,
    text: String,
    words: Vec<WordRecord>,
    no_speech: f32,
    log_probability: f32,
}

#[derive(Debug, Serialize, Deserialize)]
struct WordRecord {
    start_ms: u64,
    end_ms: u64,
    text: String,
    probability: f32,
}

pub(crate) fn encode_transcript(transcript: &Transcript) -> Result<String, StoreError> {
    let segments = transcript.segments.iter().map(SegmentRecord::from).collect();
    to_json(&TranscriptRecord { language: transcript.language.clone(), segments })
}

pub(crate) fn decode_transcript(text: &str, format: i64) -> Result<Transcript, StoreError> {
    let TranscriptRecord { language, segments } = from_json(text, format, &[1])?;
    Ok(Transcript { language, segments: segments.into_iter().map(Segment::from).collect() })
}

impl From<&Segment> for SegmentRecord {
    fn from(segment: &Segment) -> Self {
        let word = |word: &Word| WordRecord {
            start_ms: word.start_ms,
            end_ms: word.end_ms,
            text: word.text.clone(),
            probability: word.probability,
        };
        Self {
            start_ms: segment.start_ms,
            end_ms: segment.end_ms,
            text: segment.text.clone(),
            words: segment.words.iter().map(word).collect(),
            no_speech: segment.no_speech,
            log_probability: segment.log_probability,
        }
    }
}

impl From<SegmentRecord> for Segment {
    fn from(record: SegmentRecord) -> Self {
        let word =
            |WordRecord { start_ms, end_ms, text, probability }| Word { start_ms, end_ms, text, probability };
        Self {
            start_ms: record.start_ms,
            end_ms: record.end_ms,
            text: record.text,
            words: record.words.into_iter().map(word).collect(),
            no_speech: record.no_speech,
            log_probability: record.log_probability,
        }
    }
}
