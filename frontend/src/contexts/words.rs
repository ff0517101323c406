//! The words of the chosen language.

use hearth_wire::{ApiError, ErrorCode};
use leptos::prelude::*;

use crate::browser;
use crate::contexts::appearance::{Appearance, Language};
use crate::strings::{ENGLISH, GERMAN, Strings};

/// The words, for whoever was set up by [`provide`].
pub fn words() -> &'static Strings {
    use_context::<&'static Strings>().unwrap_or(&ENGLISH)
}

/// Chooses the language once; another choice loads the page anew.
pub fn provide(appearance: &Appearance) {
    let german = match appearance.language.get_untracked() {
        Language::System => browser::prefers_german(),
        Language::German => true,
        Language::English => false,
    };
    let root = browser::document().document_element();
    if let Some(root) = root {
        // It fails for names that are no attribute names only.
        let _ = root.set_attribute("lang", if german { "de" } else { "en" });
    }
    provide_context(if german { &GERMAN } else { &ENGLISH });
}

/// What went wrong, for people.
pub fn said(words: &'static Strings, error: &ApiError) -> String {
    if error.code == ErrorCode::UpstreamUnavailable && error.message.is_empty() {
        return words.node_away.to_owned();
    }
    error.message.clone()
}
