//! Questions that can be asked by a click.

use hearth_wire::Occasion;
use leptos::prelude::*;

use super::talk::talk;

#[component]
pub fn Suggestions(#[prop(into)] questions: Signal<Vec<String>>) -> impl IntoView {
    let talk = talk();
    let chip = move |question: String| {
        let asked = question.clone();
        view! { <button class="chip" type="button" disabled=move || talk.is_busy() on:click=move |_| talk.ask(asked.clone(), Occasion::Typed, || ())>{question}</button> }
    };
    view! {
        <Show when=move || !questions.read().is_empty()>
            <div class="chips">{move || questions.get().into_iter().map(chip).collect_view()}</div>
        </Show>
    }
}
