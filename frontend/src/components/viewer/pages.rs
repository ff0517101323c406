//! A PDF or a picture as the pages that it has, with the boxes of the passage lit.

use hearth_domain::{Area, Place, Source};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::browser;
use crate::components::shared::IconButton;
use crate::contexts::notebook::{Target, open_notebook};
use crate::contexts::words::words;
use crate::strings::fill;

/// Pixels of a page's image: enough for a pane on a fine screen.
const WIDTH: u32 = 1200;
/// How much a page grows at once, and at most.
const STEP: f64 = 1.25;
const FULL: f64 = 4.0;
/// Width by height of a page until one was seen: A4, whose sides stand as one to the root of two.
const RATIO: f64 = std::f64::consts::FRAC_1_SQRT_2;

#[component]
pub fn Pages(source: Memo<Option<Source>>, target: Memo<Option<Target>>) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let node = NodeRef::<html::Div>::new();
    // The pages of a document mostly have one size; the first that is seen tells it.
    let usual = RwSignal::new(None::<f64>);
    let pages = Memo::new(move |_| {
        source.with(|source| source.as_ref().and_then(|source| source.pages).unwrap_or(0))
    });
    let id = source
        .with_untracked(|source| source.as_ref().map(|source| source.id.to_string()).unwrap_or_default());
    let lit = Memo::new(move |_| {
        target.with(|target| target.as_ref().map(|target| boxes(&target.places)).unwrap_or_default())
    });
    Effect::new(move |_| {
        target.track();
        open.shown.track();
        usual.track();
        let Some(view) = node.get() else { return };
        browser::next_frame(move || {
            if let Ok(Some(lit)) = view.query_selector(".lit-box") {
                browser::to_the_middle(&lit);
            }
        });
    });
    let zoom = RwSignal::new(1.0_f64);
    let jump = move |text: String| {
        let Some(number) =
            text.trim().parse::<u32>().ok().filter(|number| (1..=pages.get_untracked()).contains(number))
        else {
            return;
        };
        let page = node
            .get_untracked()
            .and_then(|view| view.query_selector(&format!("[data-page='{number}']")).ok().flatten());
        if let Some(page) = page {
            page.scroll_into_view();
        }
    };
    let page = move |number: u32| {
        let address = format!("/api/sources/{id}/pages/{number}?width={WIDTH}");
        let label = fill(words.page, &[("n", &number.to_string())]);
        let own = RwSignal::new(None::<f64>);
        let on_load = move |event: leptos::ev::Event| {
            let image = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlImageElement>().ok());
            let Some(image) = image else { return };
            let seen = f64::from(image.natural_width()) / f64::from(image.natural_height().max(1));
            if seen > 0.0 {
                own.set(Some(seen));
                if usual.with_untracked(Option::is_none) {
                    usual.set(Some(seen));
                }
            }
        };
        let ratio = move || own.get().or(usual.get()).unwrap_or(RATIO).to_string();
        let lit_here = move || {
            lit.get()
                .into_iter()
                .filter(|(page, _)| *page == number)
                .map(|(_, area)| view! { <LitBox area/> })
                .collect_view()
        };
        view! {
            <div class="page" style:width=move || format!("{:.0}%", zoom.get() * 100.0) style:aspect-ratio=ratio data-page=number.to_string()>
                <img src=address alt=label loading="lazy" decoding="async" on:load=on_load/>
                {lit_here}
            </div>
        }
    };
    view! {
        <PageTools pages zoom on_jump=jump/>
        <div class="viewer-pages" node_ref=node tabindex="0">
            {move || (1..=pages.get()).map(page.clone()).collect_view()}
        </div>
    }
}

/// Going to a page, and drawing them larger.
#[component]
fn PageTools(
    pages: Memo<u32>,
    zoom: RwSignal<f64>,
    on_jump: impl Fn(String) + Copy + 'static,
) -> impl IntoView {
    let words = words();
    let is_one = move || pages.get() == 1;
    view! {
        <div class="page-tools">
            <label hidden=is_one>{words.go_to_page}<input class="field" type="number" min="1" max=move || pages.get().to_string() on:change:target=move |event| on_jump(event.target().value())/></label>
            <span class="meta" hidden=is_one>{move || fill(words.of_pages, &[("n", &pages.get().to_string())])}</span>
            <span class="grow"></span>
            <IconButton name="zoom-out" label=words.zoom_out on_click=move || zoom.update(|zoom| *zoom = (*zoom / STEP).max(1.0))/>
            <IconButton name="zoom-in" label=words.zoom_in on_click=move || zoom.update(|zoom| *zoom = (*zoom * STEP).min(FULL))/>
        </div>
    }
}

#[component]
fn LitBox(area: Area) -> impl IntoView {
    let percent = |share: f32| format!("{:.3}%", share * 100.0);
    view! {
        <i
            class="lit-box" style:left=percent(area.x) style:top=percent(area.y)
            style:width=percent(area.width) style:height=percent(area.height)
        ></i>
    }
}

/// Pages and the boxes on them.
fn boxes(places: &[Place]) -> Vec<(u32, Area)> {
    let of_page = |place: &Place| match place {
        Place::Page { page, boxes } => boxes.iter().map(|area| (*page, *area)).collect(),
        _ => Vec::new(),
    };
    places.iter().flat_map(of_page).collect()
}
