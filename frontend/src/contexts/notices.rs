//! Short messages (toasts) that disappear by themselves and stay in a history.

use hearth_texts::{Explanation, Strings};
use hearth_wire::ApiError;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::contexts::localisation::{explain_error, use_strings};

const DISPLAY_TIME_MS: i32 = 6000;
/// Visible messages at most; older ones are only in the history.
const MAX_VISIBLE: usize = 4;
/// Messages in the history at most.
const MAX_HISTORY: usize = 50;

/// A message.
#[derive(Clone)]
pub struct Notice {
    pub id: u32,
    pub text: Explanation,
    pub is_failure: bool,
    /// Undoes the action that the message reports.
    pub undo: Option<Callback<()>>,
}

/// All messages of this page.
#[derive(Clone, Copy)]
pub struct NoticesContext {
    pub visible: RwSignal<Vec<Notice>>,
    pub history: RwSignal<Vec<Notice>>,
    next_id: StoredValue<u32>,
    strings: &'static Strings,
}

/// Provides the messages of the page.
pub fn provide_notices_context() -> NoticesContext {
    let notices = NoticesContext {
        visible: RwSignal::new(Vec::new()),
        history: RwSignal::new(Vec::new()),
        next_id: StoredValue::new(0),
        strings: use_strings(),
    };
    provide_context(notices);
    notices
}

/// The messages' context.
pub fn use_notices() -> NoticesContext {
    expect_context()
}

impl NoticesContext {
    /// Shows a message for a few seconds.
    pub fn show_info(self, text: impl Into<String>) {
        self.add_notice(Explanation::of_text(text), false, None);
    }

    /// Shows a message with a button that undoes the action.
    pub fn show_with_undo(self, text: impl Into<String>, undo: impl Fn() + Send + Sync + 'static) {
        self.add_notice(Explanation::of_text(text), false, Some(Callback::new(move |()| undo())));
    }

    /// Shows a warning; it stays until it is dismissed.
    pub fn show_warning(self, text: &str) {
        self.add_notice(Explanation::of_text(text), true, None);
    }

    /// Shows an error; it stays until it is dismissed.
    pub fn show_error(self, error: &ApiError) {
        self.show_explained_failure(explain_error(self.strings, error));
    }

    /// Shows a failure that is explained; it stays until it is dismissed.
    pub fn show_explained_failure(self, why: Explanation) {
        let text = self.strings.action_failed(&why.text);
        self.add_notice(Explanation { text, ..why }, true, None);
    }

    /// Shows a failure with its reason; it stays until it is dismissed.
    pub fn show_failure(self, why: impl AsRef<str>) {
        self.show_explained_failure(Explanation::of_text(why.as_ref()));
    }

    /// Copies a text to the clipboard, and shows `success_text` or an error.
    pub fn copy_text(self, text: String, success_text: &'static str) {
        spawn_local(async move {
            if browser::copy_to_clipboard(&text).await {
                self.show_info(success_text);
            } else {
                self.show_failure(self.strings.not_copied);
            }
        });
    }

    /// Dismisses a message; it stays in the history.
    pub fn dismiss_notice(self, id: u32) {
        self.visible.update(|shown| shown.retain(|notice| notice.id != id));
    }

    fn add_notice(self, text: Explanation, is_failure: bool, undo: Option<Callback<()>>) {
        // A failure that is visible already is not repeated.
        if is_failure && self.visible.with_untracked(|shown| shown.iter().any(|notice| notice.text == text)) {
            return;
        }
        let id = self.next_id.get_value();
        self.next_id.set_value(id + 1);
        let notice = Notice { id, text, is_failure, undo };
        self.history.update(|history| {
            history.insert(0, notice.clone());
            history.truncate(MAX_HISTORY);
        });
        self.visible.update(|shown| {
            shown.push(notice);
            shown.drain(..shown.len().saturating_sub(MAX_VISIBLE));
        });
        if !is_failure {
            browser::run_after(DISPLAY_TIME_MS, move || self.dismiss_notice(id));
        }
    }
}
