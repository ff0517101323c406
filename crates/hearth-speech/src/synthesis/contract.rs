//! What the engines of speech synthesis have in common: voices, options, errors.

/// Error of speech synthesis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SynthesisError {
    #[error("no voice is installed; install espeak-ng (Debian, Ubuntu: apt install espeak-ng)")]
    NoVoice,
    #[error("the voice {0} is not installed any more; choose another in the settings")]
    VoiceMissing(String),
    #[error("reading aloud failed: {0}")]
    Failed(String),
}

/// An installed voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SynthesisVoice {
    pub id: String,
    pub name: String,
    /// BCP 47 tag in lower case; empty if unknown.
    pub language: String,
}

/// Options of reading a text aloud.
#[derive(Clone, Debug, PartialEq)]
pub struct SynthesisOptions {
    /// Id of a voice; empty for any voice of the text's language.
    pub voice: String,
    /// Rate as a factor of the voice's own.
    pub rate: f64,
    /// ISO 639-1 code of the text's language, or `None` if unknown.
    pub language: Option<String>,
}

/// Range of intelligible rates.
const RATE_RANGE: std::ops::RangeInclusive<f64> = 0.5..=3.0;

impl SynthesisOptions {
    /// The rate within the intelligible range; 1 if it is no number.
    pub(super) fn clamped_rate(&self) -> f64 {
        if self.rate.is_finite() { self.rate.clamp(*RATE_RANGE.start(), *RATE_RANGE.end()) } else { 1.0 }
    }
}
