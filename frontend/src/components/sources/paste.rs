//! Pasting onto the page: files, addresses, or a text.

use hearth_wire::NewSources;
use web_sys::ClipboardEvent;

use super::add::addresses;
use crate::browser::files::listed;
use crate::contexts::notebook::Open;
use crate::strings::Strings;

/// Adds what was pasted.
pub fn pasted(open: Open, words: &Strings, event: &ClipboardEvent) {
    let Some(data) = event.clipboard_data() else { return };
    let files = data.files().as_ref().map(listed).unwrap_or_default();
    if !files.is_empty() {
        event.prevent_default();
        return open.add_files(files);
    }
    let text = data.get_data("text/plain").unwrap_or_default();
    if text.trim().is_empty() {
        return;
    }
    event.prevent_default();
    let urls = addresses(&text);
    open.add(if urls.is_empty() {
        NewSources::Text { title: words.pasted_text.to_owned(), text }
    } else {
        NewSources::Urls { urls }
    });
}
