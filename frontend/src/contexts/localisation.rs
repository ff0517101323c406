//! Localisation: the interface's texts in the chosen language.

use hearth_texts::{Strings, english_strings, find_strings};
use hearth_wire::{ApiError, ErrorCode};
use leptos::prelude::*;

use crate::browser;
use crate::contexts::appearance::AppearanceContext;

/// The interface's texts; English without [`provide_strings_context`].
pub fn use_strings() -> &'static Strings {
    use_context::<&'static Strings>().unwrap_or_else(english_strings)
}

/// Provides the texts of the chosen language; another choice reloads the page.
pub fn provide_strings_context(appearance: &AppearanceContext) {
    let chosen = appearance.language.get_untracked();
    let of_browser = browser::preferred_languages();
    let strings = find_strings(chosen.into_iter().chain(of_browser.iter().map(String::as_str)));
    if let Some(root) = browser::document().document_element() {
        // Fails only for invalid attribute names.
        let _ = root.set_attribute("lang", strings.language_tag);
    }
    provide_context(strings);
}

/// Formats an error for the user.
pub fn format_error(strings: &'static Strings, error: &ApiError) -> String {
    if error.code == ErrorCode::UpstreamUnavailable && error.message.is_empty() {
        return strings.node_unreachable.to_owned();
    }
    error.message.clone()
}
