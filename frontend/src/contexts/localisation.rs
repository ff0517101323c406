//! Localisation: the interface's texts in the chosen language.

use hearth_wire::{ApiError, ErrorCode};
use leptos::prelude::*;

use crate::browser;
use crate::contexts::appearance::{AppearanceContext, Language};
use crate::strings::{ENGLISH, GERMAN, Strings};

/// The interface's texts; English without [`provide_strings_context`].
pub fn use_strings() -> &'static Strings {
    use_context::<&'static Strings>().unwrap_or(&ENGLISH)
}

/// Provides the texts of the chosen language; another choice reloads the page.
pub fn provide_strings_context(appearance: &AppearanceContext) {
    let is_german = match appearance.language.get_untracked() {
        Language::System => browser::prefers_german(),
        Language::German => true,
        Language::English => false,
    };
    let root = browser::document().document_element();
    if let Some(root) = root {
        // Fails only for invalid attribute names.
        let _ = root.set_attribute("lang", if is_german { "de" } else { "en" });
    }
    provide_context(if is_german { &GERMAN } else { &ENGLISH });
}

/// Formats an error for the user.
pub fn format_error(strings: &'static Strings, error: &ApiError) -> String {
    if error.code == ErrorCode::UpstreamUnavailable && error.message.is_empty() {
        return strings.node_unreachable.to_owned();
    }
    error.message.clone()
}
