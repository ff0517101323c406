//! Pasting onto the page: files, addresses, or a text.

use hearth_texts::Strings;
use hearth_wire::NewSources;
use web_sys::ClipboardEvent;

use super::add::parse_addresses;
use crate::browser::files::collect_files;
use crate::contexts::notebook::NotebookContext;

/// Adds the content of the clipboard to the notebook.
pub fn add_pasted_content(notebook: NotebookContext, strings: &Strings, event: &ClipboardEvent) {
    let Some(data) = event.clipboard_data() else { return };
    let files = data.files().as_ref().map(collect_files).unwrap_or_default();
    if !files.is_empty() {
        event.prevent_default();
        return notebook.upload_files(files);
    }
    let text = data.get_data("text/plain").unwrap_or_default();
    if text.trim().is_empty() {
        return;
    }
    event.prevent_default();
    let urls = parse_addresses(&text);
    notebook.add_sources(if urls.is_empty() {
        NewSources::Text { title: strings.pasted_text.to_owned(), text }
    } else {
        NewSources::Urls { urls }
    });
}
