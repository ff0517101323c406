//! The desktop program around this page, if any: its events, and its operations.

use hearth_domain::NotebookId;
use hearth_texts::Explanation;
use hearth_wire::operation::Operation;
use hearth_wire::operations::{GetOriginal, SaveFile};
use hearth_wire::{NodeEvent, SaveFileRequest, ShellEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::localisation::{explain_refusal, use_strings};
use super::node::use_node;
use super::notices::use_notices;
use crate::api::call_operation;
use crate::browser;

/// Storage name of the notebook that was open last in this browser.
const LAST_NOTEBOOK_KEY: &str = "last-notebook";

/// Requests of the desktop program to the page.
#[derive(Clone, Copy)]
pub struct ShellContext {
    /// Files are held over the window.
    pub has_hovering_files: RwSignal<bool>,
    /// Files wait in the desktop program for a notebook.
    pub has_waiting_files: RwSignal<bool>,
    /// The ask bar is to get the focus.
    pub wants_ask: RwSignal<bool>,
}

/// The shell's context.
pub fn use_shell() -> ShellContext {
    expect_context()
}

/// Returns a function that is true if a desktop program is around this page.
pub fn use_has_shell() -> impl Fn() -> bool + Copy + Send + Sync + 'static {
    let status = use_node().status;
    move || status.with(|status| status.as_ref().is_some_and(|status| status.shell))
}

/// Provides the shell's events; inside of the router, as they open pages.
pub fn provide_shell_context() {
    let shell = ShellContext {
        has_hovering_files: RwSignal::new(false),
        has_waiting_files: RwSignal::new(false),
        wants_ask: RwSignal::new(false),
    };
    provide_context(shell);
    let (strings, notices, navigate) = (use_strings(), use_notices(), use_navigate());
    let open_notebook = move |id: &str| navigate(&format!("/notebook/{id}"), NavigateOptions::default());
    use_node().subscribe_to_events(move |event| {
        let NodeEvent::Shell { event } = event else { return };
        match event {
            ShellEvent::Hover { files } => shell.has_hovering_files.set(*files > 0),
            ShellEvent::Waiting { .. } => shell.has_waiting_files.set(true),
            ShellEvent::Refused { name, error } => {
                let why = explain_refusal(strings, error);
                let text = strings.source_refused(name, &why.text);
                notices.show_explained_failure(Explanation { text, ..why });
            }
            ShellEvent::Go { notebook_id } => open_notebook(&notebook_id.to_string()),
            // Dictation and reading aloud have contexts of their own.
            ShellEvent::Dictation { .. }
            | ShellEvent::Reading { .. }
            | ShellEvent::Talk { is_down: false } => {}
            ShellEvent::Ask {} | ShellEvent::Talk { is_down: true } => {
                let is_in_notebook =
                    browser::window().location().pathname().is_ok_and(|path| path.starts_with("/notebook/"));
                // Outside of a notebook, questions go to the one that was open last; without one there is no
                // ask bar.
                let last = browser::get_stored_item(LAST_NOTEBOOK_KEY).filter(|_| !is_in_notebook);
                if matches!(event, ShellEvent::Ask {}) {
                    shell.wants_ask.set(is_in_notebook || last.is_some());
                }
                if let Some(last) = last {
                    open_notebook(&last);
                }
            }
        }
    });
}

/// Returns a function that saves a source's original or a text: by the desktop program if there is one, else
/// as a download.
pub fn use_file_saver() -> impl Fn(SaveFileRequest) + Copy + 'static {
    let (has_shell, strings, notices) = (use_has_shell(), use_strings(), use_notices());
    move |request| {
        if !untrack(has_shell) {
            return match request {
                SaveFileRequest::Original { source_id, name } => {
                    browser::download_file(&GetOriginal::INFO.format_path(&[&source_id.to_string()]), &name);
                }
                SaveFileRequest::Text { text, name } => browser::save_text_file(&text, &name),
            };
        }
        spawn_local(async move {
            match call_operation::<SaveFile>(&[], &(), &request).await {
                Ok(saved) => notices.show_info(strings.saved_to(&saved.path.to_string_lossy())),
                Err(error) => notices.show_error(&error),
            }
        });
    }
}

/// Remembers the open notebook.
pub fn remember_last_notebook(notebook: NotebookId) {
    browser::set_stored_item(LAST_NOTEBOOK_KEY, &notebook.to_string());
}

/// The notebook that was open last, or `None`.
pub fn last_notebook() -> Option<NotebookId> {
    browser::get_stored_item(LAST_NOTEBOOK_KEY)?.parse().ok()
}

/// Forgets the last notebook: it is gone.
pub fn forget_last_notebook() {
    browser::set_stored_item(LAST_NOTEBOOK_KEY, "");
}
