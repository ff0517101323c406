//! The contract of a recogniser of speech: samples in, text with its times out.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Samples a second of what recognisers take: one channel, values from -1 to 1.
pub const SPEECH_RATE: u32 = 16_000;

/// What was said, and when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transcript {
    /// ISO 639-1 code of the language that was heard.
    pub language: Option<String>,
    pub segments: Vec<Segment>,
}

impl Transcript {
    /// All that was said.
    pub fn text(&self) -> String {
        self.segments.iter().map(|segment| segment.text.as_str()).collect::<String>().trim().to_owned()
    }

    /// Adds what was heard in a part that begins so many milliseconds after the first sample.
    pub fn append(&mut self, part: Self, offset: u64) {
        self.language = self.language.take().or(part.language);
        self.segments.extend(part.segments.into_iter().map(|segment| segment.later(offset)));
    }
}

impl Segment {
    /// The same, so many milliseconds later.
    fn later(mut self, offset: u64) -> Self {
        self.start_ms += offset;
        self.end_ms += offset;
        for word in &mut self.words {
            word.start_ms += offset;
            word.end_ms += offset;
        }
        self
    }
}

/// A stretch that the recogniser took as one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Segment {
    /// Milliseconds from the first sample.
    pub start_ms: u64,
    pub end_ms: u64,
    pub text: String,
    /// Empty where they were not asked for.
    pub words: Vec<Word>,
    /// How likely nobody spoke, 0 to 1.
    pub no_speech: f32,
    /// Mean of the logarithms of the tokens' probabilities.
    pub log_probability: f32,
}

/// A word with the blank before it, if one stands there: all words of a segment are its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Word {
    pub start_ms: u64,
    pub end_ms: u64,
    pub text: String,
    /// 0 to 1.
    pub probability: f32,
}

/// A stretch in which one person speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeakerTurn {
    /// Milliseconds from the first sample.
    pub start_ms: u64,
    pub end_ms: u64,
    /// From 1, in the order in which they are first heard.
    pub speaker: u32,
}

/// How a recording is to be understood.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TranscribeOptions {
    /// ISO 639-1 code; heard from the recording where there is none.
    pub language: Option<String>,
    /// Text that may have come before: names in it are written as it has them.
    pub prompt: String,
    /// 0 takes the likeliest words.
    pub temperature: f32,
    /// Whether words are to have times of their own.
    pub words: bool,
    /// Whoever asks has heard that somebody speaks; else that is looked for first.
    pub is_speech: bool,
}

/// What comes from a microphone while it is listened to.
#[derive(Clone, Debug, PartialEq)]
pub enum Sound {
    /// The first samples are there; and again when another microphone took over.
    Began { microphone: String },
    /// At [`SPEECH_RATE`].
    Samples(Vec<f32>),
    /// How loud it is, from 0 (nothing) to 1, some thirty times a second.
    Level(f32),
    /// No microphone is left, and why; nothing comes after it.
    Lost(String),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TranscribeError {
    #[error(
        "no speech model is on this machine yet; get one in the settings, or with `hearth models get {0}`"
    )]
    Missing(String),
    #[error("there is no speech model {0}; `hearth models` shows those that there are")]
    Unknown(String),
    #[error("the speech model could not be loaded: {0}")]
    Load(String),
    #[error("transcribing failed: {0}")]
    Failed(String),
}

/// Why a speech model is on the processor though the program was built for a graphics card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GraphicsProblem {
    /// None was found that can be used.
    Missing,
    /// The card or its driver could not do it.
    Failed,
}

/// Makes text of speech.
#[async_trait]
pub trait Transcriber: Send + Sync {
    /// The model's id.
    fn id(&self) -> &str;

    /// Brings the model into memory, if it is not there.
    async fn load(&self) -> Result<(), TranscribeError>;

    /// What is said in samples of [`SPEECH_RATE`]. Whoever drops the future stops the work.
    async fn transcribe(
        &self,
        samples: &[f32],
        options: &TranscribeOptions,
    ) -> Result<Transcript, TranscribeError>;
}
