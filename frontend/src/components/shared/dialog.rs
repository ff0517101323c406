//! A native dialog: it keeps the focus inside and closes by Escape.

use leptos::html;
use leptos::prelude::*;

use wasm_bindgen::JsCast;

use super::IconButton;
use crate::contexts::localisation::use_strings;

/// Modal dialog with a title.
#[component]
pub fn Dialog(
    is_open: RwSignal<bool>,
    #[prop(into)] title: String,
    #[prop(optional)] class: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let dialog_ref = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog_ref.get() else { return };
        if !is_open.get() {
            dialog.close();
        } else if !dialog.open() {
            // Fails only for a dialog outside of the page.
            let _ = dialog.show_modal();
        }
    });
    // A click on the backdrop has the dialog itself as its target.
    let on_click = move |event: leptos::ev::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let is_backdrop = target.is_some_and(|target| target.tag_name() == "DIALOG");
        if is_backdrop {
            is_open.set(false);
        }
    };
    let label = title.clone();
    view! {
        <dialog
            class=format!("dialog {class}")
            node_ref=dialog_ref
            aria-label=label
            on:close=move |_| is_open.set(false)
            on:click=on_click
        >
            <Show when=move || is_open.get()>
                <div class="dialog-body">
                    <header>
                        <h2>{title.clone()}</h2>
                        <span class="grow"></span>
                        <IconButton name="x" label=use_strings().close on_click=move || is_open.set(false) />
                    </header>
                    {children()}
                </div>
            </Show>
        </dialog>
    }
}
