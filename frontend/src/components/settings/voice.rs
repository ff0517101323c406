//! Reading aloud: which answers, by which voice, and how fast.

use hearth_wire::operations::{GetSettings, ListVoices};
use hearth_wire::{ApiError, ReadingVoice, VoiceList};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::models::change as change_setting;
use crate::api::call;
use crate::components::shared::Icon;
use crate::contexts::notices::notices;
use crate::contexts::reading::{Aloud, reading};
use crate::contexts::words::{said, words};

const WHEN: &str = "desktop.read_aloud";
const VOICE: &str = "desktop.voice";
const RATE: &str = "desktop.voice_rate";

#[component]
pub fn VoiceSettings() -> impl IntoView {
    let words = words();
    let notices = notices();
    let found = RwSignal::new(None::<Result<VoiceList, ApiError>>);
    spawn_local(async move {
        found.try_set(Some(call::<ListVoices>(&[], &(), &()).await));
    });
    let change = Callback::new(move |(key, value): (&'static str, Value)| {
        spawn_local(async move {
            change_setting(notices, words, key, value).await;
        });
    });
    view! {
        <When change/>
        <div class="labelled">
            <label for="voice">{words.voice}</label>
            <span class="field-row">
                {move || match found.get() {
                    None => ().into_any(),
                    Some(Ok(list)) => view! { <Voices list change/> }.into_any(),
                    Some(Err(error)) => view! { <p class="failed"><Icon name="circle-alert"/>{said(words, &error)}</p> }.into_any(),
                }}
                <Trial/>
            </span>
        </div>
    }
}

/// Which answers are read by themselves.
#[component]
fn When(change: Callback<(&'static str, Value)>) -> impl IntoView {
    let words = words();
    let now = RwSignal::new(String::new());
    spawn_local(async move {
        if let Ok(list) = call::<GetSettings>(&[], &(), &()).await {
            let setting = list.settings.into_iter().find(|setting| setting.key == WHEN);
            now.try_set(
                setting.and_then(|setting| setting.value.as_str().map(str::to_owned)).unwrap_or_default(),
            );
        }
    });
    let option = move |(value, label): (&'static str, &'static str)| {
        view! { <option value=value selected=move || now.read().as_str() == value>{label}</option> }
    };
    let all = [("never", words.read_never), ("spoken", words.read_spoken), ("always", words.read_always)];
    view! {
        <label class="labelled">
            <span>{words.read_by_itself}</span>
            <select id="read-aloud" class="field" on:change:target=move |event| change.run((WHEN, event.target().value().into()))>
                {all.map(option).collect_view()}
            </select>
        </label>
    }
}

/// The voice and its speed.
#[component]
fn Voices(list: VoiceList, change: Callback<(&'static str, Value)>) -> impl IntoView {
    let words = words();
    let is_any = list.chosen.is_empty();
    let chosen = list.chosen.clone();
    let option = move |voice: ReadingVoice| {
        let is_chosen = voice.id == chosen;
        let label = if voice.language.is_empty() {
            voice.name
        } else {
            format!("{} · {}", voice.language, voice.name)
        };
        view! { <option value=voice.id selected=is_chosen>{label}</option> }
    };
    let missing =
        (!is_any && list.voices.iter().all(|voice| voice.id != list.chosen)).then(|| list.chosen.clone());
    let rate = RwSignal::new(list.rate);
    let slide = move |text: String| {
        if let Ok(value) = text.parse::<f64>() {
            rate.set(value);
        }
    };
    view! {
        <select id="voice" class="field" on:change:target=move |event| change.run((VOICE, event.target().value().into()))>
            <option value="" selected=is_any>{words.voice_of_language}</option>
            {missing.map(|id| { let name = id.clone(); view! { <option value=id selected=true>{name}</option> } })}
            {list.voices.into_iter().map(option).collect_view()}
        </select>
        <label class="rate">
            <span class="unseen">{words.voice_rate}</span>
            <input
                id="voice-rate" type="range" min="0.5" max="3" step="0.1" title=words.voice_rate prop:value=list.rate.to_string()
                on:input:target=move |event| slide(event.target().value()) on:change=move |_| change.run((RATE, rate.get_untracked().into()))
            />
            <span class="meta">{move || format!("{:.1}×", rate.get())}</span>
        </label>
    }
}

/// Has the voice say a sentence.
#[component]
fn Trial() -> impl IntoView {
    let words = words();
    let reading = reading();
    let is_on = move || reading.now.get() == Some(Aloud::Text);
    let press = move |_| if is_on() { reading.hush() } else { reading.text(words.voice_sample) };
    view! {
        <button class="btn" type="button" id="try-voice" on:click=press>{move || if is_on() { words.stop } else { words.voice_test }}</button>
    }
}
