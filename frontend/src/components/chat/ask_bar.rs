//! Where questions are typed. What is typed is kept until it is asked.

use hearth_wire::Occasion;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::speaking::{MicrophoneButton, Speaking, SpeakingHint, Unheard};
use super::talk::talk;
use crate::browser;
use crate::components::shared::Icon;
use crate::contexts::notebook::open_notebook;
use crate::contexts::shell::shell;
use crate::contexts::voice::{Now, voice};
use crate::contexts::words::words;
use crate::strings::count;

/// Lines that the field grows to, in pixels.
const TALLEST: i32 = 180;

#[component]
pub fn AskBar() -> impl IntoView {
    let words = words();
    let talk = talk();
    let open = open_notebook();
    let name = format!("draft.{}", open.id);
    let draft = RwSignal::new(browser::kept(&name).unwrap_or_default());
    let node = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        browser::keep(&name, &draft.read());
        if let Some(field) = node.get() {
            fit(&field);
        }
    });
    let shell = shell();
    Effect::new(move |_| {
        if let (true, Some(field)) = (shell.wants_ask.get(), node.get()) {
            shell.wants_ask.set(false);
            // It fails for what is not in the page, which this is.
            let _ = field.focus();
        }
    });
    let chosen = Memo::new(move |_| {
        open.sources
            .with(|all| all.iter().filter(|s| open.chosen.with(|chosen| chosen.contains(&s.id))).count())
    });
    let voice = voice();
    voice.notebook.set(Some(open.id));
    on_cleanup(move || voice.notebook.set(None));
    let is_speaking = move || voice.now.get() != Now::Idle;
    let running = Memo::new(move |_| talk.running());
    let can_ask = move || !draft.read().trim().is_empty() && !talk.is_busy();
    let send = move |occasion: Occasion| {
        if !can_ask() {
            return;
        }
        let question = draft.get_untracked().trim().to_owned();
        // Taken away only once the node has it: nothing that was typed is lost.
        talk.ask(question, occasion, move || draft.set(String::new()));
    };
    // What was said is asked; while an answer is being written it waits in the field.
    Effect::new(move |_| {
        let Some((_, said)) = voice.said.get().filter(|(asked, _)| *asked == Some(open.id)) else { return };
        voice.said.set(None);
        if said.is_empty() {
            return voice.hint.set(true);
        }
        draft.update(|draft| format!("{draft} {said}").trim().clone_into(draft));
        untrack(|| send(Occasion::Spoken));
    });
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send(Occasion::Typed);
        }
    };
    view! {
        <Unheard/>
        <form class="ask" class:is-speaking=is_speaking class:has-draft=move || !draft.read().is_empty() on:submit=move |event| { event.prevent_default(); send(Occasion::Typed); }>
            <Show when=is_speaking><Speaking/></Show>
            <textarea
                id="ask" rows="1" placeholder=words.ask_placeholder aria-label=words.ask_placeholder node_ref=node
                prop:value=move || draft.get() on:input:target=move |event| draft.set(event.target().value()) on:keydown=on_key
            ></textarea>
            <div class="ask-row">
                <span>{move || count(words.sources_count, chosen.get())}</span>
                <SpeakingHint/>
                <span class="grow"></span>
                <MicrophoneButton/>
                {move || match running.get() {
                    Some(turn) => view! {
                        <button class="send stop" type="button" aria-label=words.stop title=words.stop on:click=move |_| talk.stop(turn)><Icon name="square"/></button>
                    }.into_any(),
                    None => view! {
                        <button class="send" type="submit" aria-label=words.ask title=words.ask disabled=move || !can_ask()><Icon name="arrow-up"/></button>
                    }.into_any(),
                }}
            </div>
        </form>
    }
}

/// As tall as what is in it, up to a bound.
fn fit(field: &web_sys::HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(field);
    // Setting a property that exists does not fail.
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", field.scroll_height().min(TALLEST)));
}
