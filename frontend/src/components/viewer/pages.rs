//! A PDF or a picture as page images, with the passage's boxes highlighted.

use hearth_domain::{Area, Place, Source};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::browser;
use crate::components::shared::IconButton;
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook::{HighlightTarget, use_notebook};

/// Width of a page's image in pixels: enough for a pane on a fine screen.
const IMAGE_WIDTH_PX: u32 = 1200;
/// Zoom factor of one step, and the largest zoom.
const ZOOM_STEP: f64 = 1.25;
const MAX_ZOOM: f64 = 4.0;
/// Width by height of a page until one is loaded: A4, whose sides stand as one to the root of two.
const DEFAULT_PAGE_RATIO: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// Pages of a source, as images.
#[component]
pub fn Pages(source: Memo<Option<Source>>, target: Memo<Option<HighlightTarget>>) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let pages_ref = NodeRef::<html::Div>::new();
    // Most pages of a document have one size; the first that loads gives it.
    let default_ratio = RwSignal::new(None::<f64>);
    let pages = Memo::new(move |_| {
        source.with(|source| source.as_ref().and_then(|source| source.pages).unwrap_or(0))
    });
    let id = source
        .with_untracked(|source| source.as_ref().map(|source| source.id.to_string()).unwrap_or_default());
    let boxes = Memo::new(move |_| {
        target.with(|target| target.as_ref().map(|target| page_boxes(&target.places)).unwrap_or_default())
    });
    Effect::new(move |_| {
        target.track();
        notebook.target_requested.track();
        default_ratio.track();
        let Some(view) = pages_ref.get() else { return };
        browser::run_on_next_frame(move || {
            if let Ok(Some(highlight)) = view.query_selector(".lit-box") {
                browser::scroll_to_center(&highlight);
            }
        });
    });
    let zoom = RwSignal::new(1.0_f64);
    let jump = move |text: String| {
        let number = text.trim().parse().ok().filter(|number| (1..=pages.get_untracked()).contains(number));
        if let (Some(number), Some(view)) = (number, pages_ref.get_untracked()) {
            scroll_to_page(&view, number);
        }
    };
    let page = move |number: u32| {
        let address = format!("/api/sources/{id}/pages/{number}?width={IMAGE_WIDTH_PX}");
        let label = strings.page(&number);
        let own_ratio = RwSignal::new(None::<f64>);
        let on_load = move |event: leptos::ev::Event| {
            let image = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlImageElement>().ok());
            let Some(image) = image else { return };
            let image_ratio = f64::from(image.natural_width()) / f64::from(image.natural_height().max(1));
            if image_ratio > 0.0 {
                own_ratio.set(Some(image_ratio));
                if default_ratio.with_untracked(Option::is_none) {
                    default_ratio.set(Some(image_ratio));
                }
            }
        };
        let ratio = move || own_ratio.get().or(default_ratio.get()).unwrap_or(DEFAULT_PAGE_RATIO).to_string();
        let page_highlights = move || {
            boxes
                .get()
                .into_iter()
                .filter(|(page, _)| *page == number)
                .map(|(_, area)| view! { <HighlightBox area /> })
                .collect_view()
        };
        view! {
            <div
                class="page"
                style:width=move || format!("{:.0}%", zoom.get() * 100.0)
                style:aspect-ratio=ratio
                data-page=number.to_string()
            >
                <img src=address alt=label loading="lazy" decoding="async" on:load=on_load />
                {page_highlights}
            </div>
        }
    };
    view! {
        <PageTools pages zoom on_jump=jump />
        <div class="viewer-pages" node_ref=pages_ref tabindex="0">
            {move || (1..=pages.get()).map(page.clone()).collect_view()}
        </div>
    }
}

fn scroll_to_page(pages: &web_sys::Element, number: u32) {
    if let Ok(Some(page)) = pages.query_selector(&format!("[data-page='{number}']")) {
        page.scroll_into_view();
    }
}

/// Page number field and zoom buttons.
#[component]
fn PageTools(
    pages: Memo<u32>,
    zoom: RwSignal<f64>,
    on_jump: impl Fn(String) + Copy + 'static,
) -> impl IntoView {
    let strings = use_strings();
    let is_one = move || pages.get() == 1;
    view! {
        <div class="page-tools">
            <label hidden=is_one>
                {strings.go_to_page}
                <input
                    class="field"
                    type="number"
                    min="1"
                    max=move || pages.get().to_string()
                    on:change:target=move |event| on_jump(event.target().value())
                />
            </label>
            <span class="meta" hidden=is_one>
                {move || strings.of_pages(pages.get() as usize)}
            </span>
            <span class="grow"></span>
            <IconButton
                name="zoom-out"
                label=strings.zoom_out
                on_click=move || zoom.update(|zoom| *zoom = (*zoom / ZOOM_STEP).max(1.0))
            />
            <IconButton
                name="zoom-in"
                label=strings.zoom_in
                on_click=move || zoom.update(|zoom| *zoom = (*zoom * ZOOM_STEP).min(MAX_ZOOM))
            />
        </div>
    }
}

#[component]
fn HighlightBox(area: Area) -> impl IntoView {
    let percent = |share: f32| format!("{:.3}%", share * 100.0);
    view! {
        <i
            class="lit-box"
            style:left=percent(area.x)
            style:top=percent(area.y)
            style:width=percent(area.width)
            style:height=percent(area.height)
        ></i>
    }
}

/// Boxes of the places, each with its page.
fn page_boxes(places: &[Place]) -> Vec<(u32, Area)> {
    let boxes_of_place = |place: &Place| match place {
        Place::Page { page, boxes } => boxes.iter().map(|area| (*page, *area)).collect(),
        _ => Vec::new(),
    };
    places.iter().flat_map(boxes_of_place).collect()
}
