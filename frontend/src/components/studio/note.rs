//! A note: shown with live citations, edited as Markdown.

use std::sync::Arc;

use hearth_domain::{Note, NoteId};
use hearth_wire::operations::ChangeNote;
use hearth_wire::{NewSources, NoteChange, SaveFileRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call_operation;
use crate::browser;
use crate::components::chat::HoverCard;
use crate::components::shared::{IconButton, RenderOptions, render_nodes};
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook::use_notebook;
use crate::contexts::notices::use_notices;
use crate::contexts::shell;
use crate::text::answer::note_nodes;
use crate::text::export::to_markdown;

/// Pause of typing before the note is saved, in milliseconds.
const SAVE_DELAY_MS: i32 = 1000;

/// View and editor of a note.
#[component]
pub fn NoteView(
    initial: Note,
    note: Memo<Option<Note>>,
    opened: RwSignal<Option<NoteId>>,
    is_new: RwSignal<bool>,
) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let notices = use_notices();
    let id = initial.id;
    let title = RwSignal::new(initial.title);
    let body = RwSignal::new(initial.body);
    let is_editing = RwSignal::new(is_new.get_untracked());
    let save = move || {
        let (Some(title), Some(body)) = (title.try_get_untracked(), body.try_get_untracked()) else { return };
        let change = NoteChange { title: Some(title), body: Some(body) };
        if note.with_untracked(|note| note.as_ref().is_some_and(|note| is_up_to_date(note, &change))) {
            return;
        }
        spawn_local(async move {
            match call_operation::<ChangeNote>(&[&id.to_string()], &(), &change).await {
                Ok(note) => notebook.upsert_note(note),
                Err(error) => notices.show_error(&error),
            }
        });
    };
    let edit_count = StoredValue::new(0_u32);
    let save_soon = move || {
        edit_count.update_value(|edit_count| *edit_count += 1);
        let current = edit_count.get_value();
        browser::run_after(SAVE_DELAY_MS, move || {
            if edit_count.try_get_value() == Some(current) {
                save();
            }
        });
    };
    let close = move || {
        save();
        opened.set(None);
    };
    view! {
        <div class="note">
            <div class="note-head">
                <IconButton name="arrow-left" label=strings.back on_click=close />
                <input
                    class="field quiet"
                    type="text"
                    aria-label=strings.note_title
                    prop:value=move || title.get()
                    on:input:target=move |event| {
                        title.set(event.target().value());
                        save_soon();
                    }
                    on:blur=move |_| save()
                />
                <NoteTools note title body is_editing on_save=save />
            </div>
            <Show when=move || is_editing.get() fallback=move || view! { <Preview note body /> }>
                <textarea
                    class="note-body"
                    aria-label=strings.note_body
                    prop:value=move || body.get()
                    on:input:target=move |event| {
                        body.set(event.target().value());
                        save_soon();
                    }
                    on:blur=move |_| save()
                ></textarea>
            </Show>
        </div>
    }
}

/// Buttons of a note: edit or preview, export, use as a source. Each saves it first.
#[component]
fn NoteTools(
    note: Memo<Option<Note>>,
    title: RwSignal<String>,
    body: RwSignal<String>,
    is_editing: RwSignal<bool>,
    on_save: impl Fn() + Copy + Send + 'static,
) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let notices = use_notices();
    let save_file = shell::use_file_saver();
    let switch = move || {
        on_save();
        is_editing.update(|is_editing| *is_editing = !*is_editing);
    };
    let export = move || {
        on_save();
        let edited_note = note.with_untracked(Clone::clone).map(|note| Note {
            title: title.get_untracked(),
            body: body.get_untracked(),
            ..note
        });
        if let Some(note) = edited_note {
            save_file(SaveFileRequest::Text { text: to_markdown(&note), name: format!("{}.md", note.title) });
        }
    };
    let to_source = move || {
        on_save();
        notebook.add_sources(NewSources::Text { title: title.get_untracked(), text: body.get_untracked() });
        notices.show_info(strings.added_as_source);
    };
    let switch_icon =
        move || if is_editing.get() { ("eye", strings.preview) } else { ("pencil", strings.edit) };
    view! {
        {move || {
            let (name, label) = switch_icon();
            view! { <IconButton name label on_click=switch /> }
        }}
        <IconButton name="download" label=strings.export_note on_click=export />
        <IconButton name="file-text" label=strings.add_as_source on_click=to_source />
    }
}

/// True if the note already has the changed title and body.
fn is_up_to_date(note: &Note, change: &NoteChange) -> bool {
    change.title.as_ref() == Some(&note.title) && change.body.as_ref() == Some(&note.body)
}

#[component]
fn Preview(note: Memo<Option<Note>>, body: RwSignal<String>) -> impl IntoView {
    let notebook = use_notebook();
    let hovered = RwSignal::new(None);
    let render_preview = move || {
        let citations =
            note.with(|note| note.as_ref().map(|note| note.citations.clone()).unwrap_or_default());
        let tree = note_nodes(&body.read(), &citations);
        let options = RenderOptions {
            citations: Arc::from(citations),
            on_cite: Callback::new(move |citation| notebook.show_citation(&citation)),
            hovered,
            mark: ("", ""),
            marks: 0,
        };
        render_nodes(&tree, &options)
    };
    view! {
        <div class="scroll answer" tabindex="0">
            {render_preview}
        </div>
        <HoverCard hovered />
    }
}
