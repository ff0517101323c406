//! The chat pane.

use leptos::html;
use leptos::prelude::*;

use super::ask_bar::AskBar;
use super::chat_context::{ChatContext, use_chat};
use super::conversations::Conversations;
use super::hover_card::HoverCard;
use super::suggestions::Suggestions;
use super::turn::TurnView;
use crate::browser;
use crate::components::shared::{Failed, HoveredCitation, Icon, IconButton, Waiting};
use crate::contexts::localisation::{explain_error, use_strings};
use crate::contexts::notebook::use_notebook;

/// Distance from the end, in pixels, that counts as being at the end.
const NEAR_END_PX: i32 = 48;
const MAX_SUGGESTIONS: usize = 4;

/// Chat pane: conversation and ask bar.
#[component]
pub fn ChatPane() -> impl IntoView {
    let strings = use_strings();
    let chat = use_chat();
    let hovered = RwSignal::new(None::<HoveredCitation>);
    let scroll_ref = NodeRef::<html::Div>::new();
    let is_at_end = RwSignal::new(true);
    let on_scroll = move |_| {
        let Some(view) = scroll_ref.get_untracked() else { return };
        is_at_end.set(view.scroll_height() - view.scroll_top() - view.client_height() < NEAR_END_PX);
        hovered.set(None);
    };
    // New text scrolls the pane only for a reader who is at the end.
    Effect::new(move |_| {
        chat.turns.with(|turns| turns.last().map(|(_, projection)| projection.track()));
        if is_at_end.get_untracked() {
            scroll_to_end(scroll_ref);
        }
    });
    let go_to_end = move || {
        is_at_end.set(true);
        scroll_to_end(scroll_ref);
    };
    // A new question scrolls to its answer.
    Effect::new(move |before: Option<()>| {
        chat.question_accepted.track();
        if before.is_some() {
            go_to_end();
        }
    });
    let is_empty = move || chat.turns.with(Vec::is_empty);
    view! {
        <header>
            <h2>{strings.chat}</h2>
            <span class="grow"></span>
            <Conversations />
            <IconButton
                name="plus"
                label=strings.new_conversation
                on_click=move || chat.start_conversation()
                disabled=Signal::derive(is_empty)
            />
        </header>
        <div
            class="scroll talk"
            node_ref=scroll_ref
            on:scroll=on_scroll
            tabindex="0"
            role="log"
            aria-label=strings.chat
        >
            {move || {
                chat.failure
                    .get()
                    .map(|error| {
                        view! {
                            <Failed why=explain_error(strings, &error) on_retry=move || chat.load_conversation(None) />
                        }
                    })
            }}
            <Show when=is_empty>
                <EmptyChat chat />
            </Show>
            <For
                each=move || chat.turns.get()
                key=|(id, _)| *id
                children=move |(_, projection)| view! { <TurnView projection hovered /> }
            />
        </div>
        <Show when=move || !is_at_end.get()>
            <ToEndButton on_click=go_to_end />
        </Show>
        <AskBar />
        <HoverCard hovered />
    }
}

/// Scrolls to the end once what was added has its height.
fn scroll_to_end(scroll_ref: NodeRef<html::Div>) {
    browser::run_on_next_frame(move || {
        if let Some(view) = scroll_ref.try_get_untracked().flatten() {
            view.set_scroll_top(view.scroll_height());
        }
    });
}

/// Button that scrolls to the end of the conversation.
#[component]
fn ToEndButton(on_click: impl Fn() + 'static) -> impl IntoView {
    let strings = use_strings();
    view! {
        <button
            class="to-end"
            type="button"
            aria-label=strings.scroll_to_end
            title=strings.scroll_to_end
            on:click=move |_| on_click()
        >
            <Icon name="chevron-down" />
        </button>
    }
}

/// An empty conversation, with first questions from the sources' guides.
#[component]
fn EmptyChat(chat: ChatContext) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let questions = move || {
        notebook.sources.with(|sources| {
            let guides = sources.iter().filter_map(|source| source.guide.as_ref());
            let first = guides.filter_map(|guide| guide.questions.first().cloned());
            first.take(MAX_SUGGESTIONS).collect::<Vec<String>>()
        })
    };
    view! {
        <Show
            when=move || !chat.is_loading.get() && chat.failure.with(Option::is_none)
            fallback=move || {
                view! {
                    <Show when=move || chat.is_loading.get()>
                        <Waiting />
                    </Show>
                }
            }
        >
            <div class="empty talk-empty">
                <Icon name="message-square" />
                <h3>{strings.chat_empty_title}</h3>
                <p>{strings.chat_empty_text}</p>
                <Suggestions questions=Signal::derive(questions) />
            </div>
        </Show>
    }
}
