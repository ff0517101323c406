//! Placeholders for waiting and failure.

use hearth_texts::Explanation;
use leptos::prelude::*;

use crate::contexts::localisation::use_strings;

/// Placeholder lines while text loads; visible only after a moment.
#[component]
pub fn Waiting(#[prop(default = 3)] lines: usize) -> impl IntoView {
    view! {
        <div class="waiting" role="status" aria-label=use_strings().loading>
            {(0..lines).map(|_| view! { <i></i> }).collect_view()}
        </div>
    }
}

/// A failure with its reason, and a button to try again.
#[component]
pub fn Failed(why: Explanation, on_retry: impl Fn() + 'static) -> impl IntoView {
    let strings = use_strings();
    view! {
        <div class="failed" role="alert">
            <super::Icon name="circle-alert" />
            <p>
                <super::ExplanationView explanation=why />
            </p>
            <button class="btn" type="button" on:click=move |_| on_retry()>
                {strings.retry}
            </button>
        </div>
    }
}
