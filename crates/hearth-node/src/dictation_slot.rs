//! The slot of the one dictation from the desktop program's microphone. Each dictation has a number, so that late
//! events of one are not taken for the next.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_domain::{DictationEffect, DictationInput, DictationLife};
use hearth_wire::{DictationEvent, ErrorCode, ShellEvent};
use tokio_util::sync::CancellationToken;

use crate::route_error::RouteError;
use crate::shell::ShellHandle;

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
pub(crate) struct DictationSignals {
    /// Ends the capture; the recording is still transcribed.
    pub(crate) stop: CancellationToken,
    /// Cancels the dictation.
    pub(crate) cancellation: CancellationToken,
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
    pub(crate) fn acquire_slot(&self) -> Result<SlotGuard, RouteError> {
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
    pub(crate) fn publish_event(&self, shell: &ShellHandle, number: u64, event: DictationEvent) {
        // Under the lock: the text of a dictation is published before the next one starts.
        let mut slot = self.lock_state();
        if slot.change_life(event.to_input(number)) {
            shell.publish_event(ShellEvent::Dictation { number, event });
        }
    }

    /// Cancels a dictation (any, if `None`) and frees the slot. The event is published even if the dictation has
    /// already ended, which the caller may have missed.
    pub(crate) fn cancel_active(&self, shell: &ShellHandle, number: Option<u64>) {
        let mut slot = self.lock_state();
        slot.change_life(DictationInput::Cancel { number });
        let number = number.unwrap_or(slot.life.latest_number());
        shell.publish_event(ShellEvent::Dictation { number, event: DictationEvent::Cancelled {} });
    }
}

/// Guard of the slot, which is freed when dropped.
pub(crate) struct SlotGuard {
    slot: DictationSlot,
    pub(crate) number: u64,
    pub(crate) signals: DictationSignals,
}

impl Drop for SlotGuard {
    fn drop(&mut self) {
        // No effect if the dictation has ended, and the slot perhaps belongs to another one.
        self.slot.lock_state().change_life(DictationInput::Ended { number: self.number });
    }
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
