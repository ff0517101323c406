//! The pane of sources: adding, choosing, and the source that is open.

use hearth_domain::{Source, SourceId};
use leptos::prelude::*;

use super::{AddDialog, SendingRow, SourceList};
use crate::components::shared::{Icon, Menu, MenuItem, Waiting};
use crate::components::viewer::Viewer;
use crate::contexts::notebook::{Open, State, open_notebook};
use crate::contexts::words::words;
use crate::strings::fill;

/// From so many sources on, they can be filtered.
const MANY: usize = 8;

#[component]
pub fn SourcesPane() -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let is_adding = RwSignal::new(false);
    let filter = RwSignal::new(String::new());
    let order = RwSignal::new(Order::Added);
    let shown = Memo::new(move |_| {
        let mut shown = filtered(&open.sources.read(), &filter.read());
        order.get().sort(&mut shown);
        shown
    });
    let has_sources = move || !open.sources.with(Vec::is_empty);
    let counts = move || {
        let chosen = open.sources.with(|all| {
            all.iter().filter(|source| open.chosen.with(|chosen| chosen.contains(&source.id))).count()
        });
        let all = open.sources.with(Vec::len);
        fill(words.sources_chosen, &[("chosen", &chosen.to_string()), ("all", &all.to_string())])
    };
    view! {
        <header>
            <h2>{words.sources}</h2>
            <Show when=has_sources><span class="counts">{counts}</span></Show>
            <span class="grow"></span>
            <button class="btn" type="button" on:click=move |_| is_adding.set(true)><Icon name="plus"/>{words.add}</button>
        </header>
        <SendingRow/>
        <Show when=has_sources fallback=move || view! { <NoSources open is_adding/> }>
            <div class="source-tools">
                <Show when=move || { open.sources.with(Vec::len) >= MANY }>
                    <label class="filter">
                        <Icon name="funnel"/>
                        <input type="search" placeholder=words.filter_sources aria-label=words.filter_sources on:input:target=move |event| filter.set(event.target().value())/>
                    </label>
                </Show>
                <Show when=move || { open.sources.with(Vec::len) >= MANY }><Sorting order/></Show>
                <SelectAll shown/>
            </div>
            <SourceList sources=shown/>
        </Show>
        <Show when=move || open.opened.with(Option::is_some)><Viewer/></Show>
        <AddDialog is_open=is_adding/>
    }
}

/// In which order the sources stand.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Added,
    Title,
    Kind,
}

impl Order {
    fn sort(self, sources: &mut [Source]) {
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
fn Sorting(order: RwSignal<Order>) -> impl IntoView {
    let words = words();
    view! {
        <Menu icon="arrow-up-down" label=words.sort>
            <MenuItem icon="clock" label=words.sort_added on_click=move || order.set(Order::Added)/>
            <MenuItem icon="file-text" label=words.sort_title on_click=move || order.set(Order::Title)/>
            <MenuItem icon="library" label=words.sort_kind on_click=move || order.set(Order::Kind)/>
        </Menu>
    }
}

#[component]
fn SelectAll(shown: Memo<Vec<Source>>) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let ids = move || shown.with(|sources| sources.iter().map(|source| source.id).collect::<Vec<SourceId>>());
    let all = move || open.chosen.with(|chosen| ids().iter().all(|id| chosen.contains(id)));
    let some = move || open.chosen.with(|chosen| ids().iter().any(|id| chosen.contains(id)));
    view! {
        <label class="select-all">
            <span class="meta">{words.select_all}</span>
            <input
                type="checkbox" prop:checked=all prop:indeterminate=move || some() && !all()
                on:change:target=move |event| open.choose(&ids(), event.target().checked())
            />
        </label>
    }
}

#[component]
fn NoSources(open: Open, is_adding: RwSignal<bool>) -> impl IntoView {
    let words = words();
    view! {
        <Show when=move || open.state.get() != State::Loading && open.sending.with(Option::is_none) fallback=|| view! { <Waiting/> }>
            <div class="empty">
                <Icon name="file-text"/>
                <h3>{words.no_sources_title}</h3>
                <p>{words.no_sources_text}</p>
                <button class="btn primary" type="button" on:click=move |_| is_adding.set(true)><Icon name="plus"/>{words.add_sources}</button>
                <p class="meta">{words.drop_hint}</p>
            </div>
        </Show>
    }
}

/// Sources whose title has all words that are typed.
fn filtered(sources: &[Source], filter: &str) -> Vec<Source> {
    let filter = filter.to_lowercase();
    let fits = |source: &&Source| {
        let title = source.title.to_lowercase();
        filter.split_whitespace().all(|word| title.contains(word))
    };
    sources.iter().filter(fits).cloned().collect()
}
