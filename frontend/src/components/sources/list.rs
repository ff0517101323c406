//! The rows of the sources that are in sight.

use hearth_domain::{Source, SourceId};
use leptos::html;
use leptos::prelude::*;

use super::SourceRow;
use crate::text::window::in_sight;

/// Height of a row in pixels; `sources.css` says the same.
const ROW: f64 = 44.0;
/// Until the list was measured.
const HEIGHT: f64 = 900.0;

#[component]
pub fn SourceList(#[prop(into)] sources: Signal<Vec<Source>>) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let scrolled = RwSignal::new((0.0, HEIGHT));
    let measure = move || {
        if let Some(list) = node.get_untracked() {
            scrolled.set((f64::from(list.scroll_top()), f64::from(list.client_height())));
        }
    };
    let range = Memo::new(move |_| {
        let (top, height) = scrolled.get();
        in_sight(sources.with(Vec::len), ROW, top, height)
    });
    let ids = Memo::new(move |_| {
        sources.with(|sources| sources[range.get()].iter().map(|source| source.id).collect::<Vec<SourceId>>())
    });
    let above = move || format!("{}px", range.get().start as f64 * ROW);
    let below = move || format!("{}px", (sources.with(Vec::len) - range.get().end) as f64 * ROW);
    let row = move |id: SourceId| {
        // What was removed stays shown until the list is made anew.
        let source = Memo::new(move |before: Option<&Option<Source>>| {
            sources
                .with(|sources| sources.iter().find(|source| source.id == id).cloned())
                .or(before.cloned().flatten())
        });
        view! { <SourceRow id source/> }
    };
    view! {
        <div class="scroll source-list" role="list" node_ref=node on:scroll=move |_| measure()>
            <div style:height=above></div>
            <For each=move || ids.get() key=|id| *id children=row/>
            <div style:height=below></div>
        </div>
    }
}
