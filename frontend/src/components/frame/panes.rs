//! Three panes side by side: the sides can be folded away and made wider, and stay as they were left.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::browser;
use crate::components::shared::{Icon, IconButton};
use crate::contexts::notebook::open_notebook;
use crate::contexts::words::words;
use crate::strings::fill;

const NARROWEST: f64 = 240.0;
const WIDEST: f64 = 760.0;
/// Windows up to this many pixels have their sides folded away; `frame.css` says the same.
const NARROW_WINDOW: f64 = 1000.0;
/// Pixels that an arrow key moves an edge.
const STEP: f64 = 24.0;

/// One of the side panes: how wide it is, and whether it is folded away.
#[derive(Clone, Copy)]
struct Side {
    is_left: bool,
    width: RwSignal<f64>,
    is_folded: RwSignal<bool>,
}

impl Side {
    /// As it was left; in a narrow window always folded away at first, which is not remembered.
    fn new(is_left: bool, name: &'static str, width: f64, is_narrow: bool) -> Self {
        let kept = browser::kept(name).and_then(|kept| {
            let (width, folded) = kept.split_once(' ')?;
            Some((width.parse().ok()?, folded == "folded"))
        });
        let (width, is_folded) = kept.unwrap_or((width, false));
        let side =
            Self { is_left, width: RwSignal::new(width), is_folded: RwSignal::new(is_folded || is_narrow) };
        Effect::new(move |_| {
            let folded = if side.is_folded.get() { "folded" } else { "open" };
            let width = side.width.get();
            if !is_narrow {
                browser::keep(name, &format!("{width:.0} {folded}"));
            }
        });
        side
    }

    fn set(self, width: f64) {
        self.width.set(width.clamp(NARROWEST, WIDEST));
    }

    fn columns(self) -> String {
        if self.is_folded.get() { "48px".to_owned() } else { format!("{:.0}px", self.width.get()) }
    }
}

#[component]
pub fn Panes(
    #[prop(into)] left: ViewFn,
    #[prop(into)] middle: ViewFn,
    #[prop(into)] right: ViewFn,
) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let inner = browser::window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(1440.0);
    let is_narrow = inner <= NARROW_WINDOW;
    let sources = Side::new(true, "sources", (inner * 0.24).clamp(280.0, 420.0), is_narrow);
    let studio = Side::new(false, "studio", (inner * 0.22).clamp(260.0, 380.0), is_narrow);
    // On a phone one pane is shown at a time.
    let shown = RwSignal::new("chat");
    Effect::new(move |_| {
        if open.opened.with(Option::is_some) {
            sources.is_folded.set(false);
            shown.set("sources");
        }
    });
    Effect::new(move |before: Option<()>| {
        open.chat_wanted.track();
        if before.is_some() {
            shown.set("chat");
        }
    });
    let is_large =
        move || open.is_large.get() && open.opened.with(Option::is_some) && !sources.is_folded.get();
    let columns = move || {
        let left = if is_large() { "minmax(0, 1fr)".to_owned() } else { sources.columns() };
        format!("{left} 8px minmax(0, 1fr) 8px {}", studio.columns())
    };
    let tab = move |name: &'static str, icon: &'static str, label: &'static str| {
        view! {
            <button type="button" aria-pressed=move || (shown.get() == name).to_string() on:click=move |_| shown.set(name)>
                <Icon name=icon/>{label}
            </button>
        }
    };
    view! {
        <main class="panes" style:grid-template-columns=columns data-shown=move || shown.get()>
            <Pane side=sources class="sources" label=words.sources content=left/>
            <Edge side=sources label=words.sources/>
            <section class="pane chat" aria-label=words.chat>{middle.run()}</section>
            <Edge side=studio label=words.studio/>
            <Pane side=studio class="studio" label=words.studio content=right/>
        </main>
        <nav class="tabs">
            {tab("sources", "file-text", words.sources)}
            {tab("chat", "message-square", words.chat)}
            {tab("studio", "notebook-pen", words.studio)}
        </nav>
    }
}

#[component]
fn Pane(side: Side, class: &'static str, label: &'static str, content: ViewFn) -> impl IntoView {
    let words = words();
    let icon = if side.is_left { "panel-left" } else { "panel-right" };
    let switch_label = Signal::derive(move || {
        let text = if side.is_folded.get() { words.expand } else { words.collapse };
        fill(text, &[("pane", label)])
    });
    view! {
        <section class=format!("pane side {class}") class:folded=move || side.is_folded.get() aria-label=label>
            <div class="fold"><IconButton name=icon label=switch_label on_click=move || side.is_folded.update(|is| *is = !*is)/></div>
            <div class="pane-inside">{content.run()}</div>
        </section>
    }
}

/// The edge between two panes: dragged, or moved by the arrow keys.
#[component]
fn Edge(side: Side, label: &'static str) -> impl IntoView {
    let words = words();
    let held = RwSignal::new(None::<(f64, f64)>);
    let sign = if side.is_left { 1.0 } else { -1.0 };
    let on_down = move |event: PointerEvent| {
        held.set(Some((f64::from(event.client_x()), side.width.get_untracked())));
        if let Some(edge) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) {
            // Without it, dragging ends where the pointer leaves the edge.
            let _ = edge.set_pointer_capture(event.pointer_id());
        }
    };
    let on_move = move |event: PointerEvent| {
        if let Some((from, width)) = held.get_untracked() {
            side.set(width + sign * (f64::from(event.client_x()) - from));
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowLeft" => -STEP,
            "ArrowRight" => STEP,
            _ => return,
        };
        event.prevent_default();
        side.set(side.width.get_untracked() + sign * by);
    };
    view! {
        <div
            class="edge" role="separator" aria-orientation="vertical" tabindex="0"
            aria-label=fill(words.resize, &[("pane", label)]) aria-valuenow=move || format!("{:.0}", side.width.get())
            aria-valuemin=NARROWEST.to_string() aria-valuemax=WIDEST.to_string()
            on:pointerdown=on_down on:pointermove=on_move on:pointerup=move |_| held.set(None)
            on:pointercancel=move |_| held.set(None) on:keydown=on_key
        ></div>
    }
}
