//! How the page looks: theme, text size and language, kept in the browser.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::browser;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Size {
    Small,
    #[default]
    Normal,
    Large,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    System,
    English,
    German,
}

/// As it is kept; `early.js` reads it too.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    theme: Theme,
    size: Size,
    language: Language,
}

#[derive(Clone, Copy)]
pub struct Appearance {
    pub theme: RwSignal<Theme>,
    pub size: RwSignal<Size>,
    pub language: RwSignal<Language>,
}

const NAME: &str = "appearance";

/// Reads what was kept, and from now on keeps and applies what is chosen.
pub fn provide() -> Appearance {
    let kept: Kept =
        browser::kept(NAME).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let appearance = Appearance {
        theme: RwSignal::new(kept.theme),
        size: RwSignal::new(kept.size),
        language: RwSignal::new(kept.language),
    };
    provide_context(appearance);
    Effect::new(move |_| {
        let kept = Kept {
            theme: appearance.theme.get(),
            size: appearance.size.get(),
            language: appearance.language.get(),
        };
        browser::keep(NAME, &serde_json::to_string(&kept).unwrap_or_default());
        appearance.apply();
    });
    appearance
}

impl Appearance {
    /// Whether the page is dark now.
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

    fn apply(self) {
        let Some(root) = browser::document().document_element() else { return };
        let size = match self.size.get() {
            Size::Small => "small",
            Size::Normal => "normal",
            Size::Large => "large",
        };
        // They fail for names that are no attribute names only.
        let _ = root.set_attribute("data-theme", if self.is_dark() { "dark" } else { "light" });
        let _ = root.set_attribute("data-size", size);
    }
}
