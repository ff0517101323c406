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
use crate::components::sources::{DropZone, SourcesPane, add_pasted_content};
use crate::components::studio::StudioPane;
use crate::contexts::localisation::{explain_error, use_strings};
use crate::contexts::notebook::{self, NotebookContext, NotebookState};
use crate::text::address::{OpenTarget, parse_open_target};

/// Page of a notebook.
#[component]
pub fn NotebookPage() -> impl IntoView {
    let parameters = use_params_map();
    let id =
        Memo::new(move |_| parameters.with(|all| all.get("id").and_then(|id| id.parse::<NotebookId>().ok())));
    move || match id.get() {
        Some(id) => view! { <Notebook id /> }.into_any(),
        None => view! { <super::LibraryPage /> }.into_any(),
    }
}

#[component]
fn Notebook(id: NotebookId) -> impl IntoView {
    let strings = use_strings();
    let notebook = notebook::provide_notebook_context(id);
    chat::provide_chat_context();
    install_page_listeners(notebook);
    let query = use_query_map();
    Effect::new(move |_| match parse_open_target(|name| query.with(|all| all.get(name))) {
        Some(OpenTarget::Passage { source, revision, range }) => notebook.show_range(source, revision, range),
        Some(OpenTarget::Note(note)) => notebook.opened_note.set(Some(note)),
        None => {}
    });
    let drop_message = Signal::derive(move || {
        let title =
            notebook.details.with(|notebook| notebook.as_ref().map(|n| n.title.clone()).unwrap_or_default());
        strings.drop_here(&title)
    });
    // A reload without a failure renders nothing again.
    let failure = Memo::new(move |_| match notebook.state.get() {
        NotebookState::Failed(error) => Some(error),
        _ => None,
    });
    view! {
        <div class="app">
            <TopBar>
                <NotebookTitle notebook />
            </TopBar>
            {move || match failure.get() {
                Some(error) => {
                    view! {
                        <main class="library">
                            <Failed why=explain_error(strings, &error) on_retry=move || notebook.load() />
                        </main>
                    }
                        .into_any()
                }
                None => {
                    view! {
                        <Panes
                            left=move || view! { <SourcesPane /> }.into_any()
                            middle=move || view! { <ChatPane /> }.into_any()
                            right=move || view! { <StudioPane /> }.into_any()
                        />
                    }
                        .into_any()
                }
            }}
            <StatusLine />
        </div>
        <DropZone message=drop_message on_files=move |files| notebook.add_incoming_files(files) />
    }
}

/// Listens for keys and for pasting, anywhere on the page except in a field.
fn install_page_listeners(notebook: NotebookContext) {
    let strings = use_strings();
    let on_key = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        let is_find = (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("f");
        if is_find && notebook.opened.with_untracked(Option::is_some) {
            event.prevent_default();
            browser::focus_element(".find input");
            return;
        }
        if browser::is_keyboard_in_use() || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        match event.key().as_str() {
            "/" => {
                event.prevent_default();
                browser::focus_element("#ask");
            }
            "Escape" => notebook.opened.set(None),
            _ => {}
        }
    });
    let on_paste = window_event_listener(ev::paste, move |event: ClipboardEvent| {
        if !browser::is_keyboard_in_use() {
            add_pasted_content(notebook, strings, &event);
        }
    });
    on_cleanup(move || {
        on_key.remove();
        on_paste.remove();
    });
}

/// The notebook's title, which can be edited.
#[component]
fn NotebookTitle(notebook: NotebookContext) -> impl IntoView {
    let strings = use_strings();
    let title = Memo::new(move |_| {
        notebook.details.with(|n| n.as_ref().map(|n| n.title.clone()).unwrap_or_default())
    });
    let emoji = Memo::new(move |_| {
        notebook.details.with(|n| n.as_ref().map(|n| n.emoji.clone()).unwrap_or_default())
    });
    Effect::new(move |_| browser::document().set_title(&format!("{} – Hearth", title.read())));
    let rename = move |new_title: String| {
        let new_title = new_title.trim().to_owned();
        if !new_title.is_empty() && new_title != title.get_untracked() {
            notebook.change_notebook(NotebookChange { title: Some(new_title), ..NotebookChange::default() });
        }
    };
    let choose_emoji = move |emoji: String| {
        notebook.change_notebook(NotebookChange { emoji: Some(emoji), ..NotebookChange::default() });
    };
    view! {
        <h1 class="unseen">{title}</h1>
        <A href="/" attr:class="crumb">
            {strings.notebooks}
        </A>
        <span class="crumb" aria-hidden="true">
            "/"
        </span>
        <EmojiPicker label=strings.choose_emoji current=emoji on_choose=choose_emoji />
        <input
            class="title"
            type="text"
            aria-label=strings.name
            prop:value=move || title.get()
            on:change:target=move |event| rename(event.target().value())
            on:keydown:target=move |event| {
                if event.key() == "Enter" {
                    let _ = event.target().blur();
                }
            }
        />
    }
}
