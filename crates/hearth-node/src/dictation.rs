//! Dictation from the desktop program's microphone: one at a time, published to the page as shell events.
//! Each dictation has a number, so that late events of one are not taken for the next. Dictation from a
//! remote microphone comes over a socket.

mod socket;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_domain::{DictationEffect, DictationInput, DictationLife};
use hearth_machine::{DictationError, DictationOptions, DictationOutcome, DictationProgress};
use hearth_wire::{ApiError, DictationEvent, ErrorCode, ShellEvent, StartDictationRequest};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::composition::LocalDictationLibrary;
use crate::route_error::RouteError;
use crate::shell::ShellHandle;

pub(crate) use socket::stream_dictation;

/// Slot of the one active dictation, whose life is decided by the domain's state machine.
#[derive(Clone, Default)]
pub(crate) struct DictationSlot(Arc<Mutex<SlotState>>);

#[derive(Default)]
struct SlotState {
    life: DictationLife,
    signals: DictationSignals,
}

/// Signals to the latest dictation.
#[derive(Clone, Default)]
struct DictationSignals {
    /// Ends the capture; the recording is still transcribed.
    stop: CancellationToken,
    /// Cancels the dictation.
    cancellation: CancellationToken,
}

impl SlotState {
    /// Changes the life and runs the effects; true if the input is news to publish.
    fn change_life(&mut self, input: DictationInput) -> bool {
        let (life, effects) = self.life.handle(input);
        self.life = life;
        let mut is_news = false;
        for effect in effects {
            match effect {
                // The caller opens the microphone, with these signals.
                DictationEffect::OpenMicrophone { .. } => self.signals = DictationSignals::default(),
                DictationEffect::StopCapture { .. }
                | DictationEffect::CloseMicrophone { .. }
                | DictationEffect::Release { .. } => self.signals.stop.cancel(),
                DictationEffect::Discard { .. } => self.signals.cancellation.cancel(),
                DictationEffect::Announce { .. } => is_news = true,
                // The capture itself notices a loss, and the caller a refusal.
                DictationEffect::ReportLoss { .. } | DictationEffect::RefuseStart => {}
            }
        }
        is_news
    }
}

impl DictationSlot {
    fn lock_state(&self) -> MutexGuard<'_, SlotState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the slot; fails with `CONFLICT` while another dictation holds it.
    fn acquire_slot(&self) -> Result<SlotGuard, RouteError> {
        let mut slot = self.lock_state();
        let before = slot.life.latest_number();
        slot.change_life(DictationInput::Start);
        let number = slot.life.latest_number();
        if number == before {
            return Err(RouteError::new(
                ErrorCode::Conflict,
                "the previous dictation is still being transcribed; try again in a moment",
            ));
        }
        Ok(SlotGuard { slot: self.clone(), number, signals: slot.signals.clone() })
    }

    /// Ends the capture of a dictation (any, if `None`), which is then transcribed; no effect after its end.
    pub(crate) fn finish_active(&self, number: Option<u64>) {
        self.lock_state().change_life(DictationInput::Finish { number });
    }

    /// True while a dictation is being captured or transcribed.
    pub(crate) fn is_active(&self) -> bool {
        self.lock_state().life.number().is_some()
    }

    /// Publishes an event of a dictation, unless it is late: of one that has ended.
    fn publish_event(&self, shell: &ShellHandle, number: u64, event: DictationEvent) {
        // Under the lock: the text of a dictation is published before the next one starts.
        let mut slot = self.lock_state();
        if slot.change_life(event.to_input(number)) {
            shell.publish_event(ShellEvent::Dictation { number, event });
        }
    }

    /// Cancels a dictation (any, if `None`) and frees the slot. The event is published even if the dictation has
    /// already ended, which the caller may have missed.
    fn cancel_active(&self, shell: &ShellHandle, number: Option<u64>) {
        let mut slot = self.lock_state();
        slot.change_life(DictationInput::Cancel { number });
        let number = number.unwrap_or(slot.life.latest_number());
        shell.publish_event(ShellEvent::Dictation { number, event: DictationEvent::Cancelled {} });
    }
}

/// Guard of the slot, which is freed when dropped.
struct SlotGuard {
    slot: DictationSlot,
    number: u64,
    signals: DictationSignals,
}

impl Drop for SlotGuard {
    fn drop(&mut self) {
        // No effect if the dictation has ended, and the slot perhaps belongs to another one.
        self.slot.lock_state().change_life(DictationInput::Ended { number: self.number });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_has_one_dictation_at_a_time_and_signals_what_becomes_of_it() {
        let slot = DictationSlot::default();
        let first = slot.acquire_slot().ok().unwrap();
        assert!(
            slot.is_active() && slot.acquire_slot().is_err_and(|error| error.0.code == ErrorCode::Conflict)
        );
        slot.finish_active(Some(first.number + 1));
        assert!(!first.signals.stop.is_cancelled(), "another dictation");
        slot.finish_active(None);
        assert!(first.signals.stop.is_cancelled() && !first.signals.cancellation.is_cancelled());
        slot.lock_state().change_life(DictationInput::Cancel { number: Some(first.number) });
        assert!(first.signals.cancellation.is_cancelled() && !slot.is_active());
        // The guard of the first one does not end the second.
        let second = slot.acquire_slot().ok().unwrap();
        drop(first);
        assert!(slot.is_active() && !second.signals.stop.is_cancelled());
        let is_news = |number| slot.lock_state().change_life(DictationInput::Progress { number });
        assert!(!is_news(second.number - 1) && is_news(second.number));
        drop(second);
        assert!(!slot.is_active());
    }
}
