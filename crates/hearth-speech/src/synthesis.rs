//! Speech synthesis with the system's voices: speech-dispatcher or espeak-ng on Linux, the built-in voices on
//! Windows and macOS.

#[cfg(target_os = "linux")]
mod dispatcher;
#[cfg(target_os = "linux")]
mod espeak;
#[cfg(any(windows, target_os = "macos"))]
mod system;

use tokio_util::sync::CancellationToken;

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
    fn clamped_rate(&self) -> f64 {
        if self.rate.is_finite() { self.rate.clamp(*RATE_RANGE.start(), *RATE_RANGE.end()) } else { 1.0 }
    }
}

/// Lists the voices of this machine, sorted by language and name.
pub async fn list_voices() -> Vec<SynthesisVoice> {
    let mut voices = find_voices().await;
    voices.sort_by(|a, b| (&a.language, &a.name).cmp(&(&b.language, &b.name)));
    voices
}

#[cfg(target_os = "linux")]
async fn find_voices() -> Vec<SynthesisVoice> {
    let (mut voices, espeak_voices) = tokio::join!(dispatcher::list_voices(), espeak::list_voices());
    voices.extend(espeak_voices);
    voices
}

#[cfg(any(windows, target_os = "macos"))]
async fn find_voices() -> Vec<SynthesisVoice> {
    system::list_voices().await
}

/// Reads a sentence or two aloud; returns when they have been spoken, or at once on `stop`.
#[cfg(target_os = "linux")]
pub async fn read_aloud(
    text: &str,
    options: &SynthesisOptions,
    stop: &CancellationToken,
) -> Result<(), SynthesisError> {
    if options.voice.starts_with(espeak::VOICE_PREFIX) {
        return espeak::read_aloud(text, options, stop).await;
    }
    match dispatcher::read_aloud(text, options, stop).await {
        // No speech-dispatcher runs, or it has no output module.
        Err(SynthesisError::NoVoice) if options.voice.is_empty() => {
            espeak::read_aloud(text, options, stop).await
        }
        result => result,
    }
}

/// Reads a sentence or two aloud; returns when they have been spoken, or at once on `stop`.
#[cfg(any(windows, target_os = "macos"))]
pub async fn read_aloud(
    text: &str,
    options: &SynthesisOptions,
    stop: &CancellationToken,
) -> Result<(), SynthesisError> {
    system::read_aloud(text, options, stop).await
}
