//! Theme, text size, language.

use std::iter;

use hearth_texts::LANGUAGES;
use leptos::prelude::*;

use crate::browser;
use crate::contexts::appearance::{AppearanceContext, TextSize, Theme};
use crate::contexts::localisation::use_strings;

/// Section of theme, text size and language.
#[component]
pub fn AppearanceSection() -> impl IntoView {
    let strings = use_strings();
    let appearance = expect_context::<AppearanceContext>();
    let themes = [
        (Theme::System, strings.theme_system),
        (Theme::Light, strings.theme_light),
        (Theme::Dark, strings.theme_dark),
    ];
    let sizes = [
        (TextSize::Small, strings.size_small),
        (TextSize::Normal, strings.size_normal),
        (TextSize::Large, strings.size_large),
    ];
    let known_languages = LANGUAGES.iter().map(|strings| (Some(strings.language_tag), strings.language_name));
    let languages: Vec<_> = iter::once((None, strings.language_system)).chain(known_languages).collect();
    // The language is chosen when the page is loaded.
    Effect::new(move |before: Option<Option<&str>>| {
        let now = appearance.language.get();
        if before.is_some_and(|before| before != now) {
            let _ = browser::window().location().reload();
        }
        now
    });
    view! {
        <section>
            <h2>{strings.appearance}</h2>
            <Choice label=strings.theme options=themes.to_vec() chosen=appearance.theme />
            <Choice label=strings.text_size options=sizes.to_vec() chosen=appearance.size />
            <Choice label=strings.language options=languages chosen=appearance.language />
        </section>
    }
}

/// A group of options, one of which is chosen.
#[component]
fn Choice<T: Copy + PartialEq + Send + Sync + 'static>(
    label: &'static str,
    options: Vec<(T, &'static str)>,
    chosen: RwSignal<T>,
) -> impl IntoView {
    let name = format!("choice-{}", browser::next_unique_id());
    let option = move |(value, text): (T, &'static str)| {
        view! {
            <label class="option">
                <input
                    type="radio"
                    name=name.clone()
                    prop:checked=move || chosen.get() == value
                    on:change=move |_| chosen.set(value)
                />
                <span>{text}</span>
            </label>
        }
    };
    view! {
        <fieldset class="choice">
            <legend>{label}</legend>
            {options.into_iter().map(option).collect_view()}
        </fieldset>
    }
}
