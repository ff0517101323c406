//! Reading answers aloud: one at a time, sentence by sentence, while the rest is still being generated.

use futures::StreamExt;
use hearth_documents::detect_language;
use hearth_domain::{TurnEvent, TurnId, TurnState};
use hearth_host::ReadAloudPolicy;
use hearth_library::ReadAloudSplitter;
use hearth_wire::{ReadAloudReason, ReadAloudRequest, ShellEvent};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::route_error::RouteError;
use crate::shell::{ShellHandle, Utterance};

/// Capacity of the sentence queue: an answer is generated faster than it is read.
const SENTENCE_QUEUE_CAPACITY: usize = 256;
/// Longest text that is read to try a voice, in characters.
const MAX_SAMPLE_CHARS: usize = 400;

/// Starts reading a text or an answer aloud; start and end are published as shell events.
pub(crate) async fn start_reading_aloud(
    app: &App,
    shell: &ShellHandle,
    request: ReadAloudRequest,
) -> Result<(), RouteError> {
    let (sender, sentences) = mpsc::channel(SENTENCE_QUEUE_CAPACITY);
    let mut was_running = false;
    let turn_id = match request {
        ReadAloudRequest::Text { text } => {
            let language = detect_language(&text);
            let text = text.chars().take(MAX_SAMPLE_CHARS).collect();
            // The queue is empty, so there is capacity.
            let _ = sender.try_send(Utterance { text, language });
            None
        }
        ReadAloudRequest::Answer { turn_id, reason: occasion } => {
            // While the user dictates, only what was requested is read.
            if occasion != ReadAloudReason::Requested && app.dictation_slot.is_active() {
                return Ok(());
            }
            if !should_read_aloud(occasion, || {
                Ok(app.machine.effective_settings()?.settings.desktop.read_aloud)
            })? {
                return Ok(());
            }
            // An unknown turn is an error of this request.
            was_running = app.library.get_turn(turn_id).await?.state == TurnState::Running;
            Some(turn_id)
        }
    };
    let stop = app.current_reading.start_reading(&app.stop);
    if let Some(turn) = turn_id {
        app.tasks.spawn(send_sentences(app.clone(), turn, was_running, sender, stop.clone()));
    } else {
        drop(sender);
    }
    let shell = shell.clone();
    app.tasks.spawn(async move {
        shell.publish_event(ShellEvent::Reading { turn_id, is_on: true, problem: None });
        let result = shell.shell.read_aloud(sentences, stop.clone()).await;
        let problem = result.err().map(|error| error.to_string());
        stop.cancel();
        shell.publish_event(ShellEvent::Reading { turn_id, is_on: false, problem });
    });
    Ok(())
}

/// True if an answer is read aloud: always on request, else as the setting has it.
fn should_read_aloud(
    occasion: ReadAloudReason,
    setting: impl FnOnce() -> Result<ReadAloudPolicy, RouteError>,
) -> Result<bool, RouteError> {
    Ok(match occasion {
        ReadAloudReason::Requested => true,
        ReadAloudReason::Spoken => setting()? != ReadAloudPolicy::Never,
        ReadAloudReason::Typed => setting()? == ReadAloudPolicy::Always,
    })
}

/// Sends the sentences of an answer on as they are completed.
async fn send_sentences(
    app: App,
    turn: TurnId,
    was_running: bool,
    sender: mpsc::Sender<Utterance>,
    stop: CancellationToken,
) {
    let events = match app.library.stream_turn_events(turn, 0).await {
        Ok(events) => events,
        Err(error) => return tracing::warn!(%error, "an answer cannot be read aloud"),
    };
    let mut events = std::pin::pin!(events);
    let (mut splitter, mut text_so_far) = (ReadAloudSplitter::default(), String::new());
    loop {
        let event = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            event = events.next() => event,
        };
        let (sentences, is_last) = match event.map(|stored| stored.event) {
            Some(TurnEvent::Text { text }) => {
                text_so_far.push_str(&text);
                (splitter.push(&text), false)
            }
            // The stored events of an old answer may hold less text than the finished answer.
            Some(TurnEvent::Done { turn }) => {
                let rest = turn.answer.strip_prefix(text_so_far.as_str()).unwrap_or_default();
                let mut sentences = splitter.push(rest);
                text_so_far.push_str(rest);
                sentences.extend(splitter.finish());
                (sentences, true)
            }
            // Cancelling a running answer stops reading it; of one cancelled before, the text so far is read.
            Some(TurnEvent::Cancelled {}) if was_running => return stop.cancel(),
            Some(TurnEvent::Failed { .. } | TurnEvent::Cancelled {} | TurnEvent::Interrupted {}) | None => {
                (splitter.finish(), true)
            }
            Some(_) => continue,
        };
        let language = if sentences.is_empty() { None } else { detect_language(&text_so_far) };
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
        let is_read = |occasion, setting| should_read_aloud(occasion, || Ok(setting)).expect("a setting");
        for setting in [ReadAloudPolicy::Never, ReadAloudPolicy::Spoken, ReadAloudPolicy::Always] {
            assert!(is_read(ReadAloudReason::Requested, setting));
            assert_eq!(is_read(ReadAloudReason::Spoken, setting), setting != ReadAloudPolicy::Never);
            assert_eq!(is_read(ReadAloudReason::Typed, setting), setting == ReadAloudPolicy::Always);
        }
    }
}
