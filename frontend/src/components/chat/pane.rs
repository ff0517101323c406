//! The pane of the conversation.

use leptos::html;
use leptos::prelude::*;

use super::ask_bar::AskBar;
use super::conversations::Conversations;
use super::hover_card::HoverCard;
use super::suggestions::Suggestions;
use super::talk::{Talk, talk};
use super::turn::TurnView;
use crate::browser;
use crate::components::shared::{Failed, Hovered, Icon, IconButton, Waiting};
use crate::contexts::notebook::open_notebook;
use crate::contexts::words::{said, words};

/// Pixels from the end within which the reader is "at the end".
const NEAR_END: i32 = 48;
const SUGGESTIONS: usize = 4;

#[component]
pub fn ChatPane() -> impl IntoView {
    let words = words();
    let talk = talk();
    let hovered = RwSignal::new(None::<Hovered>);
    let node = NodeRef::<html::Div>::new();
    let is_at_end = RwSignal::new(true);
    let to_end = move || {
        browser::next_frame(move || {
            if let Some(view) = node.try_get_untracked().flatten() {
                view.set_scroll_top(view.scroll_height());
            }
        });
    };
    let on_scroll = move |_| {
        let Some(view) = node.get_untracked() else { return };
        is_at_end.set(view.scroll_height() - view.scroll_top() - view.client_height() < NEAR_END);
        hovered.set(None);
    };
    // Text that comes keeps the end in sight for whoever is there; nobody else is moved.
    Effect::new(move |_| {
        talk.turns.with(|turns| turns.last().map(|(_, said)| said.track()));
        if is_at_end.get_untracked() {
            to_end();
        }
    });
    let go_to_end = move || {
        is_at_end.set(true);
        to_end();
    };
    // Whoever asks wants to see the answer.
    Effect::new(move |before: Option<()>| {
        talk.taken.track();
        if before.is_some() {
            go_to_end();
        }
    });
    let is_empty = move || talk.turns.with(Vec::is_empty);
    view! {
        <header>
            <h2>{words.chat}</h2>
            <span class="grow"></span>
            <Conversations/>
            <IconButton name="plus" label=words.new_conversation on_click=move || talk.begin() disabled=Signal::derive(is_empty)/>
        </header>
        <div class="scroll talk" node_ref=node on:scroll=on_scroll tabindex="0" role="log" aria-label=words.chat>
            {move || talk.failure.get().map(|error| view! { <Failed why=said(words, &error) on_retry=move || talk.load(None)/> })}
            <Show when=is_empty><Empty talk/></Show>
            <For each=move || talk.turns.get() key=|(id, _)| *id children=move |(_, said)| view! { <TurnView said hovered/> }/>
        </div>
        <Show when=move || !is_at_end.get()>
            <button class="to-end" type="button" aria-label=words.to_the_end title=words.to_the_end on:click=move |_| go_to_end()>
                <Icon name="chevron-down"/>
            </button>
        </Show>
        <AskBar/>
        <HoverCard hovered/>
    }
}

/// What to ask first: questions that the sources' guides suggest.
#[component]
fn Empty(talk: Talk) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let questions = move || {
        open.sources.with(|sources| {
            let guides = sources.iter().filter_map(|source| source.guide.as_ref());
            let first = guides.filter_map(|guide| guide.questions.first().cloned());
            first.take(SUGGESTIONS).collect::<Vec<String>>()
        })
    };
    view! {
        <Show when=move || !talk.is_loading.get() && talk.failure.with(Option::is_none) fallback=move || {
            view! { <Show when=move || talk.is_loading.get()><Waiting/></Show> }
        }>
            <div class="empty talk-empty">
                <Icon name="message-square"/>
                <h3>{words.chat_empty_title}</h3>
                <p>{words.chat_empty_text}</p>
                <Suggestions questions=Signal::derive(questions)/>
            </div>
        </Show>
    }
}
