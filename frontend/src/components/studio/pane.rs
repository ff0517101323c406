//! The notebook's notes.

use hearth_domain::{Note, NoteId};
use hearth_wire::NewNote;
use hearth_wire::operations::{CreateNote, DeleteNote, RestoreFromTrash};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::note::NoteView;
use crate::api::call;
use crate::components::shared::{Icon, Menu, MenuItem};
use crate::contexts::notebook::open_notebook;
use crate::contexts::notices::notices;
use crate::contexts::words::words;
use crate::strings::{count, fill};

#[component]
pub fn StudioPane() -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let notices = notices();
    let opened = open.opened_note;
    let is_new = RwSignal::new(false);
    let create = move |_| {
        spawn_local(async move {
            let new = NewNote { title: words.new_note.to_owned(), body: String::new(), from_turn: None };
            match call::<CreateNote>(&[&open.id.to_string()], &(), &new).await {
                Ok(note) => {
                    is_new.set(true);
                    let id = note.id;
                    open.put_note(note);
                    opened.set(Some(id));
                }
                Err(error) => notices.fail(&error),
            }
        });
    };
    let note = Memo::new(move |_| {
        let id = opened.get()?;
        open.notes.with(|notes| notes.iter().find(|note| note.id == id).cloned())
    });
    let here = Memo::new(move |_| note.with(|note| note.as_ref().map(|note| note.id)));
    view! {
        <header>
            <h2>{words.studio}</h2>
            <span class="grow"></span>
            <button class="btn" type="button" on:click=create><Icon name="plus"/>{words.new_note}</button>
        </header>
        {move || match here.get().and_then(|_| note.get_untracked()) {
            Some(first) => view! { <NoteView first note opened is_new/> }.into_any(),
            None => view! { <NoteList opened is_new/> }.into_any(),
        }}
    }
}

#[component]
fn NoteList(opened: RwSignal<Option<NoteId>>, is_new: RwSignal<bool>) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    view! {
        <div class="scroll">
            <h3 class="section">{words.notes}</h3>
            <Show when=move || !open.notes.with(Vec::is_empty) fallback=move || view! { <p class="empty">{words.no_notes}</p> }>
                <ul class="plain-list">
                    <For each=move || open.notes.get() key=|note| (note.id, note.updated_at) children=move |note| view! { <NoteRow note opened is_new/> }/>
                </ul>
            </Show>
        </div>
    }
}

#[component]
fn NoteRow(note: Note, opened: RwSignal<Option<NoteId>>, is_new: RwSignal<bool>) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let notices = notices();
    let id = note.id;
    let about = match note.citations.len() {
        0 => note.updated_at.strftime("%Y-%m-%d").to_string(),
        n => count(words.citations_count, n),
    };
    let title = note.title.clone();
    let delete = move || {
        let title = title.clone();
        spawn_local(async move {
            if let Err(error) = call::<DeleteNote>(&[&id.to_string()], &(), &()).await {
                return notices.fail(&error);
            }
            open.notes.update(|notes| notes.retain(|note| note.id != id));
            notices.tell_with_undo(fill(words.deleted, &[("name", &title)]), move || {
                spawn_local(async move {
                    match call::<RestoreFromTrash>(&[&id.to_string()], &(), &()).await {
                        Ok(()) => open.load(),
                        Err(error) => notices.fail(&error),
                    }
                });
            });
        });
    };
    let show = move |_| {
        is_new.set(false);
        opened.set(Some(id));
    };
    view! {
        <li class="row">
            <button class="row-name" type="button" on:click=show>
                <Icon name="sticky-note"/>
                <span class="name">{note.title}</span>
                <span class="meta">{about}</span>
            </button>
            <Menu label=words.more><MenuItem icon="trash-2" label=words.delete on_click=delete.clone()/></Menu>
        </li>
    }
}
