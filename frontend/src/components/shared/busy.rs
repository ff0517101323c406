//! Waiting, and what to do when something failed.

use leptos::prelude::*;

use crate::contexts::words::words;

/// Lines where text will be; seen only when it takes a while.
#[component]
pub fn Waiting(#[prop(default = 3)] lines: usize) -> impl IntoView {
    view! {
        <div class="waiting" role="status" aria-label=words().loading>
            {(0..lines).map(|_| view! { <i></i> }).collect_view()}
        </div>
    }
}

/// What went wrong, and a way to try again.
#[component]
pub fn Failed(#[prop(into)] why: String, on_retry: impl Fn() + 'static) -> impl IntoView {
    let words = words();
    view! {
        <div class="failed" role="alert">
            <super::Icon name="circle-alert"/>
            <p>{why}</p>
            <button class="btn" type="button" on:click=move |_| on_retry()>{words.retry}</button>
        </div>
    }
}
