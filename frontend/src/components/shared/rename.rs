//! A title being edited: Enter and blur commit, Escape does not.

use leptos::html;
use leptos::prelude::*;

use crate::browser;
use crate::contexts::localisation::use_strings;

/// Field for a new title.
#[component]
pub fn RenameField(
    title: String,
    is_renaming: RwSignal<bool>,
    on_rename: impl Fn(String) + Clone + 'static,
) -> impl IntoView {
    let strings = use_strings();
    let field_ref = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        let Some(field) = field_ref.get() else { return };
        // The value is set after the element is mounted.
        browser::run_on_next_frame(move || {
            // Fails only for an element outside of the page.
            let _ = field.focus();
            field.select();
        });
    });
    let old_title = title.clone();
    let commit = move |new_title: String| {
        if !is_renaming.get_untracked() {
            return;
        }
        is_renaming.set(false);
        let new_title = new_title.trim().to_owned();
        if !new_title.is_empty() && new_title != old_title {
            on_rename(new_title);
        }
    };
    let commit_on_blur = commit.clone();
    view! {
        <input
            class="field"
            type="text"
            aria-label=strings.name
            prop:value=title
            node_ref=field_ref
            on:keydown:target=move |event| {
                event.stop_propagation();
                match event.key().as_str() {
                    "Enter" => commit(event.target().value()),
                    "Escape" => is_renaming.set(false),
                    _ => {}
                }
            }
            on:blur:target=move |event| commit_on_blur(event.target().value())
        />
    }
}
