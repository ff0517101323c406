//! One source: its kind, title, size or progress, problems, and a check box for using it in answers.

use hearth_domain::{Source, SourceId, SourceKind, SourceStatus};
use hearth_texts::{Explanation, Strings};
use hearth_wire::SourceChange;
use hearth_wire::operations::{ChangeSource, ReadSourceAgain, RemoveSource, RestoreFromTrash, RetryJob};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call_operation;
use crate::components::shared::{Icon, Menu, MenuItem, RenameField};
use crate::contexts::localisation::use_strings;
use crate::contexts::node::{NodeContext, use_node};
use crate::contexts::notebook::{NotebookContext, OpenedSource, use_notebook};
use crate::contexts::notices::{NoticesContext, use_notices};
use crate::text::place::format_timestamp;

/// Row of a source.
#[component]
pub fn SourceRow(id: SourceId, #[prop(into)] source: Signal<Option<Source>>) -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let notebook = use_notebook();
    let title = Memo::new(move |_| {
        source.with(|source| source.as_ref().map(|s| s.title.clone()).unwrap_or_default())
    });
    let kind = Memo::new(move |_| source.with(|source| source.as_ref().map(|source| source.kind)));
    let status = Memo::new(move |_| source.with(|source| source.as_ref().map(|source| source.status)));
    let is_renaming = RwSignal::new(false);
    let is_open =
        move || notebook.opened.with(|opened| opened.as_ref().is_some_and(|opened| opened.source == id));
    let use_label = move || strings.use_source(&title.get());
    view! {
        <div
            class="source"
            class:open=is_open
            role="listitem"
            class:failed-source=move || status.get() == Some(SourceStatus::Failed)
        >
            {move || kind.get().map(|kind| view! { <Kind kind /> })}
            <Show
                when=move || !is_renaming.get()
                fallback=move || {
                    view! {
                        <RenameField
                            title=title.get_untracked()
                            is_renaming
                            on_rename=move |new_title| rename_source(notebook, notices, id, new_title)
                        />
                    }
                }
            >
                <SourceName id source title status />
            </Show>
            <RowMenu id title status is_renaming />
            <input
                type="checkbox"
                aria-label=use_label
                prop:checked=move || notebook.chosen.with(|chosen| chosen.contains(&id))
                on:change:target=move |event| notebook.select_sources(&[id], event.target().checked())
            />
        </div>
    }
}

/// Title of a source with its size or progress, which opens it.
#[component]
fn SourceName(
    id: SourceId,
    source: Signal<Option<Source>>,
    title: Memo<String>,
    status: Memo<Option<SourceStatus>>,
) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let state = Memo::new(move |_| {
        source.with(|source| source.as_ref().map(|s| describe_source_state(strings, s)).unwrap_or_default())
    });
    let meta = move || state.get().text;
    let is_working = move || !matches!(status.get(), Some(SourceStatus::Ready | SourceStatus::Failed) | None);
    let progress = move || source.with(|source| source.as_ref().map_or(0.0, |source| source.progress));
    let has_problem = move || {
        source.with(|source| source.as_ref().is_some_and(|s| s.error.is_some() || !s.problems.is_empty()))
    };
    let open = move |_| notebook.opened.set(Some(OpenedSource { source: id, target: None }));
    view! {
        <button class="source-name" type="button" title=title on:click=open>
            <span class="name">{title}</span>
            <span class="meta">
                <span class="said" title=move || state.get().into_line()>
                    {meta}
                </span>
                <Show when=has_problem>
                    <Icon name="triangle-alert" />
                </Show>
            </span>
            <Show when=is_working>
                <span
                    class="bar"
                    role="progressbar"
                    aria-label=meta
                    aria-valuenow=move || (progress() * 100.0).round().to_string()
                    aria-valuemin="0"
                    aria-valuemax="100"
                >
                    <i style:width=move || format!("{}%", progress() * 100.0)></i>
                </span>
            </Show>
        </button>
    }
}

#[component]
fn RowMenu(
    id: SourceId,
    title: Memo<String>,
    status: Memo<Option<SourceStatus>>,
    is_renaming: RwSignal<bool>,
) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let notices = use_notices();
    let node = use_node();
    let remove = move || {
        let title = title.get_untracked();
        spawn_local(async move {
            let ids = [notebook.id.to_string(), id.to_string()];
            if let Err(error) = call_operation::<RemoveSource>(&[&ids[0], &ids[1]], &(), &()).await {
                return notices.show_error(&error);
            }
            notebook.opened.update(|opened| {
                opened.take_if(|opened| opened.source == id);
            });
            notebook.load();
            let undo = move || {
                spawn_local(async move {
                    match call_operation::<RestoreFromTrash>(&[&id.to_string()], &(), &()).await {
                        Ok(()) => notebook.load(),
                        Err(error) => notices.show_error(&error),
                    }
                });
            };
            notices.show_with_undo(strings.deleted(&title), undo);
        });
    };
    let read_again = move || {
        let title = title.get_untracked();
        spawn_local(async move {
            match call_operation::<ReadSourceAgain>(&[&id.to_string()], &(), &()).await {
                Ok(_) => notices.show_info(strings.reading_again(&title)),
                Err(error) => notices.show_error(&error),
            }
        });
    };
    let open = move || notebook.opened.set(Some(OpenedSource { source: id, target: None }));
    view! {
        <Menu label=strings.more icon="ellipsis-vertical">
            <MenuItem icon="eye" label=strings.open on_click=open />
            <MenuItem icon="pencil" label=strings.rename on_click=move || is_renaming.set(true) />
            <Show when=move || status.get() == Some(SourceStatus::Failed)>
                <MenuItem icon="rotate-ccw" label=strings.retry on_click=move || retry_source(node, notices, id) />
            </Show>
            <Show when=move || status.get() == Some(SourceStatus::Ready)>
                <MenuItem icon="rotate-ccw" label=strings.read_again on_click=read_again />
            </Show>
            <MenuItem icon="trash-2" label=strings.remove_source on_click=remove />
        </Menu>
    }
}

fn rename_source(notebook: NotebookContext, notices: NoticesContext, id: SourceId, title: String) {
    spawn_local(async move {
        let change = SourceChange { title: Some(title) };
        match call_operation::<ChangeSource>(&[&id.to_string()], &(), &change).await {
            Ok(_) => notebook.load(),
            Err(error) => notices.show_error(&error),
        }
    });
}

/// Retries the job of a source.
fn retry_source(node: NodeContext, notices: NoticesContext, id: SourceId) {
    let job = node
        .jobs
        .with_untracked(|jobs| jobs.iter().find(|job| job.payload.source_id() == Some(id)).map(|job| job.id));
    let Some(job) = job else { return };
    spawn_local(async move {
        if let Err(error) = call_operation::<RetryJob>(&[&job.to_string()], &(), &()).await {
            notices.show_error(&error);
        }
    });
}

/// Describes the state of a source for the line below its title: size, status or failure.
fn describe_source_state(strings: &Strings, source: &Source) -> Explanation {
    match (source.status, &source.error) {
        // The reason for waiting is more specific than the status.
        (SourceStatus::Queued | SourceStatus::Failed, Some(error)) => {
            strings.explain_source_error(error.code, &error.message)
        }
        (SourceStatus::Ready, _) => Explanation::of_text(format_source_size(strings, source)),
        (status, _) => Explanation::of_text(strings.describe_source_status(status)),
    }
}

/// Formats the size of a source that is ready, and the number of its problems.
fn format_source_size(strings: &Strings, source: &Source) -> String {
    let size = match (source.pages, source.seconds) {
        (Some(pages), _) => strings.pages(pages as usize),
        (_, Some(seconds)) => format_timestamp((seconds * 1000.0) as u64),
        _ => strings.words(source.words as usize),
    };
    match source.problems.len() {
        0 => size,
        n => format!("{size} · {}", strings.problems(n)),
    }
}

/// Badge of a source's kind.
#[component]
pub fn Kind(kind: SourceKind) -> impl IntoView {
    let label = match kind {
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
    view! {
        <span class=format!("kind kind-{}", kind.as_str()) aria-hidden="true">
            {label}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_texts::{english_strings, find_strings};

    fn make_source(fields: serde_json::Value) -> Source {
        let mut source = serde_json::json!({
            "id": "01a1ffe2-4995-773f-9a82-45a4d6c23e92", "title": "a", "kind": "pdf", "media_type": "", "bytes": 1,
            "sha256": "", "origin": {"kind": "upload"}, "revision": null, "status": "ready", "progress": 1.0,
            "words": 1, "problems": [], "created_at": "2026-01-01T00:00:00Z"
        });
        let serde_json::Value::Object(fields) = fields else { unreachable!("{fields}") };
        source.as_object_mut().unwrap().extend(fields);
        serde_json::from_value(source).unwrap()
    }

    #[test]
    fn a_ready_source_has_the_measure_of_its_kind() {
        let size = |fields| format_source_size(english_strings(), &make_source(fields));
        assert_eq!(size(serde_json::json!({})), "1 word");
        assert_eq!(size(serde_json::json!({"words": 1200, "pages": 3})), "3 pages");
        assert_eq!(size(serde_json::json!({"seconds": 3725.9})), "1:02:05");
        let problem = serde_json::json!({"code": "TRUNCATED", "message": "long"});
        assert_eq!(size(serde_json::json!({"pages": 1, "problems": [problem]})), "1 page · 1 problem");
    }

    #[test]
    fn a_source_that_waits_or_has_failed_says_why() {
        let error = serde_json::json!({"code": "INVALID_REQUEST", "message": "it is damaged"});
        let describe = |status: &str, error: &serde_json::Value| {
            let source = make_source(serde_json::json!({"status": status, "error": error}));
            describe_source_state(find_strings(["de"]), &source)
        };
        let german = find_strings(["de"]);
        for status in ["failed", "queued"] {
            let why = describe(status, &error);
            assert_eq!(
                (&*why.text, why.details.as_deref()),
                (german.source_unreadable, Some("it is damaged"))
            );
        }
        // What an earlier attempt failed with is no news while the next one runs.
        assert_eq!(describe("embedding", &error), Explanation::of_text(german.status_embedding));
        assert_eq!(describe("queued", &serde_json::Value::Null), Explanation::of_text(german.status_queued));
    }
}
