//! One source: its kind, title, size or progress, problems, and whether questions use it.

use hearth_domain::{Source, SourceId, SourceKind, SourceStatus};
use hearth_wire::SourceChange;
use hearth_wire::operations::{ChangeSource, RemoveSource, RestoreFromTrash, RetryJob};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call;
use crate::components::shared::{Icon, Menu, MenuItem, RenameField};
use crate::contexts::live::{Live, live};
use crate::contexts::notebook::{Open, Opened, open_notebook};
use crate::contexts::notices::{Notices, notices};
use crate::contexts::words::words;
use crate::strings::{Strings, count, fill};
use crate::text::place::clock;

#[component]
pub fn SourceRow(id: SourceId, #[prop(into)] source: Signal<Option<Source>>) -> impl IntoView {
    let words = words();
    let notices = notices();
    let open = open_notebook();
    let title = Memo::new(move |_| {
        source.with(|source| source.as_ref().map(|s| s.title.clone()).unwrap_or_default())
    });
    let kind = Memo::new(move |_| source.with(|source| source.as_ref().map(|source| source.kind)));
    let meta =
        Memo::new(move |_| source.with(|source| source.as_ref().map(|s| meta(words, s)).unwrap_or_default()));
    let status = Memo::new(move |_| source.with(|source| source.as_ref().map(|source| source.status)));
    let is_renaming = RwSignal::new(false);
    let is_working = move || !matches!(status.get(), Some(SourceStatus::Ready | SourceStatus::Failed) | None);
    let progress = move || source.with(|source| source.as_ref().map_or(0.0, |source| source.progress));
    let trouble = move || {
        source.with(|source| source.as_ref().is_some_and(|s| s.error.is_some() || !s.problems.is_empty()))
    };
    let is_open =
        move || open.opened.with(|opened| opened.as_ref().is_some_and(|opened| opened.source == id));
    let use_label = move || fill(words.use_source, &[("title", &title.get())]);
    view! {
        <div class="source" class:open=is_open role="listitem" class:failed-source=move || status.get() == Some(SourceStatus::Failed)>
            {move || kind.get().map(|kind| view! { <Kind kind/> })}
            <Show when=move || !is_renaming.get() fallback=move || view! { <RenameField title=title.get_untracked() is_renaming on_rename=move |fresh| rename(open, notices, id, fresh)/> }>
            <button class="source-name" type="button" title=title on:click=move |_| open.opened.set(Some(Opened { source: id, target: None }))>
                <span class="name">{title}</span>
                <span class="meta">
                    <span class="said" title=meta>{meta}</span>
                    <Show when=trouble><Icon name="triangle-alert"/></Show>
                </span>
                <Show when=is_working>
                    <span class="bar" role="progressbar" aria-label=meta aria-valuenow=move || (progress() * 100.0).round().to_string() aria-valuemin="0" aria-valuemax="100">
                        <i style:width=move || format!("{}%", progress() * 100.0)></i>
                    </span>
                </Show>
            </button>
            </Show>
            <RowMenu id title status is_renaming/>
            <input
                type="checkbox" aria-label=use_label
                prop:checked=move || open.chosen.with(|chosen| chosen.contains(&id))
                on:change:target=move |event| open.choose(&[id], event.target().checked())
            />
        </div>
    }
}

#[component]
fn RowMenu(
    id: SourceId,
    title: Memo<String>,
    status: Memo<Option<SourceStatus>>,
    is_renaming: RwSignal<bool>,
) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let notices = notices();
    let live = live();
    let remove = move || {
        let title = title.get_untracked();
        spawn_local(async move {
            let ids = [open.id.to_string(), id.to_string()];
            if let Err(error) = call::<RemoveSource>(&[&ids[0], &ids[1]], &(), &()).await {
                return notices.fail(&error);
            }
            open.opened.update(|opened| {
                opened.take_if(|opened| opened.source == id);
            });
            open.load();
            let undo = move || {
                spawn_local(async move {
                    match call::<RestoreFromTrash>(&[&id.to_string()], &(), &()).await {
                        Ok(()) => open.load(),
                        Err(error) => notices.fail(&error),
                    }
                });
            };
            notices.tell_with_undo(fill(words.deleted, &[("name", &title)]), undo);
        });
    };
    view! {
        <Menu label=words.more icon="ellipsis-vertical">
            <MenuItem icon="eye" label=words.open on_click=move || open.opened.set(Some(Opened { source: id, target: None }))/>
            <MenuItem icon="pencil" label=words.rename on_click=move || is_renaming.set(true)/>
            <Show when=move || status.get() == Some(SourceStatus::Failed)>
                <MenuItem icon="rotate-ccw" label=words.retry on_click=move || retry(live, notices, id)/>
            </Show>
            <MenuItem icon="trash-2" label=words.remove_source on_click=remove/>
        </Menu>
    }
}

fn rename(open: Open, notices: Notices, id: SourceId, title: String) {
    spawn_local(async move {
        let change = SourceChange { title: Some(title) };
        match call::<ChangeSource>(&[&id.to_string()], &(), &change).await {
            Ok(_) => open.load(),
            Err(error) => notices.fail(&error),
        }
    });
}

/// Has the job of a source start again.
fn retry(live: Live, notices: Notices, id: SourceId) {
    let job =
        live.jobs.with_untracked(|jobs| jobs.iter().find(|job| job.source_id == Some(id)).map(|job| job.id));
    let Some(job) = job else { return };
    spawn_local(async move {
        if let Err(error) = call::<RetryJob>(&[&job.to_string()], &(), &()).await {
            notices.fail(&error);
        }
    });
}

/// What stands below the title.
fn meta(words: &Strings, source: &Source) -> String {
    let why = || source.error.as_ref().map(|error| error.message.clone()).unwrap_or_default();
    match source.status {
        // What it waits for is worth more than that it waits.
        SourceStatus::Queued if source.error.is_some() => why(),
        SourceStatus::Queued => words.status_queued.to_owned(),
        SourceStatus::Reading => words.status_reading.to_owned(),
        SourceStatus::Transcribing => words.status_transcribing.to_owned(),
        SourceStatus::Embedding => words.status_embedding.to_owned(),
        SourceStatus::Indexing => words.status_indexing.to_owned(),
        SourceStatus::Failed => why(),
        SourceStatus::Ready => {
            let size = match (source.pages, source.seconds) {
                (Some(pages), _) => count(words.pages, pages as usize),
                (_, Some(seconds)) => clock((seconds * 1000.0) as u64),
                _ => count(words.words, source.words as usize),
            };
            match source.problems.len() {
                0 => size,
                n => format!("{size} · {}", count(words.problems, n)),
            }
        }
    }
}

/// A small sign of what kind of thing a source is.
#[component]
pub fn Kind(kind: SourceKind) -> impl IntoView {
    let sign = match kind {
        SourceKind::Pdf => "PDF",
        SourceKind::Docx => "DOC",
        SourceKind::Pptx => "PPT",
        SourceKind::Xlsx => "XLS",
        SourceKind::Html => "WEB",
        SourceKind::Markdown => "MD",
        SourceKind::Text => "TXT",
        SourceKind::Csv => "CSV",
        SourceKind::Calendar => "CAL",
        SourceKind::Image => "IMG",
        SourceKind::Audio => "AUD",
    };
    view! { <span class=format!("kind kind-{}", kind.as_str()) aria-hidden="true">{sign}</span> }
}
