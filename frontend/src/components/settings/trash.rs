//! What was deleted in the last thirty days.

use hearth_wire::operations::{EmptyTrash, ListTrash, RestoreFromTrash};
use hearth_wire::{TrashedKind, TrashedThing};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call;
use crate::components::shared::{Icon, IconButton};
use crate::contexts::notices::notices;
use crate::contexts::words::words;

#[component]
pub fn TrashSection() -> impl IntoView {
    let words = words();
    let notices = notices();
    let things = RwSignal::new(Vec::<TrashedThing>::new());
    // Emptying cannot be taken back: it is asked for twice.
    let is_sure = RwSignal::new(false);
    let load = move || {
        spawn_local(async move {
            if let Ok(list) = call::<ListTrash>(&[], &(), &()).await {
                things.try_set(list.things);
            }
        });
    };
    load();
    let empty = move |_| {
        if !is_sure.get_untracked() {
            return is_sure.set(true);
        }
        spawn_local(async move {
            if let Err(error) = call::<EmptyTrash>(&[], &(), &()).await {
                notices.fail(&error);
            }
            is_sure.try_set(false);
            load();
        });
    };
    let row = move |thing: TrashedThing| {
        let icon = match thing.kind {
            TrashedKind::Notebook => "notebook",
            TrashedKind::Source => "file-text",
            TrashedKind::Note => "sticky-note",
        };
        let restore = move || {
            let id = thing.id.clone();
            spawn_local(async move {
                if let Err(error) = call::<RestoreFromTrash>(&[&id], &(), &()).await {
                    notices.fail(&error);
                }
                load();
            });
        };
        view! {
            <li class="row">
                <span class="row-name"><Icon name=icon/><span class="name">{thing.title}</span><span class="meta">{thing.deleted_at.strftime("%Y-%m-%d").to_string()}</span></span>
                <IconButton name="undo-2" label=words.restore on_click=restore/>
            </li>
        }
    };
    view! {
        <section>
            <h2>{words.trash}</h2>
            <Show when=move || !things.with(Vec::is_empty) fallback=move || view! { <p class="meta">{words.trash_empty}</p> }>
                <ul class="plain-list"><For each=move || things.get() key=|thing| thing.id.clone() children=row/></ul>
                <button class="btn" type="button" on:click=empty>
                    {move || if is_sure.get() { words.trash_really } else { words.trash_clear }}
                </button>
            </Show>
        </section>
    }
}
