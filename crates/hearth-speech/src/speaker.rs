//! Reading aloud with the system's voices: speech-dispatcher or espeak-ng on Linux, the system's own on Windows and macOS.

#[cfg(target_os = "linux")]
mod dispatcher;
#[cfg(target_os = "linux")]
mod espeak;
#[cfg(any(windows, target_os = "macos"))]
mod system;

use tokio_util::sync::CancellationToken;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpeakerError {
    #[error("no voice is installed; install espeak-ng (Debian, Ubuntu: apt install espeak-ng)")]
    None,
    #[error("the voice {0} is not installed any more; choose another in the settings")]
    Gone(String),
    #[error("nothing can be read aloud: {0}")]
    Failed(String),
}

/// A voice by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeakerVoice {
    pub id: String,
    pub name: String,
    /// BCP 47, in small letters; empty where the system does not say.
    pub language: String,
}

/// How something is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Manner {
    /// Empty for a voice of the text's language.
    pub voice: String,
    /// 1 as the voice itself does.
    pub rate: f64,
    /// ISO 639-1 code of the text's language, where it is known.
    pub language: Option<String>,
}

/// The slowest and the fastest that anyone understands.
const RATES: std::ops::RangeInclusive<f64> = 0.5..=3.0;

impl Manner {
    fn rate(&self) -> f64 {
        if self.rate.is_finite() { self.rate.clamp(*RATES.start(), *RATES.end()) } else { 1.0 }
    }
}

/// The voices of this machine, by language and name.
pub async fn voices() -> Vec<SpeakerVoice> {
    let mut found = found().await;
    found.sort_by(|one, other| (&one.language, &one.name).cmp(&(&other.language, &other.name)));
    found
}

#[cfg(target_os = "linux")]
async fn found() -> Vec<SpeakerVoice> {
    let (mut dispatched, own) = tokio::join!(dispatcher::voices(), espeak::voices());
    dispatched.extend(own);
    dispatched
}

#[cfg(any(windows, target_os = "macos"))]
async fn found() -> Vec<SpeakerVoice> {
    system::voices().await
}

/// Reads a sentence or two aloud; returns when that is done, or at once when `stop` comes.
#[cfg(target_os = "linux")]
pub async fn say(text: &str, how: &Manner, stop: &CancellationToken) -> Result<(), SpeakerError> {
    if how.voice.starts_with(espeak::PREFIX) {
        return espeak::say(text, how, stop).await;
    }
    match dispatcher::say(text, how, stop).await {
        // Where nobody runs one, or it has nothing to speak with.
        Err(SpeakerError::None) if how.voice.is_empty() => espeak::say(text, how, stop).await,
        said => said,
    }
}

/// Reads a sentence or two aloud; returns when that is done, or at once when `stop` comes.
#[cfg(any(windows, target_os = "macos"))]
pub async fn say(text: &str, how: &Manner, stop: &CancellationToken) -> Result<(), SpeakerError> {
    system::say(text, how, stop).await
}
