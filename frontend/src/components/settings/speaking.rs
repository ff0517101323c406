//! Settings of dictation and reading aloud: microphone, voice, pending dictations.

use hearth_domain::{DictationPhase, PendingDictation};
use hearth_wire::operation::Operation;
use hearth_wire::operations::{
    DeletePendingDictation, GetPendingDictation, ListPendingDictations, TranscribePendingDictation,
};
use hearth_wire::{ApiError, TranscribeDictationRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::microphone::MicrophoneSettings;
use super::voice::VoiceSettings;
use crate::api::call_operation;
use crate::browser;
use crate::components::shared::{FailureLine, Icon, IconButton};
use crate::contexts::localisation::{explain_error, use_strings};
use crate::contexts::notices::use_notices;
use crate::contexts::shell;
use crate::contexts::voice::use_voice;
use crate::text::place::format_timestamp;

/// Delay before pending dictations are listed again, in milliseconds.
const RELOAD_DELAY_MS: i32 = 4000;

/// Section of dictation and reading aloud.
#[component]
pub fn SpeakingSection() -> impl IntoView {
    let strings = use_strings();
    view! {
        <section>
            <h2>{strings.dictation_and_reading}</h2>
            <MicrophoneSettings />
            <Show when=shell::use_has_shell()>
                <VoiceSettings />
            </Show>
            <PendingDictations />
        </section>
    }
}

/// Pending dictations; nothing without any.
#[component]
fn PendingDictations() -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let voice = use_voice();
    let dictations = RwSignal::new(Vec::<PendingDictation>::new());
    let load = move || {
        spawn_local(async move {
            match call_operation::<ListPendingDictations>(&[], &(), &()).await {
                Ok(list) => {
                    dictations.try_set(list.dictations);
                }
                Err(error) => notices.show_error(&error),
            }
        });
    };
    // A dictation on this very page may fail.
    Effect::new(move |_| {
        if voice.phase.get() == DictationPhase::Idle {
            load();
            // A node that lost a connection during a dictation needs a moment more.
            browser::run_after(RELOAD_DELAY_MS, load);
        }
    });
    let reload = Callback::new(move |()| load());
    view! {
        <Show when=move || !dictations.with(Vec::is_empty)>
            <div class="labelled">
                <span>{strings.pending_dictations}</span>
                <ul class="plain-list" id="dictations">
                    <For
                        each=move || dictations.get()
                        key=|dictation| dictation.id
                        children=move |dictation| view! { <PendingDictationRow dictation on_change=reload /> }
                    />
                </ul>
            </div>
        </Show>
    }
}

/// One pending dictation: played, transcribed, deleted.
#[component]
fn PendingDictationRow(dictation: PendingDictation, on_change: Callback<()>) -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let is_busy = RwSignal::new(false);
    let transcript = RwSignal::new(None::<Result<String, ApiError>>);
    let id = StoredValue::new(dictation.id.to_string());
    let transcribe = move |_| {
        is_busy.set(true);
        spawn_local(async move {
            let response = call_operation::<TranscribePendingDictation>(
                &[&id.get_value()],
                &(),
                &TranscribeDictationRequest::default(),
            )
            .await;
            is_busy.try_set(false);
            transcript.try_set(Some(response.map(|transcript| transcript.text)));
        });
    };
    let delete = move || {
        spawn_local(async move {
            if let Err(error) = call_operation::<DeletePendingDictation>(&[&id.get_value()], &(), &()).await {
                notices.show_error(&error);
            }
            on_change.run(());
        });
    };
    let label = format!(
        "{} · {}",
        browser::format_local_time(dictation.at.as_millisecond()),
        format_timestamp(dictation.seconds.ceil() as u64 * 1000)
    );
    view! {
        <li class="dictation">
            <span class="row">
                <span class="row-name">
                    <Icon name="mic" />
                    <span class="name">{label.clone()}</span>
                </span>
                <audio
                    controls
                    preload="none"
                    src=GetPendingDictation::INFO.format_path(&[&dictation.id.to_string()])
                    aria-label=label
                ></audio>
                <button class="btn small" type="button" disabled=move || is_busy.get() on:click=transcribe>
                    {move || if is_busy.get() { strings.transcribing } else { strings.transcribe }}
                </button>
                <IconButton name="trash-2" label=strings.delete on_click=delete />
            </span>
            <div role="status">
                <Outcome transcript />
            </div>
        </li>
    }
}

/// Transcript of a pending dictation, or the reason for which there is none; nothing before it was transcribed.
#[component]
fn Outcome(transcript: RwSignal<Option<Result<String, ApiError>>>) -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let copy = move |text: String| {
        spawn_local(async move {
            notices.show_info(if browser::copy_to_clipboard(&text).await {
                strings.copied
            } else {
                strings.not_copied
            });
        });
    };
    move || {
        transcript.get().map(|transcript| match transcript {
            Ok(text) if text.is_empty() => view! { <p class="meta">{strings.dictation_empty}</p> }.into_any(),
            Ok(text) => {
                let copied = text.clone();
                view! {
                    <p class="field-row">
                        <q>{text}</q>
                        <IconButton name="copy" label=strings.copy on_click=move || copy(copied.clone()) />
                    </p>
                }
                .into_any()
            }
            Err(error) => view! { <FailureLine explanation=explain_error(strings, &error) /> }.into_any(),
        })
    }
}
