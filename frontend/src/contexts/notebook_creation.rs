//! Creation of notebooks, which then open.

use hearth_wire::NewNotebook;
use hearth_wire::operations::CreateNotebook;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

use super::localisation::use_strings;
use super::notebook::{IncomingFiles, use_pending_files};
use super::notices::use_notices;
use crate::api::call_operation;

/// Returns a function that creates a notebook, optionally with files, and opens it.
pub fn use_notebook_creator() -> impl Fn(Option<IncomingFiles>) + Clone + 'static {
    let strings = use_strings();
    let notices = use_notices();
    let pending_files = use_pending_files();
    let navigate = use_navigate();
    move |files| {
        let navigate = navigate.clone();
        spawn_local(async move {
            let new = NewNotebook { title: strings.untitled.to_owned(), emoji: None };
            let notebook = match call_operation::<CreateNotebook>(&[], &(), &new).await {
                Ok(notebook) => notebook,
                Err(error) => return notices.show_error(&error),
            };
            if let Some(files) = files {
                pending_files.put_files(notebook.id, files);
            }
            navigate(&format!("/notebook/{}", notebook.id), leptos_router::NavigateOptions::default());
        });
    }
}
