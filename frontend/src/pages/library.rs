//! The library: all notebooks, and search over all of them.

use hearth_domain::Notebook;
use hearth_wire::operations::ListNotebooks;
use hearth_wire::{ApiError, NodeEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{call_operation, page_query};
use crate::components::frame::{StatusLine, TopBar};
use crate::components::library::{FirstRun, NotebookCard, SearchBox, SearchResults};
use crate::components::shared::{Failed, Icon, Waiting};
use crate::components::sources::DropZone;
use crate::contexts::localisation::{explain_error, use_strings};
use crate::contexts::node::use_node;
use crate::contexts::notebook_creation::use_notebook_creator;

/// Page of the library.
#[component]
pub fn LibraryPage() -> impl IntoView {
    let strings = use_strings();
    let node = use_node();
    let notebooks = RwSignal::new(None::<Result<Vec<Notebook>, ApiError>>);
    let load = move || {
        spawn_local(async move {
            let list = call_operation::<ListNotebooks>(&[], &page_query(None), &()).await;
            notebooks.try_set(Some(list.map(|list| list.notebooks)));
        });
    };
    load();
    node.subscribe_to_events(move |event| {
        if matches!(event, NodeEvent::Notebook { .. } | NodeEvent::Reset {} | NodeEvent::Gone { .. }) {
            load();
        }
    });
    let create = use_notebook_creator();
    let create_empty = create.clone();
    let query = RwSignal::new(String::new());
    let known = Signal::derive(move || notebooks.get().and_then(Result::ok).unwrap_or_default());
    let is_searching = move || query.with(|query| query.trim().chars().count() > 1);
    view! {
        <div class="app">
            <TopBar>
                <h1 class="title">"Hearth"</h1>
            </TopBar>
            <main class="library">
                <div class="library-head">
                    <h2>{strings.notebooks}</h2>
                    <span class="grow"></span>
                    <SearchBox query />
                    <button class="btn primary" type="button" on:click=move |_| create_empty(None)>
                        <Icon name="plus" />
                        {strings.new_notebook}
                    </button>
                </div>
                <Show when=is_searching>
                    <SearchResults query notebooks=known />
                </Show>
                <Show when=move || {
                    !is_searching()
                }>
                    {move || match notebooks.get() {
                        None => view! { <Waiting /> }.into_any(),
                        Some(Err(error)) => {
                            view! { <Failed why=explain_error(strings, &error) on_retry=load /> }.into_any()
                        }
                        Some(Ok(list)) if list.is_empty() => view! { <FirstRun /> }.into_any(),
                        Some(Ok(list)) => {
                            view! {
                                <ul class="cards">
                                    {list
                                        .into_iter()
                                        .map(|notebook| view! { <NotebookCard notebook on_change=load /> })
                                        .collect_view()}
                                </ul>
                            }
                                .into_any()
                        }
                    }}
                </Show>
            </main>
            <StatusLine />
        </div>
        <DropZone message=strings.drop_new.to_owned() on_files=move |files| create(Some(files)) />
    }
}
