//! Page for a browser that is not signed in.

use leptos::prelude::*;

use crate::contexts::localisation::use_strings;
use crate::contexts::node::use_node;

/// Page that explains how to sign in.
#[component]
pub fn Locked() -> impl IntoView {
    let strings = use_strings();
    let node = use_node();
    view! {
        <main class="locked">
            <img src="/hearth.svg" alt="" width="56" height="56" />
            <h1>{strings.locked_title}</h1>
            <p>{strings.locked_text}</p>
            <button class="btn" type="button" on:click=move |_| node.refresh_status()>
                {strings.retry}
            </button>
        </main>
    }
}
