//! The pane of sources: adding, selecting, and the open source.

use hearth_domain::{Source, SourceId};
use leptos::prelude::*;

use super::{AddDialog, SourceList, UploadRow};
use crate::components::shared::{Icon, Menu, MenuItem, Waiting};
use crate::components::viewer::Viewer;
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook::{NotebookContext, NotebookState, use_notebook};

/// Number of sources from which on they can be filtered.
const MIN_SOURCES_TO_FILTER: usize = 8;

/// Pane of sources.
#[component]
pub fn SourcesPane() -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let is_adding = RwSignal::new(false);
    let filter = RwSignal::new(String::new());
    let order = RwSignal::new(SortOrder::Added);
    let shown = Memo::new(move |_| {
        let mut shown = filter_sources(&notebook.sources.read(), &filter.read());
        order.get().sort_sources(&mut shown);
        shown
    });
    let has_sources = move || !notebook.sources.with(Vec::is_empty);
    let counts = move || {
        let chosen = notebook.sources.with(|all| {
            all.iter().filter(|source| notebook.chosen.with(|chosen| chosen.contains(&source.id))).count()
        });
        let all = notebook.sources.with(Vec::len);
        strings.sources_chosen(&chosen, &all)
    };
    view! {
        <header>
            <h2>{strings.sources}</h2>
            <Show when=has_sources>
                <span class="counts">{counts}</span>
            </Show>
            <span class="grow"></span>
            <button class="btn" type="button" on:click=move |_| is_adding.set(true)>
                <Icon name="plus" />
                {strings.add}
            </button>
        </header>
        <UploadRow />
        <Show when=has_sources fallback=move || view! { <NoSources notebook is_adding /> }>
            <div class="source-tools">
                <Show when=move || { notebook.sources.with(Vec::len) >= MIN_SOURCES_TO_FILTER }>
                    <label class="filter">
                        <Icon name="funnel" />
                        <input
                            type="search"
                            placeholder=strings.filter_sources
                            aria-label=strings.filter_sources
                            on:input:target=move |event| filter.set(event.target().value())
                        />
                    </label>
                </Show>
                <Show when=move || { notebook.sources.with(Vec::len) >= MIN_SOURCES_TO_FILTER }>
                    <Sorting order />
                </Show>
                <SelectAll shown />
            </div>
            <SourceList sources=shown />
        </Show>
        <Show when=move || notebook.opened.with(Option::is_some)>
            <Viewer />
        </Show>
        <AddDialog is_open=is_adding />
    }
}

/// Order of the listed sources.
#[derive(Clone, Copy, PartialEq)]
enum SortOrder {
    Added,
    Title,
    Kind,
}

impl SortOrder {
    fn sort_sources(self, sources: &mut [Source]) {
        match self {
            Self::Added => {}
            Self::Title => sources.sort_by_cached_key(|source| source.title.to_lowercase()),
            Self::Kind => {
                sources.sort_by_cached_key(|source| (source.kind.as_str(), source.title.to_lowercase()));
            }
        }
    }
}

#[component]
fn Sorting(order: RwSignal<SortOrder>) -> impl IntoView {
    let strings = use_strings();
    view! {
        <Menu icon="arrow-up-down" label=strings.sort>
            <MenuItem icon="clock" label=strings.sort_added on_click=move || order.set(SortOrder::Added) />
            <MenuItem icon="file-text" label=strings.sort_title on_click=move || order.set(SortOrder::Title) />
            <MenuItem icon="library" label=strings.sort_kind on_click=move || order.set(SortOrder::Kind) />
        </Menu>
    }
}

#[component]
fn SelectAll(shown: Memo<Vec<Source>>) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let ids = move || shown.with(|sources| sources.iter().map(|source| source.id).collect::<Vec<SourceId>>());
    let all = move || notebook.chosen.with(|chosen| ids().iter().all(|id| chosen.contains(id)));
    let some = move || notebook.chosen.with(|chosen| ids().iter().any(|id| chosen.contains(id)));
    view! {
        <label class="select-all">
            <span class="meta">{strings.select_all}</span>
            <input
                type="checkbox"
                prop:checked=all
                prop:indeterminate=move || some() && !all()
                on:change:target=move |event| notebook.select_sources(&ids(), event.target().checked())
            />
        </label>
    }
}

#[component]
fn NoSources(notebook: NotebookContext, is_adding: RwSignal<bool>) -> impl IntoView {
    let strings = use_strings();
    view! {
        <Show
            when=move || notebook.state.get() != NotebookState::Loading && notebook.upload.with(Option::is_none)
            fallback=|| view! { <Waiting /> }
        >
            <div class="empty">
                <Icon name="file-text" />
                <h3>{strings.no_sources_title}</h3>
                <p>{strings.no_sources_text}</p>
                <button class="btn primary" type="button" on:click=move |_| is_adding.set(true)>
                    <Icon name="plus" />
                    {strings.add_sources}
                </button>
                <p class="meta">{strings.drop_hint}</p>
            </div>
        </Show>
    }
}

/// Sources whose title contains all typed words.
fn filter_sources(sources: &[Source], filter: &str) -> Vec<Source> {
    let filter = filter.to_lowercase();
    let matches_filter = |source: &&Source| {
        let title = source.title.to_lowercase();
        filter.split_whitespace().all(|word| title.contains(word))
    };
    sources.iter().filter(matches_filter).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make_source(title: &str, kind: &str) -> Source {
        serde_json::from_value(serde_json::json!({
            "id": "01a1ffe2-4995-773f-9a82-45a4d6c23e92", "title": title, "kind": kind, "media_type": "", "bytes": 1,
            "sha256": "", "origin": {"kind": "upload"}, "revision": null, "status": "ready", "progress": 1.0,
            "words": 1, "problems": [], "created_at": "2026-01-01T00:00:00Z"
        }))
        .unwrap()
    }

    fn titles(sources: &[Source]) -> Vec<&str> {
        sources.iter().map(|source| source.title.as_str()).collect()
    }

    #[test]
    fn sources_are_sorted_without_regard_to_case() {
        let mut sources =
            [make_source("beta", "pdf"), make_source("Äpfel", "audio"), make_source("Alpha", "pdf")];
        SortOrder::Added.sort_sources(&mut sources);
        assert_eq!(titles(&sources), ["beta", "Äpfel", "Alpha"]);
        SortOrder::Title.sort_sources(&mut sources);
        assert_eq!(titles(&sources), ["Alpha", "beta", "Äpfel"]);
        SortOrder::Kind.sort_sources(&mut sources);
        assert_eq!(titles(&sources), ["Äpfel", "Alpha", "beta"]);
    }

    #[test]
    fn a_filter_asks_for_all_words_in_any_order() {
        let sources = [make_source("Handbook of ÖFEN", "pdf"), make_source("Handbook", "pdf")];
        assert_eq!(titles(&filter_sources(&sources, " öfen  HAND")), ["Handbook of ÖFEN"]);
        assert_eq!(filter_sources(&sources, " ").len(), 2);
        assert!(filter_sources(&sources, "hand boot").is_empty());
    }
}
