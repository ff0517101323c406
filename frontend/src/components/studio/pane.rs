//! The notebook's notes.

use hearth_domain::{Note, NoteId};
use hearth_wire::NewNote;
use hearth_wire::operations::{CreateNote, DeleteNote, RestoreFromTrash};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::note::NoteView;
use crate::api::call_operation;
use crate::components::shared::{Icon, Menu, MenuItem};
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook::use_notebook;
use crate::contexts::notices::use_notices;

/// Studio pane: the notes, or the open one.
#[component]
pub fn StudioPane() -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let notices = use_notices();
    let opened = notebook.opened_note;
    let is_new = RwSignal::new(false);
    let create = move |_| {
        spawn_local(async move {
            let new = NewNote { title: strings.new_note.to_owned(), body: String::new(), from_turn: None };
            match call_operation::<CreateNote>(&[&notebook.id.to_string()], &(), &new).await {
                Ok(note) => {
                    is_new.set(true);
                    let id = note.id;
                    notebook.upsert_note(note);
                    opened.set(Some(id));
                }
                Err(error) => notices.show_error(&error),
            }
        });
    };
    let note = Memo::new(move |_| {
        let id = opened.get()?;
        notebook.notes.with(|notes| notes.iter().find(|note| note.id == id).cloned())
    });
    let note_id = Memo::new(move |_| note.with(|note| note.as_ref().map(|note| note.id)));
    view! {
        <header>
            <h2>{strings.studio}</h2>
            <span class="grow"></span>
            <button class="btn" type="button" on:click=create>
                <Icon name="plus" />
                {strings.new_note}
            </button>
        </header>
        {move || match note_id.get().and_then(|_| note.get_untracked()) {
            Some(initial) => view! { <NoteView initial note opened is_new /> }.into_any(),
            None => view! { <NoteList opened is_new /> }.into_any(),
        }}
    }
}

#[component]
fn NoteList(opened: RwSignal<Option<NoteId>>, is_new: RwSignal<bool>) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    view! {
        <div class="scroll">
            <h3 class="section">{strings.notes}</h3>
            <Show
                when=move || !notebook.notes.with(Vec::is_empty)
                fallback=move || view! { <p class="empty">{strings.no_notes}</p> }
            >
                <ul class="plain-list">
                    <For
                        each=move || notebook.notes.get()
                        key=|note| (note.id, note.updated_at)
                        children=move |note| view! { <NoteRow note opened is_new /> }
                    />
                </ul>
            </Show>
        </div>
    }
}

#[component]
fn NoteRow(note: Note, opened: RwSignal<Option<NoteId>>, is_new: RwSignal<bool>) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let notices = use_notices();
    let id = note.id;
    let details = match note.citations.len() {
        0 => note.updated_at.strftime("%Y-%m-%d").to_string(),
        n => strings.citations_count(n),
    };
    let title = note.title.clone();
    let delete = move || {
        let title = title.clone();
        spawn_local(async move {
            if let Err(error) = call_operation::<DeleteNote>(&[&id.to_string()], &(), &()).await {
                return notices.show_error(&error);
            }
            notebook.notes.update(|notes| notes.retain(|note| note.id != id));
            notices.show_with_undo(strings.deleted(&title), move || {
                spawn_local(async move {
                    match call_operation::<RestoreFromTrash>(&[&id.to_string()], &(), &()).await {
                        Ok(()) => notebook.load(),
                        Err(error) => notices.show_error(&error),
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
                <Icon name="sticky-note" />
                <span class="name">{note.title}</span>
                <span class="meta">{details}</span>
            </button>
            <Menu label=strings.more>
                <MenuItem icon="trash-2" label=strings.delete on_click=delete.clone() />
            </Menu>
        </li>
    }
}
