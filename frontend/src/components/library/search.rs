//! Search over all notebooks.

use hearth_domain::{Notebook, NotebookId};
use hearth_wire::{ApiError, Hit, SearchResult};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::search_as_typed;
use crate::components::shared::{Failed, Icon, Waiting};
use crate::contexts::words::{said, words};
use crate::strings::fill;
use crate::text::markdown::{Node, Overlay, plain};
use crate::text::{address, place};

const HITS: u32 = 30;

#[component]
pub fn SearchBox(query: RwSignal<String>) -> impl IntoView {
    let words = words();
    view! {
        <label class="search-box">
            <Icon name="search"/>
            <input
                type="search" placeholder=words.search_everything aria-label=words.search_everything
                prop:value=move || query.get() on:input:target=move |event| query.set(event.target().value())
            />
        </label>
    }
}

#[component]
pub fn SearchResults(query: RwSignal<String>, notebooks: Signal<Vec<Notebook>>) -> impl IntoView {
    let words = words();
    let result = RwSignal::new(None::<Result<SearchResult, ApiError>>);
    let look = search_as_typed(query, HITS, move |found| result.set(Some(found)));
    let group = move |(notebook, hits): (NotebookId, Vec<Hit>)| {
        let title = notebooks.with(|all| {
            let found = all.iter().find(|known| known.id == notebook);
            found.map(|found| format!("{} {}", found.emoji, found.title)).unwrap_or_default()
        });
        view! {
            <h3>{title}</h3>
            {hits.into_iter().map(|hit| view! { <HitRow hit notebook/> }).collect_view()}
        }
    };
    view! {
        <section class="results" aria-live="polite">
            {move || match result.get() {
                None => view! { <Waiting/> }.into_any(),
                Some(Err(error)) => view! { <Failed why=said(words, &error) on_retry=move || look.notify()/> }.into_any(),
                Some(Ok(found)) if found.hits.is_empty() => {
                    let text = fill(words.nothing_found, &[("query", &query.get_untracked())]);
                    view! { <p class="empty">{text}</p> }.into_any()
                }
                Some(Ok(found)) => by_notebook(found.hits).into_iter().map(group).collect_view().into_any(),
            }}
        </section>
    }
}

/// Hits under the first notebook that holds them; notebooks in the order of their best hit.
fn by_notebook(hits: Vec<Hit>) -> Vec<(NotebookId, Vec<Hit>)> {
    let mut groups: Vec<(NotebookId, Vec<Hit>)> = Vec::new();
    for hit in hits {
        let Some(notebook) = hit.notebook_ids.first().copied() else { continue };
        match groups.iter_mut().find(|(known, _)| *known == notebook) {
            Some((_, group)) => group.push(hit),
            None => groups.push((notebook, vec![hit])),
        }
    }
    groups
}

#[component]
fn HitRow(hit: Hit, notebook: NotebookId) -> impl IntoView {
    let words = words();
    let (text, place) = match (&hit.passage, &hit.note) {
        (Some(passage), _) => (passage.text.clone(), place::short(words, &passage.places)),
        (_, Some(note)) => (note.body.clone(), Some(words.note.to_owned())),
        _ => (String::new(), None),
    };
    let marked = plain(
        &text,
        &Overlay { cites: Vec::new(), marks: hit.matches.iter().copied().enumerate().collect() },
    );
    let to = address::of_hit(notebook, &hit);
    view! {
        <article class="hit">
            <header><A href=to>{hit.source_title}</A>{place.map(|place| view! { <span class="meta">{place}</span> })}</header>
            <div class="hit-text">{marked.iter().map(paragraph).collect_view()}</div>
        </article>
    }
}

fn paragraph(node: &Node) -> AnyView {
    match node {
        Node::Element(_, children) => {
            view! { <p>{children.iter().map(paragraph).collect_view()}</p> }.into_any()
        }
        Node::Mark(_, text) => view! { <mark>{text.clone()}</mark> }.into_any(),
        Node::Text(text) => text.clone().into_any(),
        _ => ().into_any(),
    }
}
