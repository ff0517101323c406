//! Speaking: whose microphone hears, what was said and did not become text, and reading aloud.

use hearth_domain::LeftDictation;
use hearth_wire::operation::Operation;
use hearth_wire::operations::{DeleteDictation, GetDictation, ListDictations, WriteDictation};
use hearth_wire::{ApiError, WriteRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::microphone::MicrophoneSettings;
use super::voice::VoiceSettings;
use crate::api::call;
use crate::browser;
use crate::components::shared::{Icon, IconButton};
use crate::contexts::notices::notices;
use crate::contexts::shell;
use crate::contexts::voice::{Now, voice};
use crate::contexts::words::{said, words};
use crate::text::place::clock;

/// Until it is looked again what is left, in milliseconds.
const AGAIN: i32 = 4000;

#[component]
pub fn SpeakingSection() -> impl IntoView {
    let words = words();
    view! {
        <section>
            <h2>{words.speaking}</h2>
            <MicrophoneSettings/>
            <Show when=shell::is_here()><VoiceSettings/></Show>
            <Dictations/>
        </section>
    }
}

/// What was said and did not become text; nothing where there is none.
#[component]
fn Dictations() -> impl IntoView {
    let words = words();
    let notices = notices();
    let voice = voice();
    let all = RwSignal::new(Vec::<LeftDictation>::new());
    let load = move || {
        spawn_local(async move {
            match call::<ListDictations>(&[], &(), &()).await {
                Ok(list) => {
                    all.try_set(list.dictations);
                }
                Err(error) => notices.fail(&error),
            }
        });
    };
    // What is said on this very page may fail.
    Effect::new(move |_| {
        if voice.now.get() == Now::Idle {
            load();
            // A node that lost somebody in the middle needs a moment more.
            browser::after(AGAIN, load);
        }
    });
    let again = Callback::new(move |()| load());
    view! {
        <Show when=move || !all.with(Vec::is_empty)>
            <div class="labelled">
                <span>{words.dictations}</span>
                <ul class="plain-list" id="dictations">
                    <For each=move || all.get() key=|one| one.id children=move |one| view! { <Left one on_change=again/> }/>
                </ul>
            </div>
        </Show>
    }
}

/// One of them: to be heard, written down, deleted.
#[component]
fn Left(one: LeftDictation, on_change: Callback<()>) -> impl IntoView {
    let words = words();
    let notices = notices();
    let is_busy = RwSignal::new(false);
    let written = RwSignal::new(None::<Result<String, ApiError>>);
    let id = StoredValue::new(one.id.to_string());
    let write = move |_| {
        is_busy.set(true);
        spawn_local(async move {
            let done = call::<WriteDictation>(&[&id.get_value()], &(), &WriteRequest::default()).await;
            is_busy.try_set(false);
            written.try_set(Some(done.map(|written| written.text)));
        });
    };
    let delete = move || {
        spawn_local(async move {
            if let Err(error) = call::<DeleteDictation>(&[&id.get_value()], &(), &()).await {
                notices.fail(&error);
            }
            on_change.run(());
        });
    };
    let copy = move |text: String| {
        spawn_local(async move {
            notices.tell(if browser::copy(&text).await { words.copied } else { words.not_copied });
        });
    };
    let outcome = move || {
        written.get().map(|written| match written {
            Ok(text) if text.is_empty() => view! { <p class="meta">{words.dictation_empty}</p> }.into_any(),
            Ok(text) => {
                let copied = text.clone();
                view! { <p class="field-row"><q>{text}</q><IconButton name="copy" label=words.copy on_click=move || copy(copied.clone())/></p> }.into_any()
            }
            Err(error) => view! { <p class="failed" role="alert"><Icon name="circle-alert"/>{said(words, &error)}</p> }.into_any(),
        })
    };
    let label =
        format!("{} · {}", browser::local(one.at.as_millisecond()), clock(one.seconds.ceil() as u64 * 1000));
    view! {
        <li class="dictation">
            <span class="row">
                <span class="row-name"><Icon name="mic"/><span class="name">{label.clone()}</span></span>
                <audio controls preload="none" src=GetDictation::INFO.path_with(&[&one.id.to_string()]) aria-label=label></audio>
                <button class="btn small" type="button" disabled=move || is_busy.get() on:click=write>{move || if is_busy.get() { words.writing_down } else { words.write_down }}</button>
                <IconButton name="trash-2" label=words.delete on_click=delete/>
            </span>
            <div role="status">{outcome}</div>
        </li>
    }
}
