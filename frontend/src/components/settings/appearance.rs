//! Theme, text size, language.

use leptos::prelude::*;

use crate::browser;
use crate::contexts::appearance::{Appearance, Language, Size, Theme};
use crate::contexts::words::words;

#[component]
pub fn AppearanceSection() -> impl IntoView {
    let words = words();
    let appearance = expect_context::<Appearance>();
    let themes = [
        (Theme::System, words.theme_system),
        (Theme::Light, words.theme_light),
        (Theme::Dark, words.theme_dark),
    ];
    let sizes =
        [(Size::Small, words.size_small), (Size::Normal, words.size_normal), (Size::Large, words.size_large)];
    let languages = [
        (Language::System, words.language_system),
        (Language::English, "English"),
        (Language::German, "Deutsch"),
    ];
    // The words are chosen when the page is loaded.
    Effect::new(move |before: Option<Language>| {
        let now = appearance.language.get();
        if before.is_some_and(|before| before != now) {
            let _ = browser::window().location().reload();
        }
        now
    });
    view! {
        <section>
            <h2>{words.appearance}</h2>
            <Choice label=words.theme options=themes.to_vec() chosen=appearance.theme/>
            <Choice label=words.text_size options=sizes.to_vec() chosen=appearance.size/>
            <Choice label=words.language options=languages.to_vec() chosen=appearance.language/>
        </section>
    }
}

/// A few options, of which one is chosen.
#[component]
fn Choice<T: Copy + PartialEq + Send + Sync + 'static>(
    label: &'static str,
    options: Vec<(T, &'static str)>,
    chosen: RwSignal<T>,
) -> impl IntoView {
    let name = format!("choice-{}", browser::number());
    let option = move |(value, text): (T, &'static str)| {
        view! {
            <label class="option">
                <input type="radio" name=name.clone() prop:checked=move || chosen.get() == value on:change=move |_| chosen.set(value)/>
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
