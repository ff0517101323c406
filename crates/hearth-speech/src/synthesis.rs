//! Speech synthesis with the system's voices: speech-dispatcher or espeak-ng on Linux, the built-in voices on
//! Windows and macOS.

mod contract;
#[cfg(target_os = "linux")]
mod dispatcher;
#[cfg(target_os = "linux")]
mod espeak;
#[cfg(any(windows, target_os = "macos"))]
mod system;

use tokio_util::sync::CancellationToken;

pub use contract::{SynthesisError, SynthesisOptions, SynthesisVoice};

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
