//! Appearance of the page: theme, text size and language, stored in the browser.

use hearth_texts::find_language;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::browser;

/// Colour theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// Text size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextSize {
    Small,
    #[default]
    Normal,
    Large,
}

/// Appearance as it is stored; `early.js` reads it too.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct StoredAppearance {
    theme: Theme,
    size: TextSize,
    /// Tag of the language.
    language: Option<String>,
}

/// Appearance of the page.
#[derive(Clone, Copy)]
pub struct AppearanceContext {
    pub theme: RwSignal<Theme>,
    pub size: RwSignal<TextSize>,
    /// Tag of the chosen language; `None` for the browser's.
    pub language: RwSignal<Option<&'static str>>,
}

const STORAGE_KEY: &str = "appearance";

/// Provides the stored appearance; stores and applies every later choice.
pub fn provide_appearance_context() -> AppearanceContext {
    let stored: StoredAppearance = browser::get_stored_item(STORAGE_KEY)
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let appearance = AppearanceContext {
        theme: RwSignal::new(stored.theme),
        size: RwSignal::new(stored.size),
        language: RwSignal::new(stored.language.as_deref().and_then(parse_language)),
    };
    provide_context(appearance);
    Effect::new(move |_| {
        let stored = StoredAppearance {
            theme: appearance.theme.get(),
            size: appearance.size.get(),
            language: appearance.language.get().map(str::to_owned),
        };
        browser::set_stored_item(STORAGE_KEY, &serde_json::to_string(&stored).unwrap_or_default());
        appearance.apply_to_page();
    });
    appearance
}

/// Tag of a stored language; `None` for the browser's.
fn parse_language(stored: &str) -> Option<&'static str> {
    // 0.1.0 stored names.
    let tag = match stored {
        "english" => "en",
        "german" => "de",
        tag => tag,
    };
    find_language(tag).map(|strings| strings.language_tag)
}

impl AppearanceContext {
    /// True if the page is dark now.
    pub fn is_dark(self) -> bool {
        match self.theme.get() {
            Theme::Light => false,
            Theme::Dark => true,
            Theme::System => {
                let query = browser::window().match_media("(prefers-color-scheme: dark)");
                query.ok().flatten().is_some_and(|query| query.matches())
            }
        }
    }

    fn apply_to_page(self) {
        let Some(root) = browser::document().document_element() else { return };
        let size = match self.size.get() {
            TextSize::Small => "small",
            TextSize::Normal => "normal",
            TextSize::Large => "large",
        };
        // These fail only for invalid attribute names.
        let _ = root.set_attribute("data-theme", if self.is_dark() { "dark" } else { "light" });
        let _ = root.set_attribute("data-size", size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_of_earlier_versions_are_known() {
        assert_eq!(
            ["german", "de", "english", "system", ""].map(parse_language),
            [Some("de"), Some("de"), Some("en"), None, None]
        );
        let stored: StoredAppearance =
            serde_json::from_str(r#"{"theme":"dark","language":"system"}"#).unwrap();
        assert_eq!((stored.theme, stored.language.as_deref()), (Theme::Dark, Some("system")));
    }
}
