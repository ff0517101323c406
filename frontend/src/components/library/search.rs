//! Search over all notebooks.

use hearth_domain::{Notebook, NotebookId};
use hearth_wire::{ApiError, SearchHit, SearchResult};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::api::search_as_typed;
use crate::components::shared::{Failed, Icon, Waiting};
use crate::contexts::localisation::{explain_error, use_strings};
use crate::text::markdown::{MarkdownNode, Overlay, parse_plain_text};
use crate::text::{address, place};

const MAX_HITS: u32 = 30;

/// Search field.
#[component]
pub fn SearchBox(query: RwSignal<String>) -> impl IntoView {
    let strings = use_strings();
    view! {
        <label class="search-box">
            <Icon name="search" />
            <input
                type="search"
                placeholder=strings.search_everything
                aria-label=strings.search_everything
                prop:value=move || query.get()
                on:input:target=move |event| query.set(event.target().value())
            />
        </label>
    }
}

/// Hits by notebook.
#[component]
pub fn SearchResults(query: RwSignal<String>, notebooks: Signal<Vec<Notebook>>) -> impl IntoView {
    let strings = use_strings();
    let result = RwSignal::new(None::<Result<SearchResult, ApiError>>);
    let retry = search_as_typed(query, MAX_HITS, move |found| result.set(Some(found)));
    let group = move |(notebook, hits): (NotebookId, Vec<SearchHit>)| {
        let title = notebooks.with(|all| {
            let found = all.iter().find(|known| known.id == notebook);
            found.map(|found| format!("{} {}", found.emoji, found.title)).unwrap_or_default()
        });
        view! {
            <h3>{title}</h3>
            {hits.into_iter().map(|hit| view! { <HitRow hit notebook /> }).collect_view()}
        }
    };
    view! {
        <section class="results" aria-live="polite">
            {move || match result.get() {
                None => view! { <Waiting /> }.into_any(),
                Some(Err(error)) => {
                    view! { <Failed why=explain_error(strings, &error) on_retry=move || retry.notify() /> }.into_any()
                }
                Some(Ok(found)) if found.hits.is_empty() => {
                    let text = strings.nothing_found(&query.get_untracked());
                    view! { <p class="empty">{text}</p> }.into_any()
                }
                Some(Ok(found)) => group_by_notebook(found.hits).into_iter().map(group).collect_view().into_any(),
            }}
        </section>
    }
}

/// Groups hits by the first notebook that contains them; groups are in the order of their best hit.
fn group_by_notebook(hits: Vec<SearchHit>) -> Vec<(NotebookId, Vec<SearchHit>)> {
    let mut groups: Vec<(NotebookId, Vec<SearchHit>)> = Vec::new();
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
fn HitRow(hit: SearchHit, notebook: NotebookId) -> impl IntoView {
    let strings = use_strings();
    let (text, place) = match (&hit.passage, &hit.note) {
        (Some(passage), _) => (passage.text.clone(), place::format_places(strings, &passage.places)),
        (_, Some(note)) => (note.body.clone(), Some(strings.note.to_owned())),
        _ => (String::new(), None),
    };
    let marked = parse_plain_text(
        &text,
        &Overlay { cites: Vec::new(), marks: hit.matches.iter().copied().enumerate().collect() },
    );
    let address = address::hit_address(notebook, &hit);
    view! {
        <article class="hit">
            <header>
                <A href=address>{hit.source_title}</A>
                {place.map(|place| view! { <span class="meta">{place}</span> })}
            </header>
            <div class="hit-text">{marked.iter().map(render_paragraph).collect_view()}</div>
        </article>
    }
}

fn render_paragraph(node: &MarkdownNode) -> AnyView {
    match node {
        MarkdownNode::Element(_, children) => {
            view! { <p>{children.iter().map(render_paragraph).collect_view()}</p> }.into_any()
        }
        MarkdownNode::Mark(_, text) => view! { <mark>{text.clone()}</mark> }.into_any(),
        MarkdownNode::Text(text) => text.clone().into_any(),
        _ => ().into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST_ID: &str = "01a1ffe2-4995-773f-9a82-45a4d6c23e92";
    const SECOND_ID: &str = "01a1ffe2-4995-773f-9a82-45a4d6c23e93";

    #[test]
    fn hits_are_grouped_in_the_order_of_each_notebooks_best() {
        let hit = |title: &str, notebooks: &[&str]| -> SearchHit {
            serde_json::from_value(serde_json::json!({
                "kind": "passage", "source_title": title, "notebook_ids": notebooks, "score": 1.0, "matches": []
            }))
            .unwrap()
        };
        let hits = vec![
            hit("a", &[SECOND_ID]),
            hit("b", &[FIRST_ID, SECOND_ID]),
            hit("gone", &[]),
            hit("c", &[SECOND_ID, FIRST_ID]),
        ];
        let groups: Vec<(String, Vec<String>)> = group_by_notebook(hits)
            .into_iter()
            .map(|(id, hits)| (id.to_string(), hits.into_iter().map(|hit| hit.source_title).collect()))
            .collect();
        let expect = [
            (SECOND_ID.to_owned(), vec!["a".to_owned(), "c".to_owned()]),
            (FIRST_ID.to_owned(), vec!["b".to_owned()]),
        ];
        assert_eq!(groups, expect);
    }
}
