//! Three panes side by side; the side panes fold and resize, and the browser stores that.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::browser;
use crate::components::shared::{Icon, IconButton};
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook::use_notebook;

const MIN_PANE_WIDTH_PX: f64 = 240.0;
const MAX_PANE_WIDTH_PX: f64 = 760.0;
/// Window width up to which the side panes start folded, in pixels; `frame.css` has the same value.
const NARROW_WINDOW_PX: f64 = 1000.0;
/// Step of an arrow key when resizing a pane, in pixels.
const RESIZE_STEP_PX: f64 = 24.0;

/// State of a side pane: width, and folded or not.
#[derive(Clone, Copy)]
struct SidePane {
    is_left: bool,
    width: RwSignal<f64>,
    is_folded: RwSignal<bool>,
}

impl SidePane {
    /// Restores the stored state; in a narrow window the pane starts folded, and nothing is stored.
    fn new(is_left: bool, name: &'static str, width: f64, is_narrow: bool) -> Self {
        let stored = browser::get_stored_item(name).and_then(|stored| {
            let (width, folded) = stored.split_once(' ')?;
            Some((width.parse().ok()?, folded == "folded"))
        });
        let (width, is_folded) = stored.unwrap_or((width, false));
        let side =
            Self { is_left, width: RwSignal::new(width), is_folded: RwSignal::new(is_folded || is_narrow) };
        Effect::new(move |_| {
            let folded = if side.is_folded.get() { "folded" } else { "open" };
            let width = side.width.get();
            if !is_narrow {
                browser::set_stored_item(name, &format!("{width:.0} {folded}"));
            }
        });
        side
    }

    fn set_width(self, width: f64) {
        self.width.set(width.clamp(MIN_PANE_WIDTH_PX, MAX_PANE_WIDTH_PX));
    }

    fn column_width(self) -> String {
        if self.is_folded.get() { "48px".to_owned() } else { format!("{:.0}px", self.width.get()) }
    }
}

/// The three panes of a notebook.
#[component]
pub fn Panes(
    #[prop(into)] left: ViewFn,
    #[prop(into)] middle: ViewFn,
    #[prop(into)] right: ViewFn,
) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let window_width =
        browser::window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(1440.0);
    let is_narrow = window_width <= NARROW_WINDOW_PX;
    let sources = SidePane::new(true, "sources", (window_width * 0.24).clamp(280.0, 420.0), is_narrow);
    let studio = SidePane::new(false, "studio", (window_width * 0.22).clamp(260.0, 380.0), is_narrow);
    // On a phone one pane is shown at a time.
    let visible_pane = RwSignal::new("chat");
    Effect::new(move |_| {
        if notebook.opened.with(Option::is_some) {
            sources.is_folded.set(false);
            visible_pane.set("sources");
        }
    });
    Effect::new(move |before: Option<()>| {
        notebook.chat_requested.track();
        if before.is_some() {
            visible_pane.set("chat");
        }
    });
    let is_large =
        move || notebook.is_large.get() && notebook.opened.with(Option::is_some) && !sources.is_folded.get();
    let columns = move || {
        let left = if is_large() { "minmax(0, 1fr)".to_owned() } else { sources.column_width() };
        format!("{left} 8px minmax(0, 1fr) 8px {}", studio.column_width())
    };
    let tab = move |name: &'static str, icon: &'static str, label: &'static str| {
        view! {
            <button
                type="button"
                aria-pressed=move || (visible_pane.get() == name).to_string()
                on:click=move |_| visible_pane.set(name)
            >
                <Icon name=icon />
                {label}
            </button>
        }
    };
    view! {
        <main class="panes" style:grid-template-columns=columns data-shown=move || visible_pane.get()>
            <Pane side=sources class="sources" label=strings.sources content=left />
            <Edge side=sources label=strings.sources />
            <section class="pane chat" aria-label=strings.chat>
                {middle.run()}
            </section>
            <Edge side=studio label=strings.studio />
            <Pane side=studio class="studio" label=strings.studio content=right />
        </main>
        <nav class="tabs">
            {tab("sources", "file-text", strings.sources)} {tab("chat", "message-square", strings.chat)}
            {tab("studio", "notebook-pen", strings.studio)}
        </nav>
    }
}

#[component]
fn Pane(side: SidePane, class: &'static str, label: &'static str, content: ViewFn) -> impl IntoView {
    let strings = use_strings();
    let icon = if side.is_left { "panel-left" } else { "panel-right" };
    let switch_label =
        Signal::derive(
            move || {
                if side.is_folded.get() { strings.expand(&label) } else { strings.collapse(&label) }
            },
        );
    view! {
        <section class=format!("pane side {class}") class:folded=move || side.is_folded.get() aria-label=label>
            <div class="fold">
                <IconButton
                    name=icon
                    label=switch_label
                    on_click=move || side.is_folded.update(|is_folded| *is_folded = !*is_folded)
                />
            </div>
            <div class="pane-inside">{content.run()}</div>
        </section>
    }
}

/// Separator of two panes: dragged, or moved by the arrow keys.
#[component]
fn Edge(side: SidePane, label: &'static str) -> impl IntoView {
    let strings = use_strings();
    let drag_start = RwSignal::new(None::<(f64, f64)>);
    let sign = if side.is_left { 1.0 } else { -1.0 };
    let on_down = move |event: PointerEvent| {
        drag_start.set(Some((f64::from(event.client_x()), side.width.get_untracked())));
        if let Some(edge) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) {
            // Without capture, dragging ends where the pointer leaves the separator.
            let _ = edge.set_pointer_capture(event.pointer_id());
        }
    };
    let on_move = move |event: PointerEvent| {
        if let Some((from, width)) = drag_start.get_untracked() {
            side.set_width(width + sign * (f64::from(event.client_x()) - from));
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let delta = match event.key().as_str() {
            "ArrowLeft" => -RESIZE_STEP_PX,
            "ArrowRight" => RESIZE_STEP_PX,
            _ => return,
        };
        event.prevent_default();
        side.set_width(side.width.get_untracked() + sign * delta);
    };
    view! {
        <div
            class="edge"
            role="separator"
            aria-orientation="vertical"
            tabindex="0"
            aria-label=strings.resize(&label)
            aria-valuenow=move || format!("{:.0}", side.width.get())
            aria-valuemin=MIN_PANE_WIDTH_PX.to_string()
            aria-valuemax=MAX_PANE_WIDTH_PX.to_string()
            on:pointerdown=on_down
            on:pointermove=on_move
            on:pointerup=move |_| drag_start.set(None)
            on:pointercancel=move |_| drag_start.set(None)
            on:keydown=on_key
        ></div>
    }
}
