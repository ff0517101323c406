//! The open source: its pages or its text, with the passage highlighted.

mod guide;
mod pages;
mod player;
mod text;
mod transcript;

use hearth_domain::{Place, Source, SourceKind, SourceStatus};
use hearth_texts::{Explanation, Strings};
use hearth_wire::SaveFileRequest;
use leptos::prelude::*;
use leptos_router::components::A;

use guide::SourceGuide;
use pages::Pages;
use player::{Player, PlayerState};
use text::{FindField, FindState, SourceTextView};

use crate::components::shared::{ExplanationView, Icon, IconButton};
use crate::components::sources::Kind;
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook::{OpenedSource, use_notebook};
use crate::contexts::shell;
use crate::text::place;

/// Viewer of the open source.
#[component]
pub fn Viewer() -> impl IntoView {
    let notebook = use_notebook();
    let source = Memo::new(move |_| {
        let id = notebook.opened.with(|opened| opened.as_ref().map(|opened| opened.source))?;
        notebook.sources.with(|sources| sources.iter().find(|source| source.id == id).cloned())
    });
    let id = Memo::new(move |_| source.with(|source| source.as_ref().map(|source| source.id)));
    view! {
        <section
            class="viewer"
            aria-label=move || source.with(|source| source.as_ref().map(|source| source.title.clone()))
        >
            {move || {
                id.get().and_then(|_| source.get_untracked()).map(|initial| view! { <OpenSource initial source /> })
            }}
        </section>
    }
}

#[component]
fn OpenSource(initial: Source, source: Memo<Option<Source>>) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let id = initial.id;
    let has_pages = matches!(initial.kind, SourceKind::Pdf | SourceKind::Image);
    // Scanned pages without text have nothing to search, and no text to show.
    let has_text = Memo::new(move |_| source.with(|source| source.as_ref().is_some_and(|s| s.words > 0)));
    let as_text = RwSignal::new(!has_pages);
    let status = Memo::new(move |_| source.with(|source| source.as_ref().map(|source| source.status)));
    let target = Memo::new(move |_| {
        notebook.opened.with(|opened| opened.as_ref().and_then(|OpenedSource { target, .. }| target.clone()))
    });
    let place_text = move || {
        target.with(|target| target.as_ref().and_then(|target| place::format_places(strings, &target.places)))
    };
    // A passage without a page is shown in the text, where it has a place.
    Effect::new(move |_| {
        let on_page = |place: &Place| matches!(place, Place::Page { .. });
        if target.with(|target| target.as_ref().is_some_and(|target| !target.places.iter().any(on_page))) {
            as_text.set(true);
        }
    });
    let player = (initial.kind == SourceKind::Audio).then(PlayerState::new);
    // Searching happens in the text.
    let find = RwSignal::new(FindState::default());
    Effect::new(move |_| {
        if find.with(|find| !find.typed.is_empty()) {
            as_text.set(true);
        }
    });
    let title = Memo::new(move |_| {
        source.with(|source| source.as_ref().map(|s| s.title.clone()).unwrap_or_default())
    });
    let save = shell::use_file_saver();
    let download = move || save(SaveFileRequest::Original { source_id: id, name: title.get_untracked() });
    view! {
        <header class="viewer-head">
            <IconButton name="arrow-left" label=strings.close_source on_click=move || notebook.opened.set(None) />
            <Kind kind=initial.kind />
            <h3 title=title>{title}</h3>
            <span class="where">{place_text}</span>
            <Show when=move || has_pages && has_text.get()>
                <button
                    class="btn small"
                    type="button"
                    aria-pressed=move || as_text.get().to_string()
                    on:click=move |_| as_text.update(|as_text| *as_text = !*as_text)
                >
                    {move || if as_text.get() { strings.as_pages } else { strings.as_text }}
                </button>
            </Show>
            <SizeButton />
            <IconButton name="download" label=strings.open_original on_click=download />
        </header>
        {move || match status.get() {
            Some(SourceStatus::Ready) => {
                view! {
                    <Show when=move || has_text.get()>
                        <FindField find />
                    </Show>
                    <SourceGuide source is_unfolded=target.with_untracked(Option::is_none) />
                    {player.map(|player| view! { <Player id player target /> })}
                    <Show when=move || as_text.get() fallback=move || view! { <Pages source target /> }>
                        <SourceTextView source target find player />
                    </Show>
                }
                    .into_any()
            }
            Some(SourceStatus::Failed) => view! { <ReadingFailure source /> }.into_any(),
            _ => view! { <ReadingState source /> }.into_any(),
        }}
    }
}

/// Button that enlarges the viewer, or shrinks it again.
#[component]
fn SizeButton() -> impl IntoView {
    let strings = use_strings();
    let is_large = use_notebook().is_large;
    let label =
        move || if is_large.get() { strings.shrink_source } else { strings.enlarge_source }.to_owned();
    view! {
        <IconButton
            name="maximize-2"
            label=Signal::derive(label)
            on_click=move || is_large.update(|is_large| *is_large = !*is_large)
        />
    }
}

/// Message of a source that could not be read.
#[component]
fn ReadingFailure(source: Memo<Option<Source>>) -> impl IntoView {
    let strings = use_strings();
    let failure = move || {
        let why = explain_source_failure(strings, source).unwrap_or_default();
        Explanation { text: strings.source_failed(&why.text), ..why }
    };
    view! {
        <div class="failed" role="alert">
            <Icon name="circle-alert" />
            <p>{move || view! { <ExplanationView explanation=failure() /> }}</p>
        </div>
    }
}

/// State of a source that is not read yet, with the reason for waiting: a model to be downloaded, space on the disk.
#[component]
fn ReadingState(source: Memo<Option<Source>>) -> impl IntoView {
    let strings = use_strings();
    let reason = Memo::new(move |_| explain_source_failure(strings, source));
    let state = move || reason.get().unwrap_or_else(|| Explanation::of_text(strings.still_reading));
    view! {
        <div class="empty">
            <p>{move || view! { <ExplanationView explanation=state() /> }}</p>
            <Show when=move || reason.with(Option::is_some)>
                <A href="/settings">{strings.settings}</A>
            </Show>
        </div>
    }
}

/// Explains a source's error; `None` without one.
fn explain_source_failure(strings: &Strings, source: Memo<Option<Source>>) -> Option<Explanation> {
    source.with(|source| {
        let error = source.as_ref()?.error.as_ref()?;
        Some(strings.explain_source_error(error.code, &error.message))
    })
}
