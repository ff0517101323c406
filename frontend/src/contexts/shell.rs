//! The desktop program around this page, where there is one: what it tells, and what it is asked for.

use hearth_domain::NotebookId;
use hearth_wire::operation::Operation;
use hearth_wire::operations::{GetOriginal, SaveFile};
use hearth_wire::{NodeEvent, SaveRequest, ShellEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::live::live;
use super::notices::notices;
use super::words::words;
use crate::api::call;
use crate::browser;
use crate::strings::fill;

/// The notebook that was open last, in this browser.
const LAST: &str = "last-notebook";

#[derive(Clone, Copy)]
pub struct Shell {
    /// Files are held over the window.
    pub is_hovered: RwSignal<bool>,
    /// Files wait for the notebook that takes them.
    pub is_waiting: RwSignal<bool>,
    /// The keyboard is wanted in the ask bar.
    pub wants_ask: RwSignal<bool>,
}

pub fn shell() -> Shell {
    expect_context()
}

/// Whether a desktop program is around this page.
pub fn is_here() -> impl Fn() -> bool + Copy + Send + Sync + 'static {
    let status = live().status;
    move || status.with(|status| status.as_ref().is_some_and(|status| status.shell))
}

/// Listens to the desktop program; inside of the router, as it has pages opened.
pub fn provide() {
    let shell = Shell {
        is_hovered: RwSignal::new(false),
        is_waiting: RwSignal::new(false),
        wants_ask: RwSignal::new(false),
    };
    provide_context(shell);
    let (words, notices, navigate) = (words(), notices(), use_navigate());
    let go = move |id: &str| navigate(&format!("/notebook/{id}"), NavigateOptions::default());
    live().listen(move |event| {
        let NodeEvent::Shell { event } = event else { return };
        match event {
            ShellEvent::Hover { files } => shell.is_hovered.set(*files > 0),
            ShellEvent::Waiting { .. } => shell.is_waiting.set(true),
            ShellEvent::Refused { name, message } => {
                notices.complain(fill(words.refused, &[("name", name), ("why", message)]));
            }
            ShellEvent::Go { notebook_id } => go(&notebook_id.to_string()),
            // What is said, and what is read, are others'.
            ShellEvent::Voice { .. } | ShellEvent::Reading { .. } | ShellEvent::Talk { is_down: false } => {}
            ShellEvent::Ask {} | ShellEvent::Talk { is_down: true } => {
                let is_in_notebook =
                    browser::window().location().pathname().is_ok_and(|path| path.starts_with("/notebook/"));
                // Elsewhere, questions go to the notebook that was open last; without one there is no ask bar.
                let last = browser::kept(LAST).filter(|_| !is_in_notebook);
                if matches!(event, ShellEvent::Ask {}) {
                    shell.wants_ask.set(is_in_notebook || last.is_some());
                }
                if let Some(last) = last {
                    go(&last);
                }
            }
        }
    });
}

/// Saves a source's original or a text: in the desktop program where downloads go, else as the browser does.
pub fn saver() -> impl Fn(SaveRequest) + Copy + 'static {
    let (has_shell, words, notices) = (is_here(), words(), notices());
    move |what| {
        if !untrack(has_shell) {
            return match what {
                SaveRequest::Original { source_id, name } => {
                    browser::download(&GetOriginal::INFO.path_with(&[&source_id.to_string()]), &name);
                }
                SaveRequest::Text { text, name } => browser::save(&text, &name),
            };
        }
        spawn_local(async move {
            match call::<SaveFile>(&[], &(), &what).await {
                Ok(saved) => notices.tell(fill(words.saved_to, &[("path", &saved.path.to_string_lossy())])),
                Err(error) => notices.fail(&error),
            }
        });
    }
}

/// Remembers which notebook is open.
pub fn remember(notebook: NotebookId) {
    browser::keep(LAST, &notebook.to_string());
}

/// The notebook that was open last.
pub fn last() -> Option<NotebookId> {
    browser::kept(LAST)?.parse().ok()
}

/// Remembers none: that one is gone.
pub fn forget() {
    browser::keep(LAST, "");
}
