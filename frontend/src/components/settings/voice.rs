//! Settings of reading aloud: the answers, the voice, the speed.

use hearth_wire::operations::{ListSettings, ListVoices};
use hearth_wire::{ApiError, ReadingVoice, VoiceList};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::models::change_setting;
use crate::api::call_operation;
use crate::components::shared::FailureLine;
use crate::contexts::localisation::{explain_error, use_strings};
use crate::contexts::notices::use_notices;
use crate::contexts::read_aloud::{ReadAloudItem, use_read_aloud};

const READ_ALOUD_SETTING: &str = "desktop.read_aloud";
const VOICE_SETTING: &str = "desktop.voice";
const RATE_SETTING: &str = "desktop.voice_rate";

/// Settings of reading aloud.
#[component]
pub fn VoiceSettings() -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let found = RwSignal::new(None::<Result<VoiceList, ApiError>>);
    spawn_local(async move {
        found.try_set(Some(call_operation::<ListVoices>(&[], &(), &()).await));
    });
    let change = Callback::new(move |(key, value): (&'static str, Value)| {
        spawn_local(async move {
            change_setting(notices, strings, key, value).await;
        });
    });
    view! {
        <ReadAloudChoice change />
        <div class="labelled">
            <label for="voice">{strings.voice}</label>
            <span class="field-row">
                {move || match found.get() {
                    None => ().into_any(),
                    Some(Ok(list)) => view! { <Voices list change /> }.into_any(),
                    Some(Err(error)) => view! { <FailureLine explanation=explain_error(strings, &error) /> }.into_any(),
                }} <VoiceTest />
            </span>
        </div>
    }
}

/// Choice of the answers that are read aloud unasked.
#[component]
fn ReadAloudChoice(change: Callback<(&'static str, Value)>) -> impl IntoView {
    let strings = use_strings();
    let chosen = RwSignal::new(String::new());
    spawn_local(async move {
        if let Ok(list) = call_operation::<ListSettings>(&[], &(), &()).await {
            let setting = list.settings.into_iter().find(|setting| setting.key == READ_ALOUD_SETTING);
            chosen.try_set(
                setting.and_then(|setting| setting.value.as_str().map(str::to_owned)).unwrap_or_default(),
            );
        }
    });
    let option = move |(value, label): (&'static str, &'static str)| {
        view! {
            <option value=value selected=move || chosen.read().as_str() == value>
                {label}
            </option>
        }
    };
    let all =
        [("never", strings.read_never), ("spoken", strings.read_spoken), ("always", strings.read_always)];
    view! {
        <label class="labelled">
            <span>{strings.read_automatically}</span>
            <select
                id="read-aloud"
                class="field"
                on:change:target=move |event| change.run((READ_ALOUD_SETTING, event.target().value().into()))
            >
                {all.map(option).collect_view()}
            </select>
        </label>
    }
}

/// Choice of the voice and its speed.
#[component]
fn Voices(list: VoiceList, change: Callback<(&'static str, Value)>) -> impl IntoView {
    let strings = use_strings();
    let is_automatic = list.chosen.is_empty();
    let chosen = list.chosen.clone();
    let option = move |voice: ReadingVoice| {
        let is_chosen = voice.id == chosen;
        let label = if voice.language.is_empty() {
            voice.name
        } else {
            format!("{} · {}", voice.language, voice.name)
        };
        view! {
            <option value=voice.id selected=is_chosen>
                {label}
            </option>
        }
    };
    let missing = (!is_automatic && list.voices.iter().all(|voice| voice.id != list.chosen))
        .then(|| list.chosen.clone());
    let rate = RwSignal::new(list.rate);
    let set_rate = move |text: String| {
        if let Ok(value) = text.parse::<f64>() {
            rate.set(value);
        }
    };
    view! {
        <select
            id="voice"
            class="field"
            on:change:target=move |event| change.run((VOICE_SETTING, event.target().value().into()))
        >
            <option value="" selected=is_automatic>
                {strings.voice_automatic}
            </option>
            {missing
                .map(|id| {
                    let name = id.clone();
                    view! {
                        <option value=id selected=true>
                            {name}
                        </option>
                    }
                })}
            {list.voices.into_iter().map(option).collect_view()}
        </select>
        <label class="rate">
            <span class="unseen">{strings.voice_rate}</span>
            <input
                id="voice-rate"
                type="range"
                min="0.5"
                max="3"
                step="0.1"
                title=strings.voice_rate
                prop:value=list.rate.to_string()
                on:input:target=move |event| set_rate(event.target().value())
                on:change=move |_| change.run((RATE_SETTING, rate.get_untracked().into()))
            />
            <span class="meta">{move || format!("{:.1}×", rate.get())}</span>
        </label>
    }
}

/// Reads a sample sentence aloud.
#[component]
fn VoiceTest() -> impl IntoView {
    let strings = use_strings();
    let reading = use_read_aloud();
    let is_on = move || reading.current.get() == Some(ReadAloudItem::Sample);
    let toggle_sample =
        move |_| if is_on() { reading.stop_reading() } else { reading.read_text(strings.voice_sample) };
    view! {
        <button class="btn" type="button" id="try-voice" on:click=toggle_sample>
            {move || if is_on() { strings.stop } else { strings.voice_test }}
        </button>
    }
}
