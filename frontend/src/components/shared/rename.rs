//! A title being written over: Enter and leaving keep it, Escape does not.

use leptos::html;
use leptos::prelude::*;

use crate::browser;
use crate::contexts::words::words;

#[component]
pub fn RenameField(
    title: String,
    is_renaming: RwSignal<bool>,
    on_rename: impl Fn(String) + Clone + 'static,
) -> impl IntoView {
    let words = words();
    let node = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        let Some(field) = node.get() else { return };
        // Its text is put in after it is.
        browser::next_frame(move || {
            // It fails for what is not in the page, which this is.
            let _ = field.focus();
            field.select();
        });
    });
    let before = title.clone();
    let commit = move |fresh: String| {
        if !is_renaming.get_untracked() {
            return;
        }
        is_renaming.set(false);
        let fresh = fresh.trim().to_owned();
        if !fresh.is_empty() && fresh != before {
            on_rename(fresh);
        }
    };
    let commit_too = commit.clone();
    view! {
        <input
            class="field" type="text" aria-label=words.name prop:value=title node_ref=node
            on:keydown:target=move |event| {
                event.stop_propagation();
                match event.key().as_str() {
                    "Enter" => commit(event.target().value()),
                    "Escape" => is_renaming.set(false),
                    _ => {}
                }
            }
            on:blur:target=move |event| commit_too(event.target().value())
        />
    }
}
