//! Card of a citation, shown while its marker is pointed at: title, place, quote.

use leptos::prelude::*;

use crate::browser;
use crate::components::shared::HoveredCitation;
use crate::components::sources::Kind;
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook::use_notebook;
use crate::text::place;

const CARD_WIDTH_PX: f64 = 340.0;
/// Space that the card needs below the marker, in pixels; with less, it stands above.
const MIN_SPACE_BELOW_PX: f64 = 220.0;

/// Card of the citation that is pointed at.
#[component]
pub fn HoverCard(hovered: RwSignal<Option<HoveredCitation>>) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let render_card = move |marker: HoveredCitation| {
        let window = browser::window();
        let to_pixels = |value: Result<wasm_bindgen::JsValue, _>| {
            value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0)
        };
        let (width, height) = (to_pixels(window.inner_width()), to_pixels(window.inner_height()));
        let left = (marker.left - 24.0).min(width - CARD_WIDTH_PX - 12.0).max(12.0);
        let is_above = marker.bottom + MIN_SPACE_BELOW_PX > height;
        let top = if is_above { "auto".to_owned() } else { format!("{}px", marker.bottom + 8.0) };
        let bottom = if is_above { format!("{}px", height - marker.top + 8.0) } else { "auto".to_owned() };
        let id = marker.citation.source_id;
        let kind =
            notebook.sources.with(|all| all.iter().find(|source| source.id == id).map(|source| source.kind));
        view! {
            <div class="card" role="tooltip" style:left=format!("{left}px") style:top=top style:bottom=bottom>
                <b>
                    {kind.map(|kind| view! { <Kind kind /> })}
                    <span class="name">{marker.citation.source_title.clone()}</span>
                    {place::format_places(strings, &marker.citation.places)
                        .map(|place| view! { <span class="where">{place}</span> })}
                </b>
                <q>{marker.citation.quote.trim().to_owned()}</q>
            </div>
        }
    };
    move || hovered.get().map(render_card)
}
