//! Card of one notebook in the library.

use hearth_domain::Notebook;
use hearth_wire::NotebookChange;
use hearth_wire::operations::{ChangeNotebook, DeleteNotebook, RestoreFromTrash};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use crate::api::call_operation;
use crate::components::shared::{Menu, MenuItem, RenameField};
use crate::contexts::localisation::use_strings;
use crate::contexts::notices::use_notices;

/// Card of a notebook.
#[component]
pub fn NotebookCard(
    notebook: Notebook,
    on_change: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let strings = use_strings();
    let is_renaming = RwSignal::new(false);
    let Notebook { id, title, emoji, source_count, note_count, updated_at, .. } = notebook;
    let title = StoredValue::new(title);
    let counts = match note_count {
        0 => strings.sources_count(source_count as usize),
        n => {
            format!("{} · {}", strings.sources_count(source_count as usize), strings.notes_count(n as usize))
        }
    };
    let rename = use_notebook_renamer(id.to_string(), on_change);
    let delete = use_notebook_deleter(id.to_string(), title.get_value(), on_change);
    view! {
        <li class="card-of-notebook">
            <div class="card-emoji" aria-hidden="true">
                {emoji}
            </div>
            <Show
                when=move || is_renaming.get()
                fallback=move || {
                    view! {
                        <A href=format!("/notebook/{id}") attr:class="card-title">
                            {title.get_value()}
                        </A>
                    }
                }
            >
                <RenameField title=title.get_value() is_renaming on_rename=rename.clone() />
            </Show>
            <div class="meta">{counts}</div>
            <div class="meta">
                <time datetime=updated_at.to_string()>{updated_at.strftime("%Y-%m-%d").to_string()}</time>
            </div>
            <div class="card-menu">
                <Menu label=strings.more>
                    <MenuItem icon="pencil" label=strings.rename on_click=move || is_renaming.set(true) />
                    <MenuItem icon="trash-2" label=strings.delete on_click=delete.clone() />
                </Menu>
            </div>
        </li>
    }
}

/// Returns a function that deletes a notebook and offers to undo that.
fn use_notebook_deleter(
    id: String,
    title: String,
    on_change: impl Fn() + Copy + Send + Sync + 'static,
) -> impl Fn() + Clone + Send + Sync {
    let strings = use_strings();
    let notices = use_notices();
    move || {
        let (id, title) = (id.clone(), title.clone());
        spawn_local(async move {
            if let Err(error) = call_operation::<DeleteNotebook>(&[&id], &(), &()).await {
                return notices.show_error(&error);
            }
            on_change();
            let text = strings.deleted(&title);
            notices.show_with_undo(text, move || {
                let id = id.clone();
                spawn_local(async move {
                    match call_operation::<RestoreFromTrash>(&[&id], &(), &()).await {
                        Ok(()) => on_change(),
                        Err(error) => notices.show_error(&error),
                    }
                });
            });
        });
    }
}

/// Returns a function that renames a notebook.
fn use_notebook_renamer(
    id: String,
    on_change: impl Fn() + Copy + Send + Sync + 'static,
) -> impl Fn(String) + Clone + Send + Sync {
    let notices = use_notices();
    move |title| {
        let id = id.clone();
        spawn_local(async move {
            let change = NotebookChange { title: Some(title), ..NotebookChange::default() };
            match call_operation::<ChangeNotebook>(&[&id], &(), &change).await {
                Ok(_) => on_change(),
                Err(error) => notices.show_error(&error),
            }
        });
    }
}
