//! Short messages that come up, go by themselves, and can be read again.

use hearth_wire::ApiError;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::contexts::words::{said, words};
use crate::strings::{Strings, fill};

const SHOWN_MS: i32 = 6000;
/// Messages that are in sight at once; older ones are among those that can be read again.
const SHOWN: usize = 4;
/// Messages that can be read again.
const REMEMBERED: usize = 50;

/// A message.
#[derive(Clone)]
pub struct Notice {
    pub id: u32,
    pub text: String,
    pub is_failure: bool,
    /// What takes back what the message tells.
    pub undo: Option<Callback<()>>,
}

/// All messages of this page.
#[derive(Clone, Copy)]
pub struct Notices {
    pub shown: RwSignal<Vec<Notice>>,
    pub past: RwSignal<Vec<Notice>>,
    next: StoredValue<u32>,
    words: &'static Strings,
}

pub fn provide() -> Notices {
    let notices = Notices {
        shown: RwSignal::new(Vec::new()),
        past: RwSignal::new(Vec::new()),
        next: StoredValue::new(0),
        words: words(),
    };
    provide_context(notices);
    notices
}

pub fn notices() -> Notices {
    expect_context()
}

impl Notices {
    pub fn tell(self, text: impl Into<String>) {
        self.push(text.into(), false, None);
    }

    pub fn tell_with_undo(self, text: impl Into<String>, undo: impl Fn() + Send + Sync + 'static) {
        self.push(text.into(), false, Some(Callback::new(move |()| undo())));
    }

    /// What is told once stays until it is put away.
    pub fn warn(self, text: &str) {
        self.push(text.into(), true, None);
    }

    /// A failure stays, too.
    pub fn fail(self, error: &ApiError) {
        self.complain(said(self.words, error));
    }

    pub fn complain(self, why: impl AsRef<str>) {
        self.push(fill(self.words.failed_to, &[("why", why.as_ref())]), true, None);
    }

    /// Puts a text on the clipboard, and says so, or that it could not be.
    pub fn copy(self, text: String, done: &'static str) {
        spawn_local(async move {
            if browser::copy(&text).await {
                self.tell(done);
            } else {
                self.complain(self.words.not_copied);
            }
        });
    }

    pub fn put_away(self, id: u32) {
        self.shown.update(|shown| shown.retain(|notice| notice.id != id));
    }

    fn push(self, text: String, is_failure: bool, undo: Option<Callback<()>>) {
        // The same failure again is no news.
        if is_failure && self.shown.with_untracked(|shown| shown.iter().any(|notice| notice.text == text)) {
            return;
        }
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        let notice = Notice { id, text, is_failure, undo };
        self.past.update(|past| {
            past.insert(0, notice.clone());
            past.truncate(REMEMBERED);
        });
        self.shown.update(|shown| {
            shown.push(notice);
            shown.drain(..shown.len().saturating_sub(SHOWN));
        });
        if !is_failure {
            browser::after(SHOWN_MS, move || self.put_away(id));
        }
    }
}
