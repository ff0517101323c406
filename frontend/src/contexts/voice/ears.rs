//! Where somebody is heard: by the desktop program's microphone or, in a plain browser, by the browser's.

use std::cell::OnceCell;
use std::rc::Rc;

use hearth_domain::NotebookId;
use hearth_wire::{ApiError, DictateOrder, DictateQuery, ErrorCode, Voice as Told, WhichListening};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Now, Voice};
use crate::api::Dictation;
use crate::browser;
use crate::browser::microphone::{Microphone, NoMicrophone};
use crate::strings::Strings;

/// The microphone that was chosen, in this browser.
const CHOSEN: &str = "microphone";
/// What was said until now is on its way for so long, in milliseconds.
const TAIL: i32 = 60;

/// The browser's ears, from the key that is pressed to the text.
pub(super) struct Ears {
    number: u64,
    /// There while somebody is heard.
    microphone: Option<Microphone>,
    /// There once the microphone is: what comes before is kept by neither.
    dictation: Rc<OnceCell<Dictation>>,
    /// The key was let go before the microphone was there.
    is_stopped: bool,
    /// The node has said something.
    is_heard: bool,
}

/// The microphone that was chosen here; empty for the browser's own.
pub fn chosen() -> String {
    browser::kept(CHOSEN).unwrap_or_default()
}

pub fn choose(id: &str) {
    browser::keep(CHOSEN, id);
}

/// What is said to whoever cannot be heard.
pub fn why(words: &'static Strings, error: NoMicrophone) -> ApiError {
    let text = match error {
        NoMicrophone::Insecure => words.microphone_insecure.to_owned(),
        NoMicrophone::Denied => words.microphone_denied.to_owned(),
        NoMicrophone::None => words.microphone_none.to_owned(),
        NoMicrophone::Busy => words.microphone_busy.to_owned(),
        NoMicrophone::Failed(why) => why,
    };
    ApiError::new(ErrorCode::InvalidRequest, text)
}

impl Voice {
    /// Begins to listen to the browser's microphone. Opening it may take as long as somebody thinks about letting the page
    /// hear, or for ever: nobody waits for that.
    pub(super) fn listen_here(
        self,
        notebook: Option<NotebookId>,
        hands_free: bool,
    ) -> Result<WhichListening, ApiError> {
        if self.now.get_untracked() != Now::Idle {
            return Err(ApiError::new(ErrorCode::Conflict, self.words.still_writing));
        }
        let number = self.numbers.get_value().latest + 1;
        self.heard(number, &Told::Opening { notebook: None, hands_free });
        let dictation = Rc::default();
        let ears = Ears { number, microphone: None, dictation, is_stopped: false, is_heard: false };
        self.ears.set_value(Some(ears));
        spawn_local(async move {
            let opened = self.open(number, notebook, hands_free).await;
            // Whoever dropped it has gone on.
            if let (Err(error), true) = (opened, self.is_mine(number)) {
                self.heard(number, &Told::Failed { error, kept: None });
                self.let_go(number, true);
            }
        });
        Ok(WhichListening { number: Some(number) })
    }

    async fn open(
        self,
        number: u64,
        notebook_id: Option<NotebookId>,
        hands_free: bool,
    ) -> Result<(), ApiError> {
        let dictation = self.with_ears(number, |ears| Rc::clone(&ears.dictation)).unwrap_or_default();
        let to = Rc::clone(&dictation);
        let on_piece = move |piece| {
            if let Some(dictation) = to.get() {
                dictation.piece(piece);
            }
        };
        let to = Rc::clone(&dictation);
        let lost = self.words.microphone_lost;
        let on_lost = move || {
            if let Some(dictation) = to.get() {
                dictation.order(&DictateOrder::Lost { why: lost.to_owned() });
            }
        };
        let microphone = Microphone::open(&chosen(), on_piece, on_lost).await;
        let microphone = microphone.map_err(|error| why(self.words, error))?;
        if !self.is_mine(number) {
            return Ok(());
        }
        let query =
            DictateQuery { notebook_id, hands_free, rate: microphone.rate(), microphone: microphone.name() };
        let opened = Dictation::open(&query, move |told| self.heard_here(number, told.as_ref()))?;
        // It was empty: it is made here and nowhere else.
        let _ = dictation.set(opened);
        let is_stopped = self.with_ears(number, |ears| {
            ears.microphone = Some(microphone);
            ears.is_stopped
        });
        if is_stopped == Some(true) {
            self.stop_here(Some(number));
        }
        Ok(())
    }

    /// What the node tells of one that is heard here; none when it tells no more.
    fn heard_here(self, number: u64, told: Option<&Told>) {
        if self.numbers.get_value().ended >= number {
            return;
        }
        let was_heard = self.with_ears(number, |ears| std::mem::replace(&mut ears.is_heard, true));
        match told {
            // The page has said so itself.
            Some(Told::Opening { .. }) => {}
            Some(told) => self.heard(number, told),
            None => {
                let text = if was_heard == Some(true) { self.words.dictation_broke } else { "" };
                let error = ApiError::new(ErrorCode::UpstreamUnavailable, text);
                self.heard(number, &Told::Failed { error, kept: None });
            }
        }
        match told {
            Some(Told::Writing {}) => self.let_go(number, false),
            None | Some(Told::Said { .. } | Told::Failed { .. } | Told::Dropped {}) => {
                self.let_go(number, true);
            }
            _ => {}
        }
    }

    /// Something of the dictation of that number; none where it goes on no more.
    fn with_ears<T>(self, number: u64, what: impl FnOnce(&mut Ears) -> T) -> Option<T> {
        self.ears
            .try_update_value(|ears| ears.as_mut().filter(|ears| ears.number == number).map(what))
            .flatten()
    }

    fn is_mine(self, number: u64) -> bool {
        self.with_ears(number, |_| ()).is_some()
    }

    /// Hears nothing any more; where all has ended, nothing is told any more either.
    fn let_go(self, number: u64, is_all: bool) {
        let ears = self.ears.try_update_value(|ears| {
            let microphone = ears.as_mut().filter(|ears| ears.number == number)?.microphone.take();
            Some((microphone, if is_all { ears.take() } else { None }))
        });
        // What is dropped may be what calls this.
        browser::after(0, move || drop(ears));
    }

    /// What was said becomes text, once the last of it has come.
    pub(super) fn stop_here(self, number: Option<u64>) {
        let Some(number) = number else { return };
        let is_open = self.with_ears(number, |ears| {
            ears.is_stopped = true;
            ears.dictation.get().is_some()
        });
        if is_open != Some(true) {
            return;
        }
        browser::after(TAIL, move || {
            if self.order(number, &DictateOrder::Stop {}) {
                self.heard(number, &Told::Writing {});
                self.let_go(number, false);
            }
        });
    }

    /// What was said is gone, whether the node hears of it or not.
    pub(super) fn drop_here(self, number: Option<u64>) {
        let mine = self.ears.try_with_value(|ears| ears.as_ref().map(|ears| ears.number)).flatten();
        let Some(number) = mine.filter(|mine| number.is_none_or(|number| number == *mine)) else { return };
        self.order(number, &DictateOrder::Drop {});
        self.heard(number, &Told::Dropped {});
        self.let_go(number, true);
    }

    /// Whether there was somebody to be told.
    fn order(self, number: u64, order: &DictateOrder) -> bool {
        let told =
            self.with_ears(number, |ears| ears.dictation.get().map(|dictation| dictation.order(order)));
        told.flatten().is_some()
    }
}
