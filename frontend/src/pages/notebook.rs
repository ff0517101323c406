//! A notebook: sources, chat, studio.

use hearth_domain::NotebookId;
use hearth_wire::NotebookChange;
use leptos::ev::{self, ClipboardEvent, KeyboardEvent};
use leptos::leptos_dom::helpers::window_event_listener;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::browser;
use crate::components::chat::{self, ChatPane};
use crate::components::frame::{Panes, StatusLine, TopBar};
use crate::components::shared::{EmojiPicker, Failed};
use crate::components::sources::{DropZone, SourcesPane, pasted};
use crate::components::studio::StudioPane;
use crate::contexts::notebook::{self, Open, State};
use crate::contexts::words::{said, words};
use crate::strings::fill;
use crate::text::address::{OpensAt, opens_at};

#[component]
pub fn NotebookPage() -> impl IntoView {
    let parameters = use_params_map();
    let id =
        Memo::new(move |_| parameters.with(|all| all.get("id").and_then(|id| id.parse::<NotebookId>().ok())));
    move || match id.get() {
        Some(id) => view! { <Notebook id/> }.into_any(),
        None => view! { <super::LibraryPage/> }.into_any(),
    }
}

#[component]
fn Notebook(id: NotebookId) -> impl IntoView {
    let words = words();
    let open = notebook::provide(id);
    chat::provide();
    listen(open);
    let asked = use_query_map();
    Effect::new(move |_| match opens_at(|name| asked.with(|all| all.get(name))) {
        Some(OpensAt::Passage { source, revision, range }) => open.show_range(source, revision, range),
        Some(OpensAt::Note(note)) => open.opened_note.set(Some(note)),
        None => {}
    });
    let drop_message = Signal::derive(move || {
        let title =
            open.notebook.with(|notebook| notebook.as_ref().map(|n| n.title.clone()).unwrap_or_default());
        fill(words.drop_here, &[("notebook", &title)])
    });
    // What is read anew without failing changes nothing around it.
    let failure = Memo::new(move |_| match open.state.get() {
        State::Failed(error) => Some(error),
        _ => None,
    });
    view! {
        <div class="app">
            <TopBar><Title open/></TopBar>
            {move || match failure.get() {
                Some(error) => view! { <main class="library"><Failed why=said(words, &error) on_retry=move || open.load()/></main> }.into_any(),
                None => view! {
                    <Panes
                        left=move || view! { <SourcesPane/> }.into_any()
                        middle=move || view! { <ChatPane/> }.into_any()
                        right=move || view! { <StudioPane/> }.into_any()
                    />
                }.into_any(),
            }}
            <StatusLine/>
        </div>
        <DropZone message=drop_message on_files=move |files| open.add_incoming(files)/>
    }
}

/// Keys and pasting, anywhere on the page but in a field.
fn listen(open: Open) {
    let words = words();
    let on_key = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        let is_find = (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("f");
        if is_find && open.opened.with_untracked(Option::is_some) {
            event.prevent_default();
            browser::focus(".find input");
            return;
        }
        if browser::is_busy_with_keys() || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        match event.key().as_str() {
            "/" => {
                event.prevent_default();
                browser::focus("#ask");
            }
            "Escape" => open.opened.set(None),
            _ => {}
        }
    });
    let on_paste = window_event_listener(ev::paste, move |event: ClipboardEvent| {
        if !browser::is_busy_with_keys() {
            pasted(open, words, &event);
        }
    });
    on_cleanup(move || {
        on_key.remove();
        on_paste.remove();
    });
}

/// The notebook's title, which can be written over.
#[component]
fn Title(open: Open) -> impl IntoView {
    let words = words();
    let title =
        Memo::new(move |_| open.notebook.with(|n| n.as_ref().map(|n| n.title.clone()).unwrap_or_default()));
    let emoji =
        Memo::new(move |_| open.notebook.with(|n| n.as_ref().map(|n| n.emoji.clone()).unwrap_or_default()));
    Effect::new(move |_| browser::document().set_title(&format!("{} – Hearth", title.read())));
    let rename = move |fresh: String| {
        let fresh = fresh.trim().to_owned();
        if !fresh.is_empty() && fresh != title.get_untracked() {
            open.change(NotebookChange { title: Some(fresh), ..NotebookChange::default() });
        }
    };
    view! {
        <h1 class="unseen">{title}</h1>
        <A href="/" attr:class="crumb">{words.notebooks}</A>
        <span class="crumb" aria-hidden="true">"/"</span>
        <EmojiPicker label=words.choose_emoji now=emoji on_choose=move |emoji| open.change(NotebookChange { emoji: Some(emoji), ..NotebookChange::default() })/>
        <input
            class="title" type="text" aria-label=words.name prop:value=move || title.get()
            on:change:target=move |event| rename(event.target().value())
            on:keydown:target=move |event| if event.key() == "Enter" { let _ = event.target().blur(); }
        />
    }
}
