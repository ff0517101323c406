//! Dictation from the desktop program's microphone: one at a time, published to the page as shell events.
//! Dictation from a remote microphone comes over a socket.

mod socket;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hearth_machine::{DictationError, DictationOptions, DictationOutcome, DictationProgress};
use hearth_wire::{ApiError, DictationEvent, ErrorCode, StartDictationRequest};

use crate::app::App;
use crate::composition::LocalDictationLibrary;
use crate::dictation_slot::SlotGuard;
use crate::route_error::RouteError;
use crate::shell::ShellHandle;

pub(crate) use socket::stream_dictation;

/// Starts a dictation, whose progress and outcome are published as events; returns its number.
pub(crate) async fn start_dictation(
    app: &App,
    shell: &ShellHandle,
    request: &StartDictationRequest,
) -> Result<u64, RouteError> {
    let notebook = match request.notebook_id {
        Some(id) => app.library.get_notebook(id).await.ok().map(|notebook| notebook.title),
        None => None,
    };
    let slot = app.dictation_slot.acquire_slot()?;
    let number = slot.number;
    // A missing speech model is an error before capture starts.
    app.machine.ensure_transcriber()?;
    // Reading aloud disturbs dictating, and the microphone would record it.
    app.current_reading.stop_reading();
    let capture = shell.shell.start_capture(slot.signals.stop.clone())?;
    let opening = DictationEvent::Opening { notebook, hands_free: request.hands_free };
    app.dictation_slot.publish_event(shell, number, opening);
    let options = DictationOptions {
        notebook: request.notebook_id,
        finish: slot.signals.stop.clone(),
        cancel: slot.signals.cancellation.clone(),
        hands_free: request.hands_free,
    };
    let library = Arc::new(LocalDictationLibrary(app.library.clone()));
    let (app, shell) = (app.clone(), shell.clone());
    app.clone().tasks.spawn(async move {
        let on_progress =
            |progress| app.dictation_slot.publish_event(&shell, number, to_wire_event(progress));
        publish_outcome(
            &app,
            &shell,
            slot,
            app.machine.run_dictation(capture, options, library, &on_progress),
        )
        .await;
    });
    Ok(number)
}

/// Waits for the outcome of a dictation and publishes it, unless the dictation is cancelled before.
async fn publish_outcome(
    app: &App,
    shell: &ShellHandle,
    slot: SlotGuard,
    result: impl Future<Output = Result<DictationOutcome, DictationError>>,
) {
    let result = tokio::select! {
        // Cancelling has published its event already.
        biased;
        () = slot.signals.cancellation.cancelled() => return,
        () = app.stop.cancelled() => return,
        result = result => result,
    };
    let (event, outcome) = to_final_event(result);
    // This frees the slot: a page may start the next dictation at once.
    app.dictation_slot.publish_event(shell, slot.number, event);
    let is_delivered = app.connected_pages.load(Ordering::SeqCst) > 0;
    if let Some(outcome) = outcome {
        outcome.record_delivery(is_delivered).await;
    }
}

/// Converts progress to the wire's event.
fn to_wire_event(progress: DictationProgress) -> DictationEvent {
    match progress {
        DictationProgress::Started { microphone } => DictationEvent::Started { microphone },
        DictationProgress::Level(level) => DictationEvent::Level { level },
        DictationProgress::Partial { committed, tentative } => {
            DictationEvent::Partial { committed, tentative }
        }
        DictationProgress::Transcribing => DictationEvent::Transcribing {},
    }
}

/// Final event of a dictation, and its outcome, to be acknowledged once the event is delivered.
fn to_final_event(
    result: Result<DictationOutcome, DictationError>,
) -> (DictationEvent, Option<DictationOutcome>) {
    match result {
        Ok(outcome) => {
            let (text, lost) = (outcome.text.clone(), outcome.microphone_error.clone());
            let event = match lost {
                Some(why) if text.is_empty() => {
                    failed_event(ApiError::new(ErrorCode::MicrophoneUnavailable, why))
                }
                lost => DictationEvent::Finished { text, microphone_error: lost },
            };
            (event, Some(outcome))
        }
        Err(DictationError { error, recording_id }) => {
            (DictationEvent::Failed { error: RouteError::from(error).0, recording_id }, None)
        }
    }
}

fn failed_event(error: ApiError) -> DictationEvent {
    DictationEvent::Failed { error, recording_id: None }
}

/// Cancels a dictation and discards its recording.
pub(crate) fn cancel_dictation(app: &App, shell: &ShellHandle, number: Option<u64>) {
    app.dictation_slot.cancel_active(shell, number);
}
