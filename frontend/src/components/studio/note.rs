//! A note: read with live citations, written as Markdown.

use std::sync::Arc;

use hearth_domain::{Note, NoteId};
use hearth_wire::operations::ChangeNote;
use hearth_wire::{NewSources, NoteChange, SaveRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call;
use crate::browser;
use crate::components::chat::HoverCard;
use crate::components::shared::{IconButton, Look, nodes};
use crate::contexts::notebook::open_notebook;
use crate::contexts::notices::notices;
use crate::contexts::shell;
use crate::contexts::words::words;
use crate::text::answer::note_blocks;
use crate::text::export::to_markdown;

/// How long nothing is typed until what was typed is saved.
const PAUSE_MS: i32 = 1000;

#[component]
pub fn NoteView(
    first: Note,
    note: Memo<Option<Note>>,
    opened: RwSignal<Option<NoteId>>,
    is_new: RwSignal<bool>,
) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let notices = notices();
    let id = first.id;
    let title = RwSignal::new(first.title);
    let body = RwSignal::new(first.body);
    let is_editing = RwSignal::new(is_new.get_untracked());
    let save = move || {
        let (Some(title), Some(body)) = (title.try_get_untracked(), body.try_get_untracked()) else { return };
        let change = NoteChange { title: Some(title), body: Some(body) };
        if note.with_untracked(|note| note.as_ref().is_some_and(|note| says(note, &change))) {
            return;
        }
        spawn_local(async move {
            match call::<ChangeNote>(&[&id.to_string()], &(), &change).await {
                Ok(note) => open.put_note(note),
                Err(error) => notices.fail(&error),
            }
        });
    };
    let typed = StoredValue::new(0_u32);
    let save_soon = move || {
        typed.update_value(|typed| *typed += 1);
        let now = typed.get_value();
        browser::after(PAUSE_MS, move || {
            if typed.try_get_value() == Some(now) {
                save();
            }
        });
    };
    let save_file = shell::saver();
    let close = move || {
        save();
        opened.set(None);
    };
    let switch = move || {
        save();
        is_editing.update(|is_editing| *is_editing = !*is_editing);
    };
    let export = move || {
        save();
        let whole = note.with_untracked(Clone::clone).map(|note| Note {
            title: title.get_untracked(),
            body: body.get_untracked(),
            ..note
        });
        if let Some(note) = whole {
            save_file(SaveRequest::Text { text: to_markdown(&note), name: format!("{}.md", note.title) });
        }
    };
    let to_source = move || {
        save();
        open.add(NewSources::Text { title: title.get_untracked(), text: body.get_untracked() });
        notices.tell(words.made_source);
    };
    let switch_icon = move || if is_editing.get() { ("eye", words.preview) } else { ("pencil", words.edit) };
    view! {
        <div class="note">
            <div class="note-head">
                <IconButton name="arrow-left" label=words.back on_click=close/>
                <input class="field quiet" type="text" aria-label=words.note_title prop:value=move || title.get()
                    on:input:target=move |event| { title.set(event.target().value()); save_soon(); } on:blur=move |_| save()/>
                {move || { let (name, label) = switch_icon(); view! { <IconButton name label on_click=switch/> } }}
                <IconButton name="download" label=words.export_note on_click=export/>
                <IconButton name="file-text" label=words.make_source on_click=to_source/>
            </div>
            <Show when=move || is_editing.get() fallback=move || view! { <Preview note body/> }>
                <textarea class="note-body" aria-label=words.note_body prop:value=move || body.get()
                    on:input:target=move |event| { body.set(event.target().value()); save_soon(); } on:blur=move |_| save()></textarea>
            </Show>
        </div>
    }
}

/// Whether a note says already what it is to be changed to.
fn says(note: &Note, change: &NoteChange) -> bool {
    change.title.as_ref() == Some(&note.title) && change.body.as_ref() == Some(&note.body)
}

#[component]
fn Preview(note: Memo<Option<Note>>, body: RwSignal<String>) -> impl IntoView {
    let open = open_notebook();
    let hovered = RwSignal::new(None);
    let shown = move || {
        let citations =
            note.with(|note| note.as_ref().map(|note| note.citations.clone()).unwrap_or_default());
        let tree = note_blocks(&body.read(), &citations);
        let look = Look {
            citations: Arc::from(citations),
            on_cite: Callback::new(move |citation| open.show(&citation)),
            hovered,
            mark: ("", ""),
            marks: 0,
        };
        nodes(&tree, &look)
    };
    view! {
        <div class="scroll answer" tabindex="0">{shown}</div>
        <HoverCard hovered/>
    }
}
