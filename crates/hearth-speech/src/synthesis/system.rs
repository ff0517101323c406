//! Built-in speech synthesis of Windows and macOS.

use std::sync::{Arc, OnceLock, PoisonError};

use tokio::sync::{Mutex, oneshot};
use tokio_util::sync::CancellationToken;
use tts::{Tts, Voice};

use super::contract::{SynthesisError, SynthesisOptions, SynthesisVoice};

const VOICE_PREFIX: &str = "system/";

fn synthesis_error(error: tts::Error) -> SynthesisError {
    SynthesisError::Failed(error.to_string())
}

/// The synthesiser of this process, created once.
fn system_synthesiser() -> Result<Tts, SynthesisError> {
    static SYSTEM: OnceLock<std::sync::Mutex<Option<Tts>>> = OnceLock::new();
    let mut synthesiser =
        SYSTEM.get_or_init(std::sync::Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if synthesiser.is_none() {
        *synthesiser = Some(Tts::default().map_err(synthesis_error)?);
    }
    synthesiser.clone().ok_or(SynthesisError::NoVoice)
}

fn voice_id(voice: &Voice) -> String {
    format!("{VOICE_PREFIX}{}", voice.id())
}

pub(super) async fn list_voices() -> Vec<SynthesisVoice> {
    let query =
        || system_synthesiser().and_then(|tts| tts.voices().map_err(synthesis_error)).unwrap_or_default();
    // The system may be slow to answer.
    let voices = tokio::task::spawn_blocking(query).await.unwrap_or_default();
    let to_voice = |voice: &Voice| SynthesisVoice {
        id: voice_id(voice),
        name: voice.name(),
        language: voice.language().to_string().to_lowercase(),
    };
    voices.iter().map(to_voice).collect()
}

pub(super) async fn read_aloud(
    text: &str,
    options: &SynthesisOptions,
    stop: &CancellationToken,
) -> Result<(), SynthesisError> {
    // One utterance at a time: stopping one must not silence the next.
    static SPEECH_LOCK: Mutex<()> = Mutex::const_new(());
    let _guard = SPEECH_LOCK.lock().await;
    if stop.is_cancelled() {
        return Ok(());
    }
    let (text, options) = (text.to_owned(), options.clone());
    let started = tokio::task::spawn_blocking(move || start_speaking(&text, &options)).await;
    let utterance_end = started.map_err(|error| SynthesisError::Failed(error.to_string()))??;
    tokio::select! {
        biased;
        () = stop.cancelled() => {
            let stop = || system_synthesiser()?.stop().map(drop).map_err(synthesis_error);
            let stopped = tokio::task::spawn_blocking(stop).await;
            stopped.map_err(|error| SynthesisError::Failed(error.to_string()))?
        }
        _ = utterance_end => Ok(()),
    }
}

/// Begins to speak; the receiver yields when that has ended.
fn start_speaking(text: &str, options: &SynthesisOptions) -> Result<oneshot::Receiver<()>, SynthesisError> {
    let mut tts = system_synthesiser()?;
    let voices = tts.voices().map_err(synthesis_error)?;
    let voice = if options.voice.is_empty() {
        let matches_language = |voice: &&Voice| {
            options
                .language
                .as_deref()
                .is_some_and(|language| voice.language().as_str().starts_with(language))
        };
        voices.iter().find(matches_language)
    } else {
        let chosen = voices.iter().find(|voice| voice_id(voice) == options.voice);
        Some(chosen.ok_or_else(|| SynthesisError::VoiceMissing(options.voice.clone()))?)
    };
    if let Some(voice) = voice {
        tts.set_voice(voice).map_err(synthesis_error)?;
    }
    let rate = (tts.normal_rate() * options.clamped_rate() as f32).clamp(tts.min_rate(), tts.max_rate());
    tts.set_rate(rate).map_err(synthesis_error)?;
    let (sender, utterance_end) = oneshot::channel();
    let sender = Arc::new(std::sync::Mutex::new(Some(sender)));
    let callback = move || {
        let sender = Arc::clone(&sender);
        Box::new(move |_| {
            if let Some(sender) = sender.lock().unwrap_or_else(PoisonError::into_inner).take() {
                // The receiver may be gone.
                let _ = sender.send(());
            }
        })
    };
    tts.on_utterance_end(Some(callback())).map_err(synthesis_error)?;
    tts.on_utterance_stop(Some(callback())).map_err(synthesis_error)?;
    tts.speak(text, true).map_err(synthesis_error)?;
    Ok(utterance_end)
}
