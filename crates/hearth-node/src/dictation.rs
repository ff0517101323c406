//! Dictation from the desktop program's microphone: one at a time, published to the page as shell events.
//! Each dictation has a number, so that late events of one are not taken for the next. Dictation from a
//! remote microphone comes over a socket.

mod socket;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_machine::{DictationError, DictationOptions, DictationOutcome, DictationProgress};
use hearth_wire::{ApiError, DictationEvent, ErrorCode, ShellEvent, StartDictationRequest};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::composition::LocalDictationLibrary;
use crate::route_error::RouteError;
use crate::shell::ShellHandle;

pub(crate) use socket::stream_dictation;

/// Slot of the one active dictation.
#[derive(Clone, Default)]
pub(crate) struct DictationSlot(Arc<Mutex<SlotState>>);

#[derive(Default)]
struct SlotState {
    active: Option<ActiveDictation>,
    /// Number of the latest dictation.
    last_number: u64,
}

struct ActiveDictation {
    number: u64,
    /// Ends the capture; the recording is still transcribed.
    stop: CancellationToken,
    /// Cancels the dictation.
    cancellation: CancellationToken,
}

impl ActiveDictation {
    fn has_number(&self, number: Option<u64>) -> bool {
        number.is_none_or(|number| number == self.number)
    }
}

impl DictationSlot {
    fn lock_state(&self) -> MutexGuard<'_, SlotState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the slot; fails with `CONFLICT` while another dictation holds it.
    fn acquire_slot(&self) -> Result<SlotGuard, RouteError> {
        let mut slot = self.lock_state();
        if slot.active.is_some() {
            return Err(RouteError::new(
                ErrorCode::Conflict,
                "the previous dictation is still being transcribed; try again in a moment",
            ));
        }
        slot.last_number += 1;
        let number = slot.last_number;
        let (stop, cancellation) = (CancellationToken::new(), CancellationToken::new());
        slot.active =
            Some(ActiveDictation { number, stop: stop.clone(), cancellation: cancellation.clone() });
        Ok(SlotGuard { slot: self.clone(), number, stop, cancellation })
    }

    /// Ends the capture of a dictation (any, if `None`), which is then transcribed; no effect after its end.
    pub(crate) fn finish_active(&self, number: Option<u64>) {
        if let Some(running) = self.lock_state().active.as_ref().filter(|running| running.has_number(number))
        {
            running.stop.cancel();
        }
    }

    /// True while a dictation is being captured or transcribed.
    pub(crate) fn is_active(&self) -> bool {
        self.lock_state().active.is_some()
    }

    /// Cancels a dictation (any, if `None`) and frees the slot; returns the number of the dictation.
    fn cancel_active(&self, number: Option<u64>) -> u64 {
        let mut slot = self.lock_state();
        if let Some(running) = slot.active.take_if(|running| running.has_number(number)) {
            running.cancellation.cancel();
        }
        number.unwrap_or(slot.last_number)
    }
}

/// Guard of the slot, which is freed when dropped.
struct SlotGuard {
    slot: DictationSlot,
    number: u64,
    stop: CancellationToken,
    cancellation: CancellationToken,
}

impl Drop for SlotGuard {
    fn drop(&mut self) {
        // The slot may belong to another dictation already.
        self.slot.lock_state().active.take_if(|running| running.number == self.number);
    }
}

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
    let capture = shell.shell.start_capture(slot.stop.clone())?;
    publish_event(shell, number, DictationEvent::Opening { notebook, hands_free: request.hands_free });
    let options = DictationOptions {
        notebook: request.notebook_id,
        finish: slot.stop.clone(),
        cancel: slot.cancellation.clone(),
        hands_free: request.hands_free,
    };
    let library = Arc::new(LocalDictationLibrary(app.library.clone()));
    let (app, shell) = (app.clone(), shell.clone());
    app.clone().tasks.spawn(async move {
        let on_progress = |progress| publish_event(&shell, number, to_wire_event(progress));
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
        () = slot.cancellation.cancelled() => return,
        () = app.stop.cancelled() => return,
        result = result => result,
    };
    let number = slot.number;
    let (event, outcome) = to_final_event(result);
    // Freed before the event: a page may start the next dictation at once.
    drop(slot);
    publish_event(shell, number, event);
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
                Some(why) if text.is_empty() => failed_event(ApiError::new(ErrorCode::Internal, why)),
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

/// Cancels a dictation and discards its recording. The event is published even if the dictation has already
/// ended, which the caller may have missed.
pub(crate) fn cancel_dictation(app: &App, shell: &ShellHandle, number: Option<u64>) {
    let number = app.dictation_slot.cancel_active(number);
    publish_event(shell, number, DictationEvent::Cancelled {});
}

fn publish_event(shell: &ShellHandle, number: u64, event: DictationEvent) {
    shell.publish_event(ShellEvent::Dictation { number, event });
}
