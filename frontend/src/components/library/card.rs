//! One notebook of the library.

use hearth_domain::Notebook;
use hearth_wire::NotebookChange;
use hearth_wire::operations::{ChangeNotebook, DeleteNotebook, RestoreFromTrash};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use crate::api::call;
use crate::components::shared::{Menu, MenuItem, RenameField};
use crate::contexts::notices::notices;
use crate::contexts::words::words;
use crate::strings::{count, fill};

#[component]
pub fn NotebookCard(
    notebook: Notebook,
    on_change: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let words = words();
    let is_renaming = RwSignal::new(false);
    let Notebook { id, title, emoji, source_count, note_count, updated_at, .. } = notebook;
    let title = StoredValue::new(title);
    let counts = match note_count {
        0 => count(words.sources_count, source_count as usize),
        n => format!(
            "{} · {}",
            count(words.sources_count, source_count as usize),
            count(words.notes_count, n as usize)
        ),
    };
    let rename = renamer(id.to_string(), on_change);
    let delete = deleter(id.to_string(), title.get_value(), on_change);
    view! {
        <li class="card-of-notebook">
            <div class="card-emoji" aria-hidden="true">{emoji}</div>
            <Show
                when=move || is_renaming.get()
                fallback=move || view! {
                    <A href=format!("/notebook/{id}") attr:class="card-title">{title.get_value()}</A>
                }
            >
                <RenameField title=title.get_value() is_renaming on_rename=rename.clone()/>
            </Show>
            <div class="meta">{counts}</div>
            <div class="meta"><time datetime=updated_at.to_string()>{updated_at.strftime("%Y-%m-%d").to_string()}</time></div>
            <div class="card-menu">
                <Menu label=words.more>
                    <MenuItem icon="pencil" label=words.rename on_click=move || is_renaming.set(true)/>
                    <MenuItem icon="trash-2" label=words.delete on_click=delete.clone()/>
                </Menu>
            </div>
        </li>
    }
}

/// Deletes a notebook, and offers to take that back.
fn deleter(
    id: String,
    title: String,
    on_change: impl Fn() + Copy + Send + Sync + 'static,
) -> impl Fn() + Clone + Send + Sync {
    let words = words();
    let notices = notices();
    move || {
        let (id, title) = (id.clone(), title.clone());
        spawn_local(async move {
            if let Err(error) = call::<DeleteNotebook>(&[&id], &(), &()).await {
                return notices.fail(&error);
            }
            on_change();
            let text = fill(words.deleted, &[("name", &title)]);
            notices.tell_with_undo(text, move || {
                let id = id.clone();
                spawn_local(async move {
                    match call::<RestoreFromTrash>(&[&id], &(), &()).await {
                        Ok(()) => on_change(),
                        Err(error) => notices.fail(&error),
                    }
                });
            });
        });
    }
}

/// Gives a notebook another title.
fn renamer(
    id: String,
    on_change: impl Fn() + Copy + Send + Sync + 'static,
) -> impl Fn(String) + Clone + Send + Sync {
    let notices = notices();
    move |title| {
        let id = id.clone();
        spawn_local(async move {
            let change = NotebookChange { title: Some(title), ..NotebookChange::default() };
            match call::<ChangeNotebook>(&[&id], &(), &change).await {
                Ok(_) => on_change(),
                Err(error) => notices.fail(&error),
            }
        });
    }
}
