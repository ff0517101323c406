//! The source that is open: its pages or its text, with the passage lit.

mod guide;
mod pages;
mod player;
mod recording;
mod text;

use hearth_domain::{Place, Source, SourceKind, SourceStatus};
use hearth_wire::SaveRequest;
use leptos::prelude::*;
use leptos_router::components::A;

use guide::SourceGuide;
use pages::Pages;
use player::{Player, Playing};
use text::{FindField, Sought, SourceTextView};

use crate::components::shared::{Icon, IconButton};
use crate::components::sources::Kind;
use crate::contexts::notebook::{Opened, open_notebook};
use crate::contexts::shell;
use crate::contexts::words::words;
use crate::strings::fill;
use crate::text::place;

#[component]
pub fn Viewer() -> impl IntoView {
    let open = open_notebook();
    let source = Memo::new(move |_| {
        let id = open.opened.with(|opened| opened.as_ref().map(|opened| opened.source))?;
        open.sources.with(|sources| sources.iter().find(|source| source.id == id).cloned())
    });
    let id = Memo::new(move |_| source.with(|source| source.as_ref().map(|source| source.id)));
    view! {
        <section class="viewer" aria-label=move || source.with(|source| source.as_ref().map(|source| source.title.clone()))>
            {move || id.get().and_then(|_| source.get_untracked()).map(|first| view! { <OpenSource first source/> })}
        </section>
    }
}

#[component]
fn OpenSource(first: Source, source: Memo<Option<Source>>) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let id = first.id;
    let has_pages = matches!(first.kind, SourceKind::Pdf | SourceKind::Image);
    // Of pages that are only pictures there is nothing to find, and no text to show.
    let has_text = Memo::new(move |_| source.with(|source| source.as_ref().is_some_and(|s| s.words > 0)));
    let as_text = RwSignal::new(!has_pages);
    let status = Memo::new(move |_| source.with(|source| source.as_ref().map(|source| source.status)));
    let target = Memo::new(move |_| {
        open.opened.with(|opened| opened.as_ref().and_then(|Opened { target, .. }| target.clone()))
    });
    let where_it_is =
        move || target.with(|target| target.as_ref().and_then(|target| place::short(words, &target.places)));
    // A passage that has no page is shown where it has a place: in the text.
    Effect::new(move |_| {
        let on_page = |place: &Place| matches!(place, Place::Page { .. });
        if target.with(|target| target.as_ref().is_some_and(|target| !target.places.iter().any(on_page))) {
            as_text.set(true);
        }
    });
    let playing = (first.kind == SourceKind::Audio).then(Playing::new);
    // What is looked for is found in the text.
    let sought = RwSignal::new(Sought::default());
    Effect::new(move |_| {
        if sought.with(|sought| !sought.typed.is_empty()) {
            as_text.set(true);
        }
    });
    let title = Memo::new(move |_| {
        source.with(|source| source.as_ref().map(|s| s.title.clone()).unwrap_or_default())
    });
    let save = shell::saver();
    let download = move || save(SaveRequest::Original { source_id: id, name: title.get_untracked() });
    let error = move || {
        source.with(|source| {
            source.as_ref().and_then(|s| s.error.clone()).map(|error| error.message).unwrap_or_default()
        })
    };
    view! {
        <header class="viewer-head">
            <IconButton name="arrow-left" label=words.close_source on_click=move || open.opened.set(None)/>
            <Kind kind=first.kind/>
            <h3 title=title>{title}</h3>
            <span class="where">{where_it_is}</span>
            <Show when=move || has_pages && has_text.get()>
                <button class="btn small" type="button" aria-pressed=move || as_text.get().to_string() on:click=move |_| as_text.update(|as_text| *as_text = !*as_text)>
                    {move || if as_text.get() { words.as_pages } else { words.as_text }}
                </button>
            </Show>
            <IconButton
                name="maximize-2" label=Signal::derive(move || if open.is_large.get() { words.smaller } else { words.enlarge }.to_owned())
                on_click=move || open.is_large.update(|is_large| *is_large = !*is_large)
            />
            <IconButton name="download" label=words.open_original on_click=download/>
        </header>
        {move || match status.get() {
            Some(SourceStatus::Ready) => view! {
                <Show when=move || has_text.get()><FindField sought/></Show>
                <SourceGuide source is_first=target.with_untracked(Option::is_none)/>
                {playing.map(|playing| view! { <Player id playing target/> })}
                <Show when=move || as_text.get() fallback=move || view! { <Pages source target/> }>
                    <SourceTextView source target sought playing/>
                </Show>
            }.into_any(),
            Some(SourceStatus::Failed) => view! {
                <div class="failed" role="alert"><Icon name="circle-alert"/><p>{fill(words.source_failed, &[("why", &error())])}</p></div>
            }.into_any(),
            // What it waits for: a model to be downloaded, room on the disk.
            _ => view! {
                <div class="empty">
                    <p>{move || Some(error()).filter(|error| !error.is_empty()).unwrap_or_else(|| words.reading_on.to_owned())}</p>
                    <Show when=move || !error().is_empty()><A href="/settings">{words.settings}</A></Show>
                </div>
            }.into_any(),
        }}
    }
}
