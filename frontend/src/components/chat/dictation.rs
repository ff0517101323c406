//! Dictation in the ask bar: levels, partial transcript, key hints, and the microphone button.

use hearth_domain::DictationPhase;
use leptos::ev::{MouseEvent, PointerEvent};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::browser;
use crate::components::shared::{ExplanationView, Icon};
use crate::contexts::localisation::{explain_error, use_strings};
use crate::contexts::voice::use_voice;

/// Height of the highest and the lowest bar, in pixels.
const MAX_BAR_HEIGHT_PX: f32 = 24.0;
const MIN_BAR_HEIGHT_PX: f32 = 3.0;

/// Levels and partial transcript; shown in place of the field.
#[component]
pub fn LiveTranscript() -> impl IntoView {
    let strings = use_strings();
    let voice = use_voice();
    let state_text = move || match voice.phase.get() {
        DictationPhase::Idle | DictationPhase::Capturing => strings.listening(&voice.microphone.get()),
        DictationPhase::Opening => strings.opening_microphone.to_owned(),
        DictationPhase::Transcribing => strings.transcribing.to_owned(),
    };
    let has_text = move || {
        voice.committed.with(|text| !text.is_empty()) || voice.tentative.with(|text| !text.is_empty())
    };
    view! {
        // A screen reader's voice would be recorded during a dictation: only the state is announced.
        <div class="speaking" role="group" aria-label=state_text>
            <span class="unseen" role="status">
                {state_text}
            </span>
            <LevelMeter />
            <Show when=has_text fallback=move || view! { <span class="quiet">{state_text}</span> }>
                <span class="so-far">
                    {move || voice.committed.get()} <span class="quiet">{move || voice.tentative.get()}</span>
                </span>
            </Show>
        </div>
    }
}

/// Meter of the microphone's level.
#[component]
pub fn LevelMeter() -> impl IntoView {
    let voice = use_voice();
    let bar = move |at: usize| {
        let height = move || {
            let level = voice.levels.with(|levels| levels[at]);
            format!("{:.0}px", MIN_BAR_HEIGHT_PX + (MAX_BAR_HEIGHT_PX - MIN_BAR_HEIGHT_PX) * level)
        };
        view! { <i style:height=height></i> }
    };
    view! {
        <span class="meter" aria-hidden="true">
            {(0..crate::contexts::voice::LEVEL_BARS).map(bar).collect_view()}
        </span>
    }
}

/// Hint of the keys that work in the present phase of a dictation.
#[component]
pub fn DictationKeyHint() -> impl IntoView {
    let strings = use_strings();
    let voice = use_voice();
    move || {
        let keys = view! {
            <kbd>"Ctrl"</kbd>
            " "
            <kbd>{strings.space_key}</kbd>
        };
        let escape = view! {
            ", "
            <kbd>"Esc"</kbd>
            " "
            {strings.cancels_dictation}
        };
        match voice.phase.get() {
            DictationPhase::Idle | DictationPhase::Transcribing => None,
            _ if voice.hands_free.get() => {
                Some(view! { <span>{strings.pause_sends} {escape}</span> }.into_any())
            }
            _ => Some(
                view! { <span>{strings.release} " " {keys} " " {strings.to_ask} {escape}</span> }.into_any(),
            ),
        }
    }
}

/// Microphone button: dictates while held; a click dictates hands-free until a pause.
#[component]
pub fn MicrophoneButton() -> impl IntoView {
    let strings = use_strings();
    let voice = use_voice();
    let is_on = move || voice.phase.get() != DictationPhase::Idle;
    let on_down = move |event: PointerEvent| {
        if event.button() == 0 {
            browser::capture_pointer(&event);
            voice.handle_button(true);
        }
    };
    // A click without a pointer comes from the keyboard.
    let on_click = move |event: MouseEvent| {
        if event.detail() == 0 {
            voice.toggle_hands_free();
        }
    };
    view! {
        <button
            class="mic"
            type="button"
            class:on=is_on
            aria-label=strings.dictate
            title=strings.dictate_hint
            aria-pressed=move || is_on().to_string()
            on:pointerdown=on_down
            on:pointerup=move |_| voice.handle_button(false)
            on:pointercancel=move |_| voice.handle_button(false)
            on:click=on_click
        >
            <Icon name="mic" />
        </button>
    }
}

/// Reason for which a dictation failed, with a way to try again.
#[component]
pub fn DictationAlert() -> impl IntoView {
    let strings = use_strings();
    let voice = use_voice();
    let failure = move || voice.failure.get();
    view! {
        {move || {
            failure()
                .map(|failure| {
                    view! {
                        <div class="unheard failed" role="alert">
                            <Icon name="circle-alert" />
                            <p>
                                <ExplanationView explanation=explain_error(strings, &failure.error) />
                            </p>
                            <Show when=move || failure.pending_dictation.is_some()>
                                <button class="btn small" type="button" on:click=move |_| voice.retry_transcription()>
                                    {strings.retry}
                                </button>
                            </Show>
                            <A href="/settings">{strings.settings}</A>
                        </div>
                    }
                })
        }}
        <Show when=move || voice.shows_hold_hint.get()>
            <p class="meta ask-hint">{strings.hold_hint}</p>
        </Show>
    }
}
