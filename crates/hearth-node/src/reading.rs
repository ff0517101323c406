//! Reading answers aloud: one at a time, sentence by sentence, while the rest is still being written.

use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt;
use hearth_documents::detect_language;
use hearth_domain::{TurnEvent, TurnId, TurnState};
use hearth_engine::Aloud;
use hearth_host::ReadAloud;
use hearth_wire::{Occasion, ReadRequest, ShellEvent};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::failure::Failure;
use crate::shell::{Attached, Utterance};

/// Sentences that wait for the voice: an answer is written faster than it is read.
const WAITING: usize = 256;
/// Characters that are read to try a voice.
const LONGEST: usize = 400;

/// What is being read, if anything is.
#[derive(Clone, Default)]
pub(crate) struct Reading(Arc<Mutex<CancellationToken>>);

impl Reading {
    /// Ends what is read now, at once.
    pub(crate) fn hush(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }

    /// Ends it, and takes its place.
    fn begin(&self, within: &CancellationToken) -> CancellationToken {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        now.cancel();
        *now = within.child_token();
        now.clone()
    }
}

/// Begins to read; that it has begun, and ended, is told as events.
pub(crate) async fn read(app: &App, shell: &Attached, request: ReadRequest) -> Result<(), Failure> {
    let (sender, sentences) = mpsc::channel(WAITING);
    let mut was_running = false;
    let turn_id = match request {
        ReadRequest::Text { text } => {
            let language = detect_language(&text);
            let text = text.chars().take(LONGEST).collect();
            // There is room.
            let _ = sender.try_send(Utterance { text, language });
            None
        }
        ReadRequest::Answer { turn_id, occasion } => {
            // Whoever speaks by now does not want to be spoken to.
            if occasion != Occasion::Wanted && app.listening.is_on() {
                return Ok(());
            }
            if !is_wanted(occasion, || app.effective().map(|now| now.settings.desktop.read_aloud))? {
                return Ok(());
            }
            // Whether there is one is said at once.
            was_running = app.engine.turn(turn_id).await?.state == TurnState::Running;
            Some(turn_id)
        }
    };
    let stop = app.reading.begin(&app.stop);
    if let Some(turn) = turn_id {
        tokio::spawn(follow(app.clone(), turn, was_running, sender, stop.clone()));
    } else {
        drop(sender);
    }
    let shell = shell.clone();
    tokio::spawn(async move {
        shell.tell(ShellEvent::Reading { turn_id, is_on: true, problem: None });
        let read = shell.shell.read(sentences, stop.clone()).await;
        let problem = read.err().map(|error| error.to_string());
        stop.cancel();
        shell.tell(ShellEvent::Reading { turn_id, is_on: false, problem });
    });
    Ok(())
}

/// Whether an answer is read by itself.
fn is_wanted(
    occasion: Occasion,
    setting: impl FnOnce() -> Result<ReadAloud, Failure>,
) -> Result<bool, Failure> {
    Ok(match occasion {
        Occasion::Wanted => true,
        Occasion::Spoken => setting()? != ReadAloud::Never,
        Occasion::Typed => setting()? == ReadAloud::Always,
    })
}

/// Hands the sentences of an answer on as they are finished.
async fn follow(
    app: App,
    turn: TurnId,
    was_running: bool,
    sender: mpsc::Sender<Utterance>,
    stop: CancellationToken,
) {
    let events = match app.engine.turn_events(turn, 0).await {
        Ok(events) => events,
        Err(error) => return tracing::warn!(%error, "an answer cannot be read aloud"),
    };
    let mut events = std::pin::pin!(events);
    let (mut aloud, mut so_far) = (Aloud::default(), String::new());
    loop {
        let event = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            event = events.next() => event,
        };
        let (sentences, is_last) = match event.map(|stored| stored.event) {
            Some(TurnEvent::Text { text }) => {
                so_far.push_str(&text);
                (aloud.push(&text), false)
            }
            // Of an old answer, less may be kept than it became.
            Some(TurnEvent::Done { turn }) => {
                let rest = turn.answer.strip_prefix(so_far.as_str()).unwrap_or_default();
                let mut sentences = aloud.push(rest);
                so_far.push_str(rest);
                sentences.extend(aloud.finish());
                (sentences, true)
            }
            // Who stops an answer wants to hear no more of it; of one that was stopped before, what there is.
            Some(TurnEvent::Cancelled {}) if was_running => return stop.cancel(),
            Some(TurnEvent::Failed { .. } | TurnEvent::Cancelled {}) | None => (aloud.finish(), true),
            Some(_) => continue,
        };
        let language = if sentences.is_empty() { None } else { detect_language(&so_far) };
        for text in sentences {
            if sender.send(Utterance { text, language }).await.is_err() {
                return;
            }
        }
        if is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_say_what_is_read_by_itself() {
        let wanted = |occasion, setting| is_wanted(occasion, || Ok(setting)).expect("a setting");
        for setting in [ReadAloud::Never, ReadAloud::Spoken, ReadAloud::Always] {
            assert!(wanted(Occasion::Wanted, setting));
            assert_eq!(wanted(Occasion::Spoken, setting), setting != ReadAloud::Never);
            assert_eq!(wanted(Occasion::Typed, setting), setting == ReadAloud::Always);
        }
    }

    #[test]
    fn what_is_read_ends_what_was_read() {
        let (reading, node) = (Reading::default(), CancellationToken::new());
        let first = reading.begin(&node);
        let second = reading.begin(&node);
        assert!(first.is_cancelled() && !second.is_cancelled());
        reading.hush();
        assert!(second.is_cancelled());
        let third = reading.begin(&node);
        assert!(!third.is_cancelled());
        node.cancel();
        assert!(third.is_cancelled());
    }
}
