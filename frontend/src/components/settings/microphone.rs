//! Microphone settings, for the desktop program's or the browser's: device, keeping it open, and a test.

use std::collections::BTreeMap;
use std::time::Duration;

use hearth_domain::DictationPhase;
use hearth_texts::Strings;
use hearth_wire::operations::{ChangeSettings, ListMicrophones};
use hearth_wire::{ApiError, MicrophoneList};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::desktop::Switch;
use crate::api::call_operation;
use crate::browser;
use crate::components::chat::LevelMeter;
use crate::components::shared::FailureLine;
use crate::contexts::localisation::{explain_error, use_strings};
use crate::contexts::notices::use_notices;
use crate::contexts::shell;
use crate::contexts::voice::{self, use_voice};

/// Interval of refreshing the list of microphones.
const POLL_INTERVAL: Duration = Duration::from_secs(4);
const MICROPHONE_SETTING: &str = "desktop.microphone";

/// Settings of the microphone.
#[component]
pub fn MicrophoneSettings() -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let has_shell = shell::use_has_shell();
    let found = RwSignal::new(None::<Result<MicrophoneList, ApiError>>);
    let is_loading = StoredValue::new(false);
    let load = move || {
        // A sound server may take its time.
        if is_loading.try_update_value(|is_loading| std::mem::replace(is_loading, true)) != Some(false) {
            return;
        }
        spawn_local(async move {
            let list = list_microphones(strings, untrack(has_shell)).await;
            // The list stays unless it changed: a user may have its menu open.
            if found.try_with_untracked(|before| before.as_ref() != Some(&list)) == Some(true) {
                found.try_set(Some(list));
            }
            is_loading.try_set_value(false);
        });
    };
    // The node's status decides whether the desktop program's or the browser's microphones are listed.
    Effect::new(move |_| {
        has_shell();
        load();
    });
    // Microphones are plugged in and pulled out.
    let interval = set_interval_with_handle(load, POLL_INTERVAL);
    on_cleanup(move || {
        if let Ok(interval) = interval {
            interval.clear();
        }
    });
    let choose = move |id: String| {
        if !untrack(has_shell) {
            voice::choose_microphone(&id);
            return load();
        }
        spawn_local(async move {
            let changes = BTreeMap::from([(MICROPHONE_SETTING.to_owned(), id.into())]);
            if let Err(error) = call_operation::<ChangeSettings>(&[], &(), &changes).await {
                notices.show_error(&error);
            }
            load();
        });
    };
    view! {
        <div class="labelled">
            <label for="microphone">{strings.microphone}</label>
            <MicrophoneTest is_available=move || {
                found.with(|found| matches!(found, Some(Ok(_))))
            }>
                {move || match found.get() {
                    None => ().into_any(),
                    Some(Ok(list)) => view! { <MicrophoneChoice list on_choose=choose /> }.into_any(),
                    Some(Err(error)) => view! { <FailureLine explanation=explain_error(strings, &error) /> }.into_any(),
                }}
            </MicrophoneTest>
        </div>
        <Show when=has_shell>
            <Switch key="desktop.microphone_ready" label=strings.microphone_ready />
        </Show>
        <MicrophoneProblem found />
    }
}

/// Menu of microphones.
#[component]
fn MicrophoneChoice(list: MicrophoneList, on_choose: impl Fn(String) + 'static) -> impl IntoView {
    let strings = use_strings();
    let has_shell = shell::use_has_shell();
    let chosen = list.chosen.clone();
    let option = move |microphone: hearth_wire::Microphone| {
        let is_chosen = microphone.id == chosen;
        view! {
            <option value=microphone.id selected=is_chosen>
                {microphone.name}
            </option>
        }
    };
    let is_default = list.chosen.is_empty();
    view! {
        <select id="microphone" class="field" on:change:target=move |event| on_choose(event.target().value())>
            <option value="" selected=is_default>
                {if untrack(has_shell) {
                    strings.microphone_system_default
                } else {
                    strings.microphone_browser_default
                }}
            </option>
            {list.microphones.into_iter().map(option).collect_view()}
        </select>
    }
}

/// Problem of the chosen microphone; nothing without one.
#[component]
fn MicrophoneProblem(found: RwSignal<Option<Result<MicrophoneList, ApiError>>>) -> impl IntoView {
    let strings = use_strings();
    let problem =
        move || found.with(|found| found.as_ref().and_then(|found| found.as_ref().ok()?.problem.clone()));
    view! {
        {move || {
            problem()
                .map(|why| {
                    view! { <FailureLine explanation=strings.explain(strings.microphone_failed, &why) /> }
                })
        }}
    }
}

/// Lists the microphones of the desktop program's machine, or those that the browser shows the page.
async fn list_microphones(strings: &'static Strings, has_shell: bool) -> Result<MicrophoneList, ApiError> {
    if has_shell {
        return call_operation::<ListMicrophones>(&[], &(), &()).await;
    }
    let microphones = browser::microphone::list_microphones()
        .await
        .map_err(|error| voice::microphone_api_error(strings, error))?;
    Ok(MicrophoneList { microphones, chosen: voice::chosen_microphone(), problem: None })
}

/// Test of the microphone: dictates until stopped, and shows the transcript.
#[component]
fn MicrophoneTest(#[prop(into)] is_available: Signal<bool>, children: Children) -> impl IntoView {
    let strings = use_strings();
    let voice = use_voice();
    // Failures of other pages are not shown here.
    voice.failure.set(None);
    let transcript = RwSignal::new(None::<String>);
    let is_on = move || voice.phase.get() != DictationPhase::Idle;
    // The test's transcript is no question.
    Effect::new(move |_| {
        if let Some((None, text)) = voice.transcript.get() {
            voice.transcript.set(None);
            transcript.set(Some(text));
        }
    });
    on_cleanup(move || {
        if voice.is_busy() {
            voice.cancel_dictation();
        }
    });
    let label = move || if is_on() { strings.microphone_test_end } else { strings.microphone_test };
    let outcome = move || {
        transcript.get().map(|text| {
            let text = if text.is_empty() {
                strings.microphone_test_empty.to_owned()
            } else {
                format!("“{text}”")
            };
            strings.microphone_test_text(&text)
        })
    };
    view! {
        <span class="field-row">
            {children()} <Show when=move || is_available.get()>
                <button
                    class="btn"
                    type="button"
                    on:click=move |_| {
                        transcript.set(None);
                        voice.toggle_hands_free();
                    }
                >
                    {label}
                </button>
            </Show> <Show when=is_on>
                <span class="speaking">
                    <LevelMeter />
                </span>
            </Show>
        </span>
        <span class="meta" role="status">
            {outcome}
        </span>
        {move || {
            voice
                .failure
                .get()
                .map(|failure| {
                    view! { <FailureLine explanation=explain_error(strings, &failure.error) /> }
                })
        }}
    }
}
