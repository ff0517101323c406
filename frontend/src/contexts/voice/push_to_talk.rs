//! Push-to-talk by keys and button, and the queue of commands to the node.

use hearth_domain::NotebookId;
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

use super::key_gesture::VoiceCommand;
use super::{DictationNumbers, TriggerSource, VoiceContext, VoicePhase};
use crate::api::call_operation;
use crate::browser;
use crate::contexts::shell;

impl VoiceContext {
    /// Handles a key that is pressed: Ctrl+Space, or Escape to cancel.
    pub(super) fn handle_key_down(self, event: &web_sys::KeyboardEvent) {
        if event.key() == "Escape" && self.phase.get_untracked() != VoicePhase::Idle {
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
        if (event.code() == "Space" || event.key() == "Control")
            && self.push_to_talk.get_value().1 == TriggerSource::PageHotkey
        {
            self.release_trigger();
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
        let now = browser::now_ms();
        let command = self.push_to_talk.try_update_value(|(push_to_talk, trigger)| {
            *trigger = source;
            push_to_talk.press_key(now)
        });
        self.queue_command(command.flatten());
    }

    /// Handles a push-to-talk release.
    pub(super) fn release_trigger(self) {
        let now = browser::now_ms();
        self.queue_command(
            self.push_to_talk.try_update_value(|(push_to_talk, _)| push_to_talk.release_key(now)).flatten(),
        );
    }

    /// Handles the microphone button, pressed or released by a pointer.
    pub fn handle_button(self, is_down: bool) {
        if is_down { self.press_trigger(TriggerSource::Button) } else { self.release_trigger() }
    }

    /// Starts a hands-free dictation, or finishes the running one.
    pub fn toggle_hands_free(self) {
        self.queue_command(
            self.push_to_talk.try_update_value(|(push_to_talk, _)| push_to_talk.toggle_hands_free()),
        );
    }

    /// Cancels the dictation.
    pub fn cancel_dictation(self) {
        if self.is_retrying.try_update_value(|retrying| std::mem::replace(retrying, false)) == Some(true) {
            self.phase.set(VoicePhase::Idle);
        }
        self.queue_command(Some(VoiceCommand::Cancel));
    }

    /// Transcribes the pending dictation again; can be cancelled.
    pub fn retry_transcription(self) {
        let Some(id) = self.failure.get_untracked().and_then(|failure| failure.pending_dictation) else {
            return;
        };
        self.failure.set(None);
        self.is_retrying.set_value(true);
        self.phase.set(VoicePhase::Transcribing);
        spawn_local(async move {
            let notebook_id = self.notebook.get_untracked();
            let (id_text, latest) = (id.to_string(), self.numbers.get_value().latest);
            let transcribed = call_operation::<TranscribePendingDictation>(
                &[&id_text],
                &(),
                &TranscribeDictationRequest { notebook_id },
            )
            .await;
            if self.is_retrying.try_update_value(|retrying| std::mem::replace(retrying, false)) != Some(true)
            {
                return;
            }
            // Another dictation may have started by now.
            if self.numbers.get_value().latest == latest {
                self.phase.try_set(VoicePhase::Idle);
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

    /// Queues a command; commands run one after the other, in the order of the keys.
    fn queue_command(self, command: Option<VoiceCommand>) {
        let Some(command) = command else { return };
        let is_first = self.commands.try_update_value(|(is_busy, queue)| {
            queue.push_back(command);
            !std::mem::replace(is_busy, true)
        });
        if matches!(command, VoiceCommand::Start { .. }) {
            // Later events of the dictation before do not concern this press.
            self.numbers.update_value(|numbers| numbers.held = None);
        }
        if is_first != Some(true) {
            return;
        }
        spawn_local(async move {
            while let Some(Some(command)) = self.commands.try_update_value(|(_, queue)| queue.pop_front()) {
                self.run_command(command).await;
            }
            self.commands.try_update_value(|(is_busy, _)| *is_busy = false);
        });
    }

    async fn run_command(self, command: VoiceCommand) {
        let DictationNumbers { latest, started, .. } = self.numbers.get_value();
        let result = match command {
            VoiceCommand::Start { hands_free } => return self.start_dictation(hands_free).await,
            VoiceCommand::Finish | VoiceCommand::DiscardTap if started.is_none() => Ok(()),
            VoiceCommand::Finish if !self.has_shell.get_untracked() => {
                self.finish_capture(started);
                Ok(())
            }
            VoiceCommand::DiscardTap | VoiceCommand::Cancel if !self.has_shell.get_untracked() => {
                self.cancel_capture(started.filter(|_| command == VoiceCommand::DiscardTap));
                Ok(())
            }
            VoiceCommand::Finish => {
                call_operation::<FinishDictation>(&[], &(), &DictationNumber { number: started }).await
            }
            VoiceCommand::DiscardTap => {
                call_operation::<CancelDictation>(&[], &(), &DictationNumber { number: started }).await
            }
            VoiceCommand::Cancel => {
                let number = Some(latest).filter(|latest| *latest > 0);
                call_operation::<CancelDictation>(&[], &(), &DictationNumber { number }).await
            }
        };
        if let Err(error) = result {
            self.set_failure(error, None);
        }
        if command == VoiceCommand::DiscardTap {
            self.handle_tap();
        }
    }

    async fn start_dictation(self, hands_free: bool) {
        self.failure.set(None);
        self.shows_hold_hint.set(false);
        self.transcript.set(None);
        self.hands_free.set(hands_free);
        let notebook_id = self.target_notebook(self.push_to_talk.get_value().1);
        if !self.is_node_known.get_untracked() {
            // Which microphone is used is known only with the node's status, which comes in a moment.
            self.numbers.update_value(|numbers| numbers.started = None);
            return self.release_push_to_talk();
        }
        let started = if self.has_shell.get_untracked() {
            call_operation::<StartDictation>(&[], &(), &StartDictationRequest { notebook_id, hands_free })
                .await
        } else {
            self.start_capture(notebook_id, hands_free)
        };
        self.record_start(&started, notebook_id);
        if let Err(error) = started {
            self.set_failure(error, None);
            if hands_free {
                self.release_push_to_talk();
            }
        }
    }

    /// Records the number of the dictation that was started.
    fn record_start(self, started: &Result<DictationNumber, ApiError>, notebook: Option<NotebookId>) {
        let number = started.as_ref().ok().and_then(|dictation| dictation.number);
        let has_next = self.commands.with_value(|(_, queue)| {
            queue.iter().any(|command| matches!(command, VoiceCommand::Start { .. }))
        });
        let has_ended = self.numbers.try_update_value(|numbers| {
            numbers.started = number;
            let number = number?;
            numbers.latest = numbers.latest.max(number);
            numbers.target = Some((number, notebook));
            if !has_next {
                numbers.held = Some(number);
            }
            Some(!has_next && numbers.ended >= number)
        });
        if has_ended.flatten() == Some(true) {
            self.release_push_to_talk();
        }
    }

    /// Notebook that the question goes to: the open one or, for a global hotkey, the last one.
    fn target_notebook(self, source: TriggerSource) -> Option<NotebookId> {
        self.notebook
            .get_untracked()
            .or_else(|| shell::last_notebook().filter(|_| source == TriggerSource::GlobalHotkey))
    }

    /// Finishes a dictation that an earlier page started, or whose end was missed: it becomes text now.
    pub(super) fn finish_stale_dictation(self) {
        self.phase.set(VoicePhase::Idle);
        // The node may be another process, which counts from the beginning.
        self.numbers.update_value(|numbers| (numbers.latest, numbers.ended) = (0, 0));
        spawn_local(async move {
            if let Err(error) = call_operation::<FinishDictation>(&[], &(), &DictationNumber::default()).await
            {
                // The microphone may be gone: then no dictation is running.
                leptos::logging::debug_warn!("{error:?}");
            }
        });
    }

    /// Shows the window for a dictation by global hotkey, so that its outcome is seen.
    pub(super) fn show_window(self) {
        if self.push_to_talk.get_value().1 != TriggerSource::GlobalHotkey {
            return;
        }
        spawn_local(async move {
            if let Err(error) = call_operation::<ShowWindow>(&[], &(), &ShowWindowRequest::default()).await {
                leptos::logging::debug_warn!("{error:?}");
            }
        });
    }

    /// Handles a press that was too short for a dictation.
    fn handle_tap(self) {
        match self.push_to_talk.get_value().1 {
            // A click: hands-free dictation until a pause, or until the next click.
            TriggerSource::Button => self.toggle_hands_free(),
            TriggerSource::PageHotkey => {
                self.shows_hold_hint.set(self.failure.with_untracked(Option::is_none));
            }
            // The user wants to type: the failed dictation is no error.
            TriggerSource::GlobalHotkey => {
                self.failure.set(None);
                self.shell.wants_ask.set(true);
                self.show_window();
            }
        }
    }
}
