//! The library: all notebooks, and search over everything.

use hearth_domain::Notebook;
use hearth_wire::operations::{CreateNotebook, ListNotebooks};
use hearth_wire::{ApiError, NewNotebook, NodeEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

use crate::api::{call, page_of};
use crate::components::frame::{StatusLine, TopBar};
use crate::components::library::{FirstRun, NotebookCard, SearchBox, SearchResults};
use crate::components::shared::{Failed, Icon, Waiting};
use crate::components::sources::DropZone;
use crate::contexts::live::live;
use crate::contexts::notebook::{Incoming, left};
use crate::contexts::notices::notices;
use crate::contexts::words::{said, words};

#[component]
pub fn LibraryPage() -> impl IntoView {
    let words = words();
    let live = live();
    let notebooks = RwSignal::new(None::<Result<Vec<Notebook>, ApiError>>);
    let load = move || {
        spawn_local(async move {
            let list = call::<ListNotebooks>(&[], &page_of(None), &()).await;
            notebooks.try_set(Some(list.map(|list| list.notebooks)));
        });
    };
    load();
    live.listen(move |event| {
        if matches!(event, NodeEvent::Notebook { .. } | NodeEvent::Reset {} | NodeEvent::Gone { .. }) {
            load();
        }
    });
    let create = creator();
    let create_empty = create.clone();
    let query = RwSignal::new(String::new());
    let known = Signal::derive(move || notebooks.get().and_then(Result::ok).unwrap_or_default());
    let is_searching = move || query.with(|query| query.trim().chars().count() > 1);
    view! {
        <div class="app">
            <TopBar><h1 class="title">"Hearth"</h1></TopBar>
            <main class="library">
                <div class="library-head">
                    <h2>{words.notebooks}</h2>
                    <span class="grow"></span>
                    <SearchBox query/>
                    <button class="btn primary" type="button" on:click=move |_| create_empty(None)>
                        <Icon name="plus"/>{words.new_notebook}
                    </button>
                </div>
                <Show when=is_searching><SearchResults query notebooks=known/></Show>
                <Show when=move || !is_searching()>
                    {move || match notebooks.get() {
                        None => view! { <Waiting/> }.into_any(),
                        Some(Err(error)) => view! { <Failed why=said(words, &error) on_retry=load/> }.into_any(),
                        Some(Ok(list)) if list.is_empty() => view! { <FirstRun/> }.into_any(),
                        Some(Ok(list)) => view! {
                            <ul class="cards">
                                {list.into_iter().map(|notebook| view! { <NotebookCard notebook on_change=load/> }).collect_view()}
                            </ul>
                        }.into_any(),
                    }}
                </Show>
            </main>
            <StatusLine/>
        </div>
        <DropZone message=words.drop_new.to_owned() on_files=move |files| create(Some(files))/>
    }
}

/// Makes a notebook, with files perhaps, and opens it.
pub fn creator() -> impl Fn(Option<Incoming>) + Clone + 'static {
    let words = words();
    let notices = notices();
    let left = left();
    let navigate = use_navigate();
    move |files| {
        let navigate = navigate.clone();
        spawn_local(async move {
            let new = NewNotebook { title: words.untitled.to_owned(), emoji: None };
            let notebook = match call::<CreateNotebook>(&[], &(), &new).await {
                Ok(notebook) => notebook,
                Err(error) => return notices.fail(&error),
            };
            if let Some(files) = files {
                left.leave(notebook.id, files);
            }
            navigate(&format!("/notebook/{}", notebook.id), leptos_router::NavigateOptions::default());
        });
    }
}
