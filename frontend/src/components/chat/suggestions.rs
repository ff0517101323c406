//! Suggested questions, asked by a click.

use hearth_wire::ReadAloudReason;
use leptos::prelude::*;

use super::chat_context::use_chat;

/// Row of suggested questions.
#[component]
pub fn Suggestions(#[prop(into)] questions: Signal<Vec<String>>) -> impl IntoView {
    let chat = use_chat();
    let chip = move |question: String| {
        let text = question.clone();
        view! {
            <button
                class="chip"
                type="button"
                disabled=move || chat.is_busy()
                on:click=move |_| chat.ask_question(question.clone(), ReadAloudReason::Typed, || ())
            >
                {text}
            </button>
        }
    };
    view! {
        <Show when=move || !questions.read().is_empty()>
            <div class="chips">{move || questions.get().into_iter().map(chip).collect_view()}</div>
        </Show>
    }
}
