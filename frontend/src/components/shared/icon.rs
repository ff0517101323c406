//! Icons (Lucide), from the symbols in `index.html`.

use leptos::prelude::*;

/// An icon, hidden from screen readers.
#[component]
pub fn Icon(name: &'static str) -> impl IntoView {
    view! {
        <svg class="drawing" width="16" height="16" aria-hidden="true" focusable="false">
            <use href=format!("#{name}")></use>
        </svg>
    }
}

/// A button with an icon; `label` is its accessible name.
#[component]
pub fn IconButton(
    name: &'static str,
    #[prop(into)] label: Signal<String>,
    on_click: impl Fn() + 'static,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    view! {
        <button class="icon" type="button" aria-label=label title=label disabled=disabled on:click=move |_| on_click()>
            <Icon name />
        </button>
    }
}
