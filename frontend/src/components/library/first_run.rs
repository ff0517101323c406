//! What someone sees who has no notebook yet.

use leptos::prelude::*;

use crate::components::shared::Icon;
use crate::contexts::words::words;
use crate::pages::creator;

#[component]
pub fn FirstRun() -> impl IntoView {
    let words = words();
    let create = creator();
    view! {
        <section class="first-run">
            <img src="/hearth.svg" alt="" width="56" height="56"/>
            <h2>{words.first_title}</h2>
            <ol>
                <li><Icon name="file-text"/>{words.first_one}</li>
                <li><Icon name="message-square"/>{words.first_two}</li>
                <li><Icon name="quote"/>{words.first_three}</li>
            </ol>
            <button class="btn primary" type="button" on:click=move |_| create(Vec::new())>
                <Icon name="plus"/>{words.new_notebook}
            </button>
            <p class="meta">{words.new_notebook_hint}</p>
        </section>
    }
}
