//! The trash: deleted in the last thirty days.

use hearth_wire::operations::{EmptyTrash, ListTrash, RestoreFromTrash};
use hearth_wire::{TrashedItem, TrashedItemKind};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call_operation;
use crate::components::shared::{Icon, IconButton};
use crate::contexts::localisation::use_strings;
use crate::contexts::notices::use_notices;

/// Section of the trash.
#[component]
pub fn TrashSection() -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let items = RwSignal::new(Vec::<TrashedItem>::new());
    // Emptying cannot be undone: it takes a second click.
    let is_confirming = RwSignal::new(false);
    let load = move || {
        spawn_local(async move {
            if let Ok(list) = call_operation::<ListTrash>(&[], &(), &()).await {
                items.try_set(list.things);
            }
        });
    };
    load();
    let empty = move |_| {
        if !is_confirming.get_untracked() {
            return is_confirming.set(true);
        }
        spawn_local(async move {
            if let Err(error) = call_operation::<EmptyTrash>(&[], &(), &()).await {
                notices.show_error(&error);
            }
            is_confirming.try_set(false);
            load();
        });
    };
    let row = move |item: TrashedItem| {
        let icon = match item.kind {
            TrashedItemKind::Notebook => "notebook",
            TrashedItemKind::Source => "file-text",
            TrashedItemKind::Note => "sticky-note",
        };
        let restore = move || {
            let id = item.id.clone();
            spawn_local(async move {
                if let Err(error) = call_operation::<RestoreFromTrash>(&[&id], &(), &()).await {
                    notices.show_error(&error);
                }
                load();
            });
        };
        view! {
            <li class="row">
                <span class="row-name">
                    <Icon name=icon />
                    <span class="name">{item.title}</span>
                    <span class="meta">{item.deleted_at.strftime("%Y-%m-%d").to_string()}</span>
                </span>
                <IconButton name="undo-2" label=strings.restore on_click=restore />
            </li>
        }
    };
    view! {
        <section>
            <h2>{strings.trash}</h2>
            <Show
                when=move || !items.with(Vec::is_empty)
                fallback=move || view! { <p class="meta">{strings.trash_empty}</p> }
            >
                <ul class="plain-list">
                    <For each=move || items.get() key=|item| item.id.clone() children=row />
                </ul>
                <button class="btn" type="button" on:click=empty>
                    {move || if is_confirming.get() { strings.trash_confirm } else { strings.trash_clear }}
                </button>
            </Show>
        </section>
    }
}
