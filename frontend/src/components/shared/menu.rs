//! A menu behind a button: a native popover, placed beside its button.

use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::Icon;
use crate::browser;

/// Width that is kept free for a menu, in pixels.
const MENU_WIDTH_PX: f64 = 220.0;

/// Button with a menu.
#[component]
pub fn Menu(
    #[prop(default = "ellipsis")] icon: &'static str,
    /// Shown on the button instead of the icon.
    #[prop(optional)]
    text: Option<Signal<String>>,
    #[prop(into)] label: String,
    #[prop(default = "")] class: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let popover_ref = NodeRef::<html::Div>::new();
    let position = RwSignal::new((0.0, 0.0));
    let id = format!("menu-{}", browser::next_unique_id());
    let target = id.clone();
    let on_click = move |event: MouseEvent| {
        event.stop_propagation();
        let button = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let Some(rect) = button.map(|button| button.get_bounding_client_rect()) else { return };
        let width =
            browser::window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(MENU_WIDTH_PX);
        position.set((rect.left().min(width - MENU_WIDTH_PX - 8.0).max(8.0), rect.bottom() + 4.0));
    };
    let close = move |_| {
        if let Some(popover) = popover_ref.get_untracked() {
            browser::call_method(&popover, "hidePopover");
        }
    };
    view! {
        <button
            class="icon"
            type="button"
            aria-label=label.clone()
            title=label
            aria-haspopup="menu"
            popovertarget=target
            on:click=on_click
        >
            {match text {
                Some(text) => view! { <span aria-hidden="true">{text}</span> }.into_any(),
                None => view! { <Icon name=icon /> }.into_any(),
            }}
        </button>
        <div
            class=format!("menu {class}")
            role="menu"
            id=id
            popover="auto"
            node_ref=popover_ref
            on:click=close
            style:left=move || format!("{}px", position.get().0)
            style:top=move || format!("{}px", position.get().1)
        >
            {children()}
        </div>
    }
}

/// Item of a menu.
#[component]
pub fn MenuItem(
    icon: &'static str,
    #[prop(into)] label: Signal<String>,
    on_click: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button class="menu-item" role="menuitem" type="button" on:click=move |_| on_click()>
            <Icon name=icon />
            {label}
        </button>
    }
}
