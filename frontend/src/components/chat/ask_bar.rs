//! The field for questions. A draft stays stored until it is sent.

use hearth_domain::DictationPhase;
use hearth_wire::ReadAloudReason;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::chat_context::use_chat;
use super::dictation::{DictationAlert, DictationKeyHint, LiveTranscript, MicrophoneButton};
use crate::browser;
use crate::components::shared::Icon;
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook::{NotebookContext, use_notebook};
use crate::contexts::shell::use_shell;
use crate::contexts::voice::use_voice;

/// Height to which the field grows, in pixels.
const MAX_FIELD_HEIGHT_PX: i32 = 180;

/// Bar with the field for questions.
#[component]
pub fn AskBar() -> impl IntoView {
    let strings = use_strings();
    let chat = use_chat();
    let notebook = use_notebook();
    let field_ref = NodeRef::<html::Textarea>::new();
    let draft = create_draft(&notebook, field_ref);
    focus_on_request(field_ref);
    let voice = use_voice();
    voice.notebook.set(Some(notebook.id));
    on_cleanup(move || voice.notebook.set(None));
    let is_speaking = move || voice.phase.get() != DictationPhase::Idle;
    let can_ask = move || !draft.read().trim().is_empty() && !chat.is_busy();
    let send = move |reason: ReadAloudReason| {
        if !can_ask() {
            return;
        }
        let question = draft.get_untracked().trim().to_owned();
        // The draft is cleared only once the node has accepted the question: no typed text is lost.
        chat.ask_question(question, reason, move || draft.set(String::new()));
    };
    // A dictated question is sent at once; while an answer is being written it waits in the field.
    Effect::new(move |_| {
        let Some((_, text)) = voice.transcript.get().filter(|(target, _)| *target == Some(notebook.id))
        else {
            return;
        };
        voice.transcript.set(None);
        if text.is_empty() {
            return voice.shows_hold_hint.set(true);
        }
        draft.update(|draft| format!("{draft} {text}").trim().clone_into(draft));
        untrack(|| send(ReadAloudReason::Spoken));
    });
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send(ReadAloudReason::Typed);
        }
    };
    view! {
        <DictationAlert />
        <form
            class="ask"
            class:is-speaking=is_speaking
            class:has-draft=move || !draft.read().is_empty()
            on:submit=move |event| {
                event.prevent_default();
                send(ReadAloudReason::Typed);
            }
        >
            <Show when=is_speaking>
                <LiveTranscript />
            </Show>
            <textarea
                id="ask"
                rows="1"
                placeholder=strings.ask_placeholder
                aria-label=strings.ask_placeholder
                node_ref=field_ref
                prop:value=move || draft.get()
                on:input:target=move |event| draft.set(event.target().value())
                on:keydown=on_key
            ></textarea>
            <div class="ask-row">
                <ChosenSources />
                <DictationKeyHint />
                <span class="grow"></span>
                <MicrophoneButton />
                <SendButton can_ask=Signal::derive(can_ask) />
            </div>
        </form>
    }
}

/// Number of sources that the next question uses.
#[component]
fn ChosenSources() -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let count = Memo::new(move |_| {
        notebook
            .sources
            .with(|all| all.iter().filter(|s| notebook.chosen.with(|chosen| chosen.contains(&s.id))).count())
    });
    view! { <span>{move || strings.sources_count(count.get())}</span> }
}

/// Button that sends the question; while an answer is being written, the one that stops it.
#[component]
fn SendButton(can_ask: Signal<bool>) -> impl IntoView {
    let strings = use_strings();
    let chat = use_chat();
    let running_turn = Memo::new(move |_| chat.running_turn());
    view! {
        {move || match running_turn.get() {
            Some(turn) => {
                view! {
                    <button
                        class="send stop"
                        type="button"
                        aria-label=strings.stop
                        title=strings.stop
                        on:click=move |_| chat.cancel_turn(turn)
                    >
                        <Icon name="square" />
                    </button>
                }
                    .into_any()
            }
            None => {
                view! {
                    <button
                        class="send"
                        type="submit"
                        aria-label=strings.ask
                        title=strings.ask
                        disabled=move || !can_ask.get()
                    >
                        <Icon name="arrow-up" />
                    </button>
                }
                    .into_any()
            }
        }}
    }
}

/// Draft of a notebook's question, stored with each change; the field grows with it.
fn create_draft(notebook: &NotebookContext, field_ref: NodeRef<html::Textarea>) -> RwSignal<String> {
    let name = format!("draft.{}", notebook.id);
    let draft = RwSignal::new(browser::get_stored_item(&name).unwrap_or_default());
    Effect::new(move |_| {
        browser::set_stored_item(&name, &draft.read());
        if let Some(field) = field_ref.get() {
            fit_height(&field);
        }
    });
    draft
}

/// Focuses the field when the shell asks for a question.
fn focus_on_request(field_ref: NodeRef<html::Textarea>) {
    let shell = use_shell();
    Effect::new(move |_| {
        if let (true, Some(field)) = (shell.wants_ask.get(), field_ref.get()) {
            shell.wants_ask.set(false);
            // Fails only for an element outside of the page.
            let _ = field.focus();
        }
    });
}

/// Fits the field's height to its text, up to [`MAX_FIELD_HEIGHT_PX`].
fn fit_height(field: &web_sys::HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(field);
    // Setting a property that exists does not fail.
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", field.scroll_height().min(MAX_FIELD_HEIGHT_PX)));
}
