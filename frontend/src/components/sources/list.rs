//! The list of sources; only visible rows are rendered.

use hearth_domain::{Source, SourceId};
use leptos::html;
use leptos::prelude::*;

use super::SourceRow;
use crate::text::visible_rows::visible_rows;

/// Height of a row in pixels; `sources.css` has the same value.
const ROW_HEIGHT_PX: f64 = 44.0;
/// Height of the list until it is measured, in pixels.
const INITIAL_HEIGHT_PX: f64 = 900.0;

/// Virtual list of sources.
#[component]
pub fn SourceList(#[prop(into)] sources: Signal<Vec<Source>>) -> impl IntoView {
    let list_ref = NodeRef::<html::Div>::new();
    let viewport = RwSignal::new((0.0, INITIAL_HEIGHT_PX));
    let measure = move || {
        if let Some(list) = list_ref.get_untracked() {
            viewport.set((f64::from(list.scroll_top()), f64::from(list.client_height())));
        }
    };
    let range = Memo::new(move |_| {
        let (top, height) = viewport.get();
        visible_rows(sources.with(Vec::len), ROW_HEIGHT_PX, top, height)
    });
    let ids = Memo::new(move |_| {
        sources.with(|sources| sources[range.get()].iter().map(|source| source.id).collect::<Vec<SourceId>>())
    });
    let space_above = move || format!("{}px", range.get().start as f64 * ROW_HEIGHT_PX);
    let space_below =
        move || format!("{}px", (sources.with(Vec::len) - range.get().end) as f64 * ROW_HEIGHT_PX);
    let row = move |id: SourceId| {
        // A removed source stays shown until the list is rendered again.
        let source = Memo::new(move |before: Option<&Option<Source>>| {
            sources
                .with(|sources| sources.iter().find(|source| source.id == id).cloned())
                .or(before.cloned().flatten())
        });
        view! { <SourceRow id source /> }
    };
    view! {
        <div class="scroll source-list" role="list" node_ref=list_ref on:scroll=move |_| measure()>
            <div style:height=space_above></div>
            <For each=move || ids.get() key=|id| *id children=row />
            <div style:height=space_below></div>
        </div>
    }
}
