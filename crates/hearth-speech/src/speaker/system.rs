//! The voices of Windows and macOS.

use std::sync::{Arc, OnceLock, PoisonError};

use tokio::sync::{Mutex, oneshot};
use tokio_util::sync::CancellationToken;
use tts::{Tts, Voice};

use super::{Manner, SpeakerError, SpeakerVoice};

const PREFIX: &str = "system/";

fn failed(error: tts::Error) -> SpeakerError {
    SpeakerError::Failed(error.to_string())
}

/// The one voice of this process: it keeps what the system gave it.
fn system() -> Result<Tts, SpeakerError> {
    static SYSTEM: OnceLock<std::sync::Mutex<Option<Tts>>> = OnceLock::new();
    let mut kept =
        SYSTEM.get_or_init(std::sync::Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if kept.is_none() {
        *kept = Some(Tts::default().map_err(failed)?);
    }
    kept.clone().ok_or(SpeakerError::None)
}

fn id(voice: &Voice) -> String {
    format!("{PREFIX}{}", voice.id())
}

pub(super) async fn voices() -> Vec<SpeakerVoice> {
    let asked = || system().and_then(|tts| tts.voices().map_err(failed)).unwrap_or_default();
    // Asking the system may take a while.
    let found = tokio::task::spawn_blocking(asked).await.unwrap_or_default();
    let named = |voice: &Voice| SpeakerVoice {
        id: id(voice),
        name: voice.name(),
        language: voice.language().to_string().to_lowercase(),
    };
    found.iter().map(named).collect()
}

pub(super) async fn say(text: &str, how: &Manner, stop: &CancellationToken) -> Result<(), SpeakerError> {
    // One after the other: who ends one must not silence the next.
    static SPEAKS: Mutex<()> = Mutex::const_new(());
    let _speaks = SPEAKS.lock().await;
    if stop.is_cancelled() {
        return Ok(());
    }
    let (text, how) = (text.to_owned(), how.clone());
    let begun = tokio::task::spawn_blocking(move || begin(&text, &how)).await;
    let ended = begun.map_err(|error| SpeakerError::Failed(error.to_string()))??;
    tokio::select! {
        biased;
        () = stop.cancelled() => {
            let silent = tokio::task::spawn_blocking(|| system()?.stop().map(drop).map_err(failed)).await;
            silent.map_err(|error| SpeakerError::Failed(error.to_string()))?
        }
        _ = ended => Ok(()),
    }
}

/// Begins to speak; tells when that has ended.
fn begin(text: &str, how: &Manner) -> Result<oneshot::Receiver<()>, SpeakerError> {
    let mut tts = system()?;
    let all = tts.voices().map_err(failed)?;
    let voice = if how.voice.is_empty() {
        let fits = |voice: &&Voice| {
            how.language.as_deref().is_some_and(|language| voice.language().as_str().starts_with(language))
        };
        all.iter().find(fits)
    } else {
        let chosen = all.iter().find(|voice| id(voice) == how.voice);
        Some(chosen.ok_or_else(|| SpeakerError::Gone(how.voice.clone()))?)
    };
    if let Some(voice) = voice {
        tts.set_voice(voice).map_err(failed)?;
    }
    let rate = (tts.normal_rate() * how.rate() as f32).clamp(tts.min_rate(), tts.max_rate());
    tts.set_rate(rate).map_err(failed)?;
    let (sender, ended) = oneshot::channel();
    let sender = Arc::new(std::sync::Mutex::new(Some(sender)));
    let callback = move || {
        let sender = Arc::clone(&sender);
        Box::new(move |_| {
            if let Some(sender) = sender.lock().unwrap_or_else(PoisonError::into_inner).take() {
                // Nobody may wait any more.
                let _ = sender.send(());
            }
        })
    };
    tts.on_utterance_end(Some(callback())).map_err(failed)?;
    tts.on_utterance_stop(Some(callback())).map_err(failed)?;
    tts.speak(text, true).map_err(failed)?;
    Ok(ended)
}
