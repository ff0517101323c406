//! Push-to-talk by keys and button: feeds its state machine, and runs the commands that follow.

use std::time::Duration;

use hearth_domain::{
    DictationInput, DictationPhase, NotebookId, PushToTalk, StartResult, TalkEffect, TalkInput, TriggerSource,
};
use hearth_wire::operations::{
    CancelDictation, DeletePendingDictation, FinishDictation, ShowWindow, StartDictation,
    TranscribePendingDictation,
};
use hearth_wire::{
    ApiError, DictationNumber, ShowWindowRequest, StartDictationRequest, TranscribeDictationRequest,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys;

use super::VoiceContext;
use crate::api::call_operation;
use crate::browser;
use crate::contexts::shell;

/// Time of an input of push-to-talk.
fn current_time() -> Duration {
    Duration::from_millis(browser::now_ms() as u64)
}

impl VoiceContext {
    /// Handles a key that is pressed: Ctrl+Space, or Escape to cancel.
    pub(super) fn handle_key_down(self, event: &web_sys::KeyboardEvent) {
        if event.key() == "Escape" && self.phase.get_untracked() != DictationPhase::Idle {
            event.prevent_default();
            event.stop_propagation();
            return self.cancel_dictation();
        }
        let is_hotkey = event.code() == "Space" && event.ctrl_key();
        let is_plain = !event.shift_key() && !event.alt_key() && !event.meta_key();
        if is_hotkey && is_plain && self.can_ask() {
            event.prevent_default();
            // A held key repeats its event.
            if !event.repeat() {
                self.press_trigger(TriggerSource::PageHotkey);
            }
        }
    }

    /// Handles a key that is released.
    pub(super) fn handle_key_up(self, event: &web_sys::KeyboardEvent) {
        if event.code() == "Space" || event.key() == "Control" {
            self.release_trigger(TriggerSource::PageHotkey);
        }
    }

    /// True if a notebook is open, which questions can go to.
    fn can_ask(self) -> bool {
        self.notebook.get_untracked().is_some()
    }

    /// Handles a push-to-talk press.
    pub(super) fn press_trigger(self, source: TriggerSource) {
        if source == TriggerSource::GlobalHotkey && self.target_notebook(source).is_none() {
            return;
        }
        self.change_talk(TalkInput::Press { source, at: current_time() });
    }

    /// Handles a push-to-talk release.
    pub(super) fn release_trigger(self, source: TriggerSource) {
        self.change_talk(TalkInput::Release { source, at: current_time() });
    }

    /// Handles the microphone button, pressed or released by a pointer.
    pub fn handle_button(self, is_down: bool) {
        if is_down {
            self.press_trigger(TriggerSource::Button);
        } else {
            self.release_trigger(TriggerSource::Button);
        }
    }

    /// Starts a hands-free dictation, or finishes the running one.
    pub fn toggle_hands_free(self) {
        self.change_talk(TalkInput::Toggle);
    }

    /// Cancels the dictation.
    pub fn cancel_dictation(self) {
        self.is_retrying.set(false);
        self.change_talk(TalkInput::Cancel);
    }

    /// Finishes a dictation that an earlier page started, or whose end was missed: it becomes text now. The node
    /// may be another process, which counts from the beginning.
    pub(super) fn finish_stale_dictation(self) {
        self.change_life(DictationInput::Reset);
        self.change_talk(TalkInput::Reset);
    }

    /// Changes push-to-talk, and runs the effects.
    pub(super) fn change_talk(self, input: TalkInput) {
        let effects = self.talk.try_update_value(|talk| {
            let (next, effects) = std::mem::take(talk).handle(input);
            *talk = next;
            effects
        });
        for effect in effects.unwrap_or_default() {
            match effect {
                TalkEffect::ShowHoldHint => {
                    self.shows_hold_hint.set(self.failure.with_untracked(Option::is_none));
                }
                // The user wants to type: the failed dictation is no error.
                TalkEffect::FocusAskBar => {
                    self.failure.set(None);
                    self.shell.wants_ask.set(true);
                    self.show_window();
                }
                TalkEffect::Start { hands_free, source } => {
                    spawn_local(self.start_dictation(hands_free, source));
                }
                TalkEffect::Finish { .. } | TalkEffect::DiscardTap { .. } | TalkEffect::Cancel => {
                    spawn_local(self.run_command(effect));
                }
            }
        }
    }

    /// Runs a command on the dictation that was started.
    async fn run_command(self, command: TalkEffect) {
        let result = if self.has_shell.get_untracked() {
            self.call_command(command).await
        } else {
            self.change_life(match command {
                TalkEffect::Finish { number } => DictationInput::Finish { number },
                TalkEffect::DiscardTap { number } => DictationInput::Cancel { number: Some(number) },
                _ => DictationInput::Cancel { number: None },
            });
            Ok(())
        };
        match (result, command) {
            (Ok(()), _) => {}
            // The microphone may be gone: then no dictation is running.
            (Err(error), TalkEffect::Finish { number: None }) => leptos::logging::debug_warn!("{error:?}"),
            (Err(error), _) => self.set_failure(error, None),
        }
        self.change_talk(TalkInput::Answered);
    }

    /// Sends a command to the node.
    async fn call_command(self, command: TalkEffect) -> Result<(), ApiError> {
        let number = match command {
            TalkEffect::Finish { number } => {
                return call_operation::<FinishDictation>(&[], &(), &DictationNumber { number }).await;
            }
            TalkEffect::DiscardTap { number } => Some(number),
            _ => {
                let started = self.talk.with_value(PushToTalk::started_number).unwrap_or_default();
                let latest = self.life.get_untracked().latest_number().max(started);
                Some(latest).filter(|latest| *latest > 0)
            }
        };
        call_operation::<CancelDictation>(&[], &(), &DictationNumber { number }).await
    }

    async fn start_dictation(self, hands_free: bool, source: TriggerSource) {
        self.failure.set(None);
        self.shows_hold_hint.set(false);
        self.transcript.set(None);
        self.hands_free.set(hands_free);
        let notebook_id = self.target_notebook(source);
        if !self.is_node_known.get_untracked() {
            // Which microphone is used is known only with the node's status, which comes in a moment.
            return self.change_talk(TalkInput::StartAnswered(StartResult::NotReady));
        }
        let started = if self.has_shell.get_untracked() {
            call_operation::<StartDictation>(&[], &(), &StartDictationRequest { notebook_id, hands_free })
                .await
        } else {
            self.start_capture(notebook_id, hands_free)
        };
        let result = match started {
            Ok(DictationNumber { number: Some(number) }) => {
                self.targets.try_update_value(|targets| targets.insert(number, notebook_id));
                StartResult::Started { number }
            }
            Ok(DictationNumber { number: None }) => StartResult::Failed,
            Err(error) => {
                self.set_failure(error, None);
                StartResult::Failed
            }
        };
        self.change_talk(TalkInput::StartAnswered(result));
    }

    /// Notebook that the question goes to: the open one or, for a global hotkey, the last one.
    fn target_notebook(self, source: TriggerSource) -> Option<NotebookId> {
        self.notebook
            .get_untracked()
            .or_else(|| shell::last_notebook().filter(|_| source == TriggerSource::GlobalHotkey))
    }

    /// Shows the window for a dictation by global hotkey, so that its outcome is seen.
    pub(super) fn show_window(self) {
        if self.talk.with_value(PushToTalk::source) != TriggerSource::GlobalHotkey {
            return;
        }
        spawn_local(async move {
            if let Err(error) = call_operation::<ShowWindow>(&[], &(), &ShowWindowRequest::default()).await {
                leptos::logging::debug_warn!("{error:?}");
            }
        });
    }

    /// Transcribes the pending dictation again; can be cancelled.
    pub fn retry_transcription(self) {
        let Some(id) = self.failure.get_untracked().and_then(|failure| failure.pending_dictation) else {
            return;
        };
        self.failure.set(None);
        self.is_retrying.set(true);
        spawn_local(async move {
            let notebook_id = self.notebook.get_untracked();
            let id_text = id.to_string();
            let transcribed = call_operation::<TranscribePendingDictation>(
                &[&id_text],
                &(),
                &TranscribeDictationRequest { notebook_id },
            )
            .await;
            // Cancelling ends it before.
            if self.is_retrying.try_update(|is_retrying| std::mem::replace(is_retrying, false)) != Some(true)
            {
                return;
            }
            let text = match transcribed {
                Ok(transcribed) => transcribed.text,
                Err(error) => return self.set_failure(error, Some(id)),
            };
            self.deliver_text(notebook_id, &text);
            // A pending dictation without speech stays listed in the settings, as does one that cannot be
            // deleted.
            if !text.is_empty()
                && let Err(error) = call_operation::<DeletePendingDictation>(&[&id_text], &(), &()).await
            {
                leptos::logging::debug_warn!("{error:?}");
            }
        });
    }
}
