//! Dictation with the browser's microphone, for a page without the desktop program.

use std::cell::OnceCell;
use std::rc::Rc;

use hearth_domain::NotebookId;
use hearth_wire::{
    ApiError, DictationCommand, DictationEvent, DictationNumber, ErrorCode, StreamDictationQuery,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{VoiceContext, VoicePhase};
use crate::api::DictationSocket;
use crate::browser;
use crate::browser::microphone::{Microphone, MicrophoneError};
use crate::strings::Strings;

/// Storage name of the chosen microphone, in this browser.
const MICROPHONE_KEY: &str = "microphone";
/// Time for the last samples to arrive before a dictation is finished, in milliseconds.
const TAIL_DELAY_MS: i32 = 60;

/// A dictation with the browser's microphone, from key press to transcript.
pub(super) struct BrowserCapture {
    number: u64,
    /// `Some` while samples are captured.
    microphone: Option<Microphone>,
    /// Set once the microphone is open; samples before that are dropped.
    dictation: Rc<OnceCell<DictationSocket>>,
    /// The key was released before the microphone was open.
    is_stopped: bool,
    /// The node has sent an event.
    has_answered: bool,
}

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
        MicrophoneError::Failed(why) => why,
    };
    ApiError::new(ErrorCode::InvalidRequest, text)
}

impl VoiceContext {
    /// Starts a dictation with the browser's microphone. Opening is not awaited: it waits for the
    /// user's permission, perhaps for ever.
    pub(super) fn start_capture(
        self,
        notebook: Option<NotebookId>,
        hands_free: bool,
    ) -> Result<DictationNumber, ApiError> {
        if self.phase.get_untracked() != VoicePhase::Idle {
            return Err(ApiError::new(ErrorCode::Conflict, self.strings.still_transcribing));
        }
        let number = self.numbers.get_value().latest + 1;
        self.handle_event(number, &DictationEvent::Opening { notebook: None, hands_free });
        let dictation = Rc::default();
        let capture =
            BrowserCapture { number, microphone: None, dictation, is_stopped: false, has_answered: false };
        self.capture.set_value(Some(capture));
        spawn_local(async move {
            let opened = self.open_capture(number, notebook, hands_free).await;
            // A cancelled dictation reports no error.
            if let (Err(error), true) = (opened, self.is_current_capture(number)) {
                self.handle_event(number, &DictationEvent::Failed { error, recording_id: None });
                self.release_capture(number, true);
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
        let dictation =
            self.with_capture(number, |capture| Rc::clone(&capture.dictation)).unwrap_or_default();
        let socket = Rc::clone(&dictation);
        let on_samples = move |samples| {
            if let Some(dictation) = socket.get() {
                dictation.send_samples(samples);
            }
        };
        let socket = Rc::clone(&dictation);
        let lost_message = self.strings.microphone_lost;
        let on_lost = move || {
            if let Some(dictation) = socket.get() {
                dictation.send_command(&DictationCommand::MicrophoneLost { reason: lost_message.to_owned() });
            }
        };
        let microphone = Microphone::open(&chosen_microphone(), on_samples, on_lost).await;
        let microphone = microphone.map_err(|error| microphone_api_error(self.strings, error))?;
        if !self.is_current_capture(number) {
            return Ok(());
        }
        let query = StreamDictationQuery {
            notebook_id,
            hands_free,
            rate: microphone.sample_rate(),
            microphone: microphone.name(),
        };
        let opened =
            DictationSocket::open(&query, move |event| self.handle_socket_event(number, event.as_ref()))?;
        // The cell was empty: only this line sets it.
        let _ = dictation.set(opened);
        let is_stopped = self.with_capture(number, |capture| {
            capture.microphone = Some(microphone);
            capture.is_stopped
        });
        if is_stopped == Some(true) {
            self.finish_capture(Some(number));
        }
        Ok(())
    }

    /// Handles an event of the dictation's socket; `None` when the socket is closed.
    fn handle_socket_event(self, number: u64, event: Option<&DictationEvent>) {
        if self.numbers.get_value().ended >= number {
            return;
        }
        let had_answered =
            self.with_capture(number, |capture| std::mem::replace(&mut capture.has_answered, true));
        match event {
            // The page has set this phase itself.
            Some(DictationEvent::Opening { .. }) => {}
            Some(event) => self.handle_event(number, event),
            None => {
                let text = if had_answered == Some(true) { self.strings.dictation_interrupted } else { "" };
                let error = ApiError::new(ErrorCode::UpstreamUnavailable, text);
                self.handle_event(number, &DictationEvent::Failed { error, recording_id: None });
            }
        }
        match event {
            Some(DictationEvent::Transcribing {}) => self.release_capture(number, false),
            None
            | Some(
                DictationEvent::Finished { .. }
                | DictationEvent::Failed { .. }
                | DictationEvent::Cancelled {},
            ) => {
                self.release_capture(number, true);
            }
            _ => {}
        }
    }

    /// Calls a function with the capture of that number; `None` if that has ended.
    fn with_capture<T>(self, number: u64, function: impl FnOnce(&mut BrowserCapture) -> T) -> Option<T> {
        self.capture
            .try_update_value(|capture| {
                capture.as_mut().filter(|capture| capture.number == number).map(function)
            })
            .flatten()
    }

    fn is_current_capture(self, number: u64) -> bool {
        self.with_capture(number, |_| ()).is_some()
    }

    /// Closes the microphone and, if `is_all`, the socket with it.
    fn release_capture(self, number: u64, is_all: bool) {
        let capture = self.capture.try_update_value(|capture| {
            let microphone = capture.as_mut().filter(|capture| capture.number == number)?.microphone.take();
            Some((microphone, if is_all { capture.take() } else { None }))
        });
        // The dropped value may be the caller of this function.
        browser::run_after(0, move || drop(capture));
    }

    /// Finishes the dictation, once the last samples were sent.
    pub(super) fn finish_capture(self, number: Option<u64>) {
        let Some(number) = number else { return };
        let is_open = self.with_capture(number, |capture| {
            capture.is_stopped = true;
            capture.dictation.get().is_some()
        });
        if is_open != Some(true) {
            return;
        }
        browser::run_after(TAIL_DELAY_MS, move || {
            if self.send_command(number, &DictationCommand::Finish {}) {
                self.handle_event(number, &DictationEvent::Transcribing {});
                self.release_capture(number, false);
            }
        });
    }

    /// Cancels the dictation, even if the node cannot be reached.
    pub(super) fn cancel_capture(self, number: Option<u64>) {
        let current =
            self.capture.try_with_value(|capture| capture.as_ref().map(|capture| capture.number)).flatten();
        let Some(number) = current.filter(|current| number.is_none_or(|number| number == *current)) else {
            return;
        };
        self.send_command(number, &DictationCommand::Cancel {});
        self.handle_event(number, &DictationEvent::Cancelled {});
        self.release_capture(number, true);
    }

    /// Sends a command to the node; true if there was a socket.
    fn send_command(self, number: u64, command: &DictationCommand) -> bool {
        let sent = self.with_capture(number, |capture| {
            capture.dictation.get().map(|dictation| dictation.send_command(command))
        });
        sent.flatten().is_some()
    }
}
