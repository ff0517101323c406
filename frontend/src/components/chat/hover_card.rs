//! What a number stands for, while it is pointed at: title, place, the very words.

use leptos::prelude::*;

use crate::browser;
use crate::components::shared::Hovered;
use crate::components::sources::Kind;
use crate::contexts::notebook::open_notebook;
use crate::contexts::words::words;
use crate::text::place;

const WIDTH: f64 = 340.0;
/// Room that the card wants below the number, in pixels; else it stands above.
const ROOM: f64 = 220.0;

#[component]
pub fn HoverCard(hovered: RwSignal<Option<Hovered>>) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let card = move |on: Hovered| {
        let window = browser::window();
        let side = |value: Result<wasm_bindgen::JsValue, _>| {
            value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0)
        };
        let (width, height) = (side(window.inner_width()), side(window.inner_height()));
        let left = (on.left - 24.0).min(width - WIDTH - 12.0).max(12.0);
        let is_above = on.bottom + ROOM > height;
        let top = if is_above { "auto".to_owned() } else { format!("{}px", on.bottom + 8.0) };
        let bottom = if is_above { format!("{}px", height - on.top + 8.0) } else { "auto".to_owned() };
        let id = on.citation.source_id;
        let kind =
            open.sources.with(|all| all.iter().find(|source| source.id == id).map(|source| source.kind));
        view! {
            <div class="card" role="tooltip" style:left=format!("{left}px") style:top=top style:bottom=bottom>
                <b>
                    {kind.map(|kind| view! { <Kind kind/> })}
                    <span class="name">{on.citation.source_title.clone()}</span>
                    {place::short(words, &on.citation.places).map(|place| view! { <span class="where">{place}</span> })}
                </b>
                <q>{on.citation.quote.trim().to_owned()}</q>
            </div>
        }
    };
    move || hovered.get().map(card)
}
