//! Dictation with the browser's microphone, for a page without the desktop program.

use std::cell::Cell;
use std::rc::Rc;

use hearth_domain::{DictationEffect, DictationInput, NotebookId, TalkInput};
use hearth_texts::{Strings, english_strings};
use hearth_wire::{
    ApiError, DictationCommand, DictationEvent, DictationNumber, ErrorCode, StreamDictationQuery,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::VoiceContext;
use super::browser_capture::BrowserCapture;
use crate::api::DictationSocket;
use crate::browser;
use crate::browser::microphone::{Microphone, MicrophoneError};
use crate::contexts::localisation::localised_error;

/// Storage name of the chosen microphone, in this browser.
const MICROPHONE_KEY: &str = "microphone";
/// Time for the last samples to arrive before a dictation is finished, in milliseconds.
const TAIL_DELAY_MS: i32 = 60;

/// Id of the chosen microphone; empty for the browser's default.
pub fn chosen_microphone() -> String {
    browser::get_stored_item(MICROPHONE_KEY).unwrap_or_default()
}

/// Stores the chosen microphone.
pub fn choose_microphone(id: &str) {
    browser::set_stored_item(MICROPHONE_KEY, id);
}

/// Error with a message for the user, for a microphone that cannot be opened.
pub fn microphone_api_error(strings: &'static Strings, error: MicrophoneError) -> ApiError {
    let text = match error {
        MicrophoneError::Insecure => strings.microphone_insecure.to_owned(),
        MicrophoneError::Denied => strings.microphone_denied.to_owned(),
        MicrophoneError::NotFound => strings.microphone_none.to_owned(),
        MicrophoneError::Busy => strings.microphone_busy.to_owned(),
        MicrophoneError::Failed(why) => strings.explain(strings.microphone_failed, &why).into_line(),
    };
    localised_error(ErrorCode::InvalidRequest, text)
}

impl VoiceContext {
    /// Starts a dictation with the browser's microphone. Opening is not awaited: it waits for the
    /// user's permission, perhaps for ever.
    pub(super) fn start_capture(
        self,
        notebook: Option<NotebookId>,
        hands_free: bool,
    ) -> Result<DictationNumber, ApiError> {
        let before = self.life.get_untracked().latest_number();
        // A pending dictation that is being transcribed counts as running.
        if !self.is_retrying.get_untracked() {
            self.change_life(DictationInput::Start);
        }
        let number = self.life.get_untracked().latest_number();
        if number == before {
            return Err(localised_error(ErrorCode::Conflict, self.strings.still_transcribing));
        }
        self.handle_event(number, &DictationEvent::Opening { notebook: None, hands_free });
        spawn_local(async move {
            let opened = self.open_capture(number, notebook, hands_free).await;
            // A cancelled dictation reports no error.
            if let Err(error) = opened {
                self.handle_event(number, &DictationEvent::Failed { error, recording_id: None });
            }
        });
        Ok(DictationNumber { number: Some(number) })
    }

    async fn open_capture(
        self,
        number: u64,
        notebook_id: Option<NotebookId>,
        hands_free: bool,
    ) -> Result<(), ApiError> {
        let on_samples = move |samples| {
            self.with_socket(number, |socket| socket.send_samples(samples));
        };
        let on_lost = move || {
            self.change_life(DictationInput::MicrophoneLost { number });
        };
        let microphone = Microphone::open(&chosen_microphone(), on_samples, on_lost).await;
        let microphone = microphone.map_err(|error| microphone_api_error(self.strings, error))?;
        if self.life.get_untracked().number() != Some(number) {
            return Ok(());
        }
        let query = StreamDictationQuery {
            notebook_id,
            hands_free,
            rate: microphone.sample_rate(),
            microphone: microphone.name(),
        };
        let has_answered = Rc::new(Cell::new(false));
        let socket = DictationSocket::open(&query, move |event| {
            self.handle_socket_event(number, event, has_answered.replace(true));
        })?;
        self.capture.try_set_value(BrowserCapture::Capturing { number, microphone, socket });
        self.change_life(DictationInput::Opened { number });
        Ok(())
    }

    /// Handles an event of the dictation's socket; `None` when the socket is closed.
    fn handle_socket_event(self, number: u64, event: Option<DictationEvent>, had_answered: bool) {
        let event = event.unwrap_or_else(|| {
            let text =
                if had_answered { self.strings.dictation_interrupted } else { self.strings.node_unreachable };
            let error = localised_error(ErrorCode::UpstreamUnavailable, text);
            DictationEvent::Failed { error, recording_id: None }
        });
        self.handle_event(number, &event);
    }

    /// Runs an effect on the browser's microphone, which is closed if the desktop program's is used; true if the
    /// effect is to show the input.
    pub(super) fn run_effect(self, effect: DictationEffect) -> bool {
        match effect {
            DictationEffect::OpenMicrophone { number } => {
                self.capture.try_set_value(BrowserCapture::Opening { number });
            }
            DictationEffect::StopCapture { number } => self.stop_capture(number),
            DictationEffect::ReportLoss { number } => {
                // Programs speak English among each other; the reader's language comes last.
                let reason = english_strings().microphone_lost.to_owned();
                self.send_command(number, &DictationCommand::MicrophoneLost { reason });
            }
            DictationEffect::CloseMicrophone { .. } => {
                let microphone = self.capture.try_update_value(BrowserCapture::take_microphone);
                drop_later(microphone);
            }
            DictationEffect::Discard { number } => {
                // The node may be out of reach.
                self.send_command(number, &DictationCommand::Cancel {});
                self.release_capture(number);
                self.take_target(number);
            }
            DictationEffect::Release { number } => self.release_capture(number),
            DictationEffect::RefuseStart => {}
            DictationEffect::Announce { .. } => return true,
        }
        false
    }

    /// Finishes the dictation, once the last samples were sent; not before the microphone is open.
    fn stop_capture(self, number: u64) {
        if self.with_socket(number, |_| ()).is_none() {
            return;
        }
        browser::run_after(TAIL_DELAY_MS, move || {
            if self.send_command(number, &DictationCommand::Finish {}) {
                self.handle_event(number, &DictationEvent::Transcribing {});
            }
        });
    }

    /// Closes everything that the dictation with that number holds.
    fn release_capture(self, number: u64) {
        let capture = self.capture.try_update_value(|capture| {
            (capture.number() == Some(number)).then(|| std::mem::replace(capture, BrowserCapture::Closed))
        });
        drop_later(capture);
        self.change_talk(TalkInput::Ended { number });
    }

    /// Calls a function with the socket of the dictation with that number; `None` if there is none.
    fn with_socket<T>(self, number: u64, function: impl FnOnce(&DictationSocket) -> T) -> Option<T> {
        self.capture.try_with_value(|capture| capture.socket(number).map(function)).flatten()
    }

    /// Sends a command to the node; true if there was a socket.
    fn send_command(self, number: u64, command: &DictationCommand) -> bool {
        self.with_socket(number, |socket| socket.send_command(command)).is_some()
    }
}

/// Drops a value after the caller has returned, which may be a closure that the value owns.
fn drop_later(value: impl Sized + 'static) {
    browser::run_after(0, move || drop(value));
}
