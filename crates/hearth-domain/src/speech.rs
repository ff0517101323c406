//! The contract of a transcriber: samples in, text with times out.

use std::ops::Range;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ErrorCode;

/// Sample rate of speech, in hertz: one channel, values from -1 to 1.
pub const SPEECH_SAMPLE_RATE: u32 = 16_000;

/// Text of a recording, with times.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transcript {
    /// ISO 639-1 code of the spoken language.
    pub language: Option<String>,
    pub segments: Vec<Segment>,
}

impl Transcript {
    /// The text of all segments.
    pub fn text(&self) -> String {
        self.segments.iter().map(|segment| segment.text.as_str()).collect::<String>().trim().to_owned()
    }

    /// Appends the transcript of a part that begins `offset` milliseconds after the first sample.
    pub fn append(&mut self, part: Self, offset: u64) {
        self.language = self.language.take().or(part.language);
        self.segments.extend(part.segments.into_iter().map(|segment| segment.shifted_by(offset)));
    }
}

impl Segment {
    /// This segment, moved `offset` milliseconds to the right.
    fn shifted_by(mut self, offset: u64) -> Self {
        self.start_ms += offset;
        self.end_ms += offset;
        for word in &mut self.words {
            word.start_ms += offset;
            word.end_ms += offset;
        }
        self
    }
}

/// A part of a transcript that the model returned as one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Segment {
    /// Milliseconds from the first sample.
    pub start_ms: u64,
    pub end_ms: u64,
    pub text: String,
    /// Empty unless word times were requested.
    pub words: Vec<Word>,
    /// Probability that the segment contains no speech, 0 to 1.
    pub no_speech: f32,
    /// Mean of the logarithms of the tokens' probabilities.
    pub log_probability: f32,
}

/// A word with the space before it, if any: the words of a segment, joined, are its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Word {
    pub start_ms: u64,
    pub end_ms: u64,
    pub text: String,
    /// 0 to 1.
    pub probability: f32,
}

/// A period in which one person speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeakerSegment {
    /// Milliseconds from the first sample.
    pub start_ms: u64,
    pub end_ms: u64,
    /// Number of the speaker, from 1, in order of first appearance.
    pub speaker: u32,
}

/// Options of a transcription.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TranscribeOptions {
    /// ISO 639-1 code; detected from the recording if `None`.
    pub language: Option<String>,
    /// Text that may have come before; its names are spelt the same way.
    pub prompt: String,
    /// Sampling temperature; 0 takes the likeliest words.
    pub temperature: f32,
    /// True if words need times of their own.
    pub words: bool,
    /// True if the caller already ran voice activity detection; otherwise it runs first.
    pub is_speech: bool,
}

/// An event of a running capture.
#[derive(Clone, Debug, PartialEq)]
pub enum CaptureEvent {
    /// The first samples have arrived; repeated when another microphone takes over.
    Started { microphone: String },
    /// Samples at [`SPEECH_SAMPLE_RATE`].
    Samples(Vec<f32>),
    /// Loudness from 0 (silence) to 1, some thirty times a second.
    Level(f32),
    /// No microphone is left, with the reason; the last event.
    Lost(String),
}

/// A failure of a transcriber.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TranscribeError {
    #[error(
        "no speech model is on this machine yet; get one in the settings, or with `hearth models get {0}`"
    )]
    Missing(String),
    #[error("there is no speech model {0}; list the models with `hearth models`")]
    Unknown(String),
    #[error("the speech model could not be loaded: {0}")]
    Load(String),
    #[error("transcribing failed: {0}")]
    Failed(String),
    #[error("too many recordings are waiting for the speech model; try again in a moment")]
    Overloaded,
    #[error("the speech model at {address} cannot be reached: {reason}")]
    Unreachable { address: String, reason: String },
}

impl TranscribeError {
    /// Code that callers see.
    pub fn error_code(&self) -> ErrorCode {
        match self {
            Self::Missing(_) => ErrorCode::ModelNotLoaded,
            Self::Unknown(_) => ErrorCode::ModelNotFound,
            Self::Load(_) => ErrorCode::ModelLoadFailed,
            Self::Failed(_) => ErrorCode::InferenceFailed,
            Self::Overloaded => ErrorCode::Overloaded,
            Self::Unreachable { .. } => ErrorCode::UpstreamUnavailable,
        }
    }
}

/// Reason why a speech model runs on the processor though the program was built for a graphics card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GraphicsProblem {
    /// No usable card was found.
    Missing,
    /// The card or its driver failed.
    Failed,
}

/// A speech recognition model.
#[async_trait]
pub trait Transcriber: Send + Sync {
    /// The model's id.
    fn id(&self) -> &str;

    /// Loads the model into memory unless it is there.
    async fn load(&self) -> Result<(), TranscribeError>;

    /// Transcribes samples at [`SPEECH_SAMPLE_RATE`]. Dropping the future stops the work.
    async fn transcribe(
        &self,
        samples: &[f32],
        options: &TranscribeOptions,
    ) -> Result<Transcript, TranscribeError>;
}

/// A failure of a voice encoder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoiceEncodeError {
    #[error("{0}")]
    Load(String),
    #[error("the speakers could not be identified: {0}")]
    Failed(String),
    #[error("too many recordings are waiting for the voice encoder; try again in a moment")]
    Overloaded,
    #[error("the voice encoder at {address} cannot be reached: {reason}")]
    Unreachable { address: String, reason: String },
}

impl VoiceEncodeError {
    /// Code that callers see.
    pub fn error_code(&self) -> ErrorCode {
        match self {
            Self::Load(_) => ErrorCode::ModelLoadFailed,
            Self::Failed(_) => ErrorCode::InferenceFailed,
            Self::Overloaded => ErrorCode::Overloaded,
            Self::Unreachable { .. } => ErrorCode::UpstreamUnavailable,
        }
    }
}

/// A model that distinguishes voices.
#[async_trait]
pub trait VoiceEncoder: Send + Sync {
    /// Voiceprints (unit vectors, whose cosine measures the similarity of two voices) of windows in samples at
    /// [`SPEECH_SAMPLE_RATE`], in the given order.
    async fn encode_voices(
        &self,
        samples: Vec<f32>,
        windows: Vec<Range<usize>>,
    ) -> Result<Vec<Vec<f32>>, VoiceEncodeError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make_part(language: Option<&str>, text: &str) -> Transcript {
        let word = Word { start_ms: 100, end_ms: 200, text: text.into(), probability: 1.0 };
        let segment = Segment {
            start_ms: 50,
            end_ms: 250,
            text: text.into(),
            words: vec![word],
            no_speech: 0.0,
            log_probability: 0.0,
        };
        Transcript { language: language.map(str::to_owned), segments: vec![segment] }
    }

    #[test]
    fn a_part_is_appended_at_its_time_and_the_first_known_language_stays() {
        let mut transcript = make_part(None, " Guten");
        transcript.append(make_part(Some("de"), " Tag"), 30_000);
        transcript.append(make_part(Some("en"), " today"), 60_000);
        assert_eq!(
            (transcript.text().as_str(), transcript.language.as_deref()),
            ("Guten Tag today", Some("de"))
        );
        let times: Vec<_> = transcript.segments.iter().map(|part| (part.start_ms, part.end_ms)).collect();
        assert_eq!(times, [(50, 250), (30_050, 30_250), (60_050, 60_250)]);
        let word = &transcript.segments[2].words[0];
        assert_eq!((word.start_ms, word.end_ms), (60_100, 60_200));
    }
}
