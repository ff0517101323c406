//! A page that the node does not know yet.

use leptos::prelude::*;

use crate::contexts::live::live;
use crate::contexts::words::words;

#[component]
pub fn Locked() -> impl IntoView {
    let words = words();
    let live = live();
    view! {
        <main class="locked">
            <img src="/hearth.svg" alt="" width="56" height="56"/>
            <h1>{words.locked_title}</h1>
            <p>{words.locked_text}</p>
            <button class="btn" type="button" on:click=move |_| live.refresh()>{words.retry}</button>
        </main>
    }
}
