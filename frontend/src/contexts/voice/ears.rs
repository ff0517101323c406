//! Where somebody is heard: by the desktop program's microphone or, in a plain browser, by the browser's.

use std::rc::Rc;

use hearth_domain::NotebookId;
use hearth_wire::{ApiError, DictateOrder, DictateQuery, ErrorCode, Voice as Told, WhichListening};
use leptos::prelude::*;

use super::Voice;
use crate::api::Dictation;
use crate::browser;
use crate::browser::microphone::{Microphone, NoMicrophone};
use crate::strings::Strings;

/// The microphone that was chosen, in this browser.
const CHOSEN: &str = "microphone";
/// What was said until now is on its way for so long, in milliseconds.
const TAIL: i32 = 60;

/// The browser's ears, while somebody is heard by them.
pub(super) struct Ears {
    number: u64,
    /// None once enough was heard.
    microphone: Option<Microphone>,
    dictation: Rc<StoredDictation>,
}

/// There once the microphone is: what comes before is kept by neither.
type StoredDictation = std::cell::OnceCell<Dictation>;

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
    /// Begins to listen to the browser's microphone.
    pub(super) async fn listen_here(
        self,
        notebook: Option<NotebookId>,
        hands_free: bool,
    ) -> Result<WhichListening, ApiError> {
        let number = self.numbers.get_value().latest + 1;
        self.heard(number, &Told::Opening { notebook: None, hands_free });
        let begun = self.open(number, notebook, hands_free).await;
        match begun {
            Ok(ears) => {
                self.ears.set_value(Some(ears));
                Ok(WhichListening { number: Some(number) })
            }
            Err(error) => {
                self.ended(number);
                Err(error)
            }
        }
    }

    async fn open(
        self,
        number: u64,
        notebook_id: Option<NotebookId>,
        hands_free: bool,
    ) -> Result<Ears, ApiError> {
        let dictation = Rc::new(StoredDictation::new());
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
        let query =
            DictateQuery { notebook_id, hands_free, rate: microphone.rate(), microphone: microphone.name() };
        let opened = Dictation::open(&query, move |told| self.heard_here(number, told.as_ref()))?;
        // It was empty: it is made here and nowhere else.
        let _ = dictation.set(opened);
        Ok(Ears { number, microphone: Some(microphone), dictation })
    }

    /// What the node tells of one that is heard here; none when it tells no more.
    fn heard_here(self, number: u64, told: Option<&Told>) {
        let Some(told) = told else {
            if self.numbers.get_value().ended < number {
                let error = ApiError::new(ErrorCode::UpstreamUnavailable, self.words.dictation_broke);
                self.heard(number, &Told::Failed { error, kept: None });
            }
            return self.let_go(number, true);
        };
        // The page says itself that it opens the microphone, which it has done by now.
        if !matches!(told, Told::Opening { .. }) {
            self.heard(number, told);
        }
        match told {
            Told::Writing {} => self.let_go(number, false),
            Told::Said { .. } | Told::Failed { .. } | Told::Dropped {} => self.let_go(number, true),
            _ => {}
        }
    }

    /// Hears nothing any more; where all has ended, nothing is told any more either.
    fn let_go(self, number: u64, is_all: bool) {
        // What is dropped may be what calls this.
        browser::after(0, move || {
            self.ears.try_update_value(|ears| {
                ears.take_if(|ears| {
                    let is_it = ears.number == number;
                    if is_it {
                        ears.microphone = None;
                    }
                    is_it && is_all
                })
            });
        });
    }

    /// What was said becomes text, once the last of it has come.
    pub(super) fn stop_here(self, number: Option<u64>) {
        browser::after(TAIL, move || self.order(number, &DictateOrder::Stop {}));
    }

    /// What was said is gone.
    pub(super) fn drop_here(self, number: Option<u64>) {
        self.order(number, &DictateOrder::Drop {});
    }

    fn order(self, number: Option<u64>, order: &DictateOrder) {
        self.ears.try_with_value(|ears| {
            let ears = ears.as_ref().filter(|ears| number.is_none_or(|number| number == ears.number));
            if let Some(dictation) = ears.and_then(|ears| ears.dictation.get()) {
                dictation.order(order);
            }
        });
    }
}
