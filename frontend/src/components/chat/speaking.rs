//! What the ask bar shows of somebody who speaks, and the button to speak with.

use leptos::ev::{MouseEvent, PointerEvent};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::browser;
use crate::components::shared::Icon;
use crate::contexts::voice::{Now, voice};
use crate::contexts::words::{said, words};
use crate::strings::fill;

/// Pixels of the highest bar, and of the lowest.
const HIGHEST: f32 = 24.0;
const LOWEST: f32 = 3.0;

/// The levels, and the text as far as it is known; in place of the field.
#[component]
pub fn Speaking() -> impl IntoView {
    let words = words();
    let voice = voice();
    let state = move || match voice.now.get() {
        Now::Idle | Now::Listening => fill(words.listening, &[("name", &voice.microphone.get())]),
        Now::Opening => words.opening_microphone.to_owned(),
        Now::Writing => words.writing_down.to_owned(),
    };
    let has_text = move || {
        voice.committed.with(|text| !text.is_empty()) || voice.tentative.with(|text| !text.is_empty())
    };
    view! {
        // Words that are read aloud while somebody speaks would be heard: only how it stands is told.
        <div class="speaking" role="group" aria-label=state>
            <span class="unseen" role="status">{state}</span>
            <Meter/>
            <Show when=has_text fallback=move || view! { <span class="quiet">{state}</span> }>
                <span class="so-far">{move || voice.committed.get()} <span class="quiet">{move || voice.tentative.get()}</span></span>
            </Show>
        </div>
    }
}

/// How loud it is.
#[component]
pub fn Meter() -> impl IntoView {
    let voice = voice();
    let bar = move |at: usize| {
        let height = move || {
            let level = voice.levels.with(|levels| levels[at]);
            format!("{:.0}px", LOWEST + (HIGHEST - LOWEST) * level)
        };
        view! { <i style:height=height></i> }
    };
    view! { <span class="meter" aria-hidden="true">{(0..crate::contexts::voice::BARS).map(bar).collect_view()}</span> }
}

/// What the keys do now.
#[component]
pub fn SpeakingHint() -> impl IntoView {
    let words = words();
    let voice = voice();
    move || {
        let keys = view! { <kbd>"Ctrl"</kbd>" "<kbd>{words.space_key}</kbd> };
        match voice.now.get() {
            Now::Idle | Now::Writing => None,
            _ if voice.hands_free.get() => Some(view! { <span>{words.ends_at_pause}", "<kbd>"Esc"</kbd>" "{words.drops}</span> }.into_any()),
            _ => Some(view! { <span>{words.release}" "{keys}" "{words.to_ask}", "<kbd>"Esc"</kbd>" "{words.drops}</span> }.into_any()),
        }
    }
}

/// Held, one speaks; clicked, one speaks until one pauses.
#[component]
pub fn MicrophoneButton() -> impl IntoView {
    let words = words();
    let voice = voice();
    let is_on = move || voice.now.get() != Now::Idle;
    let on_down = move |event: PointerEvent| {
        if event.button() == 0 {
            browser::hold_pointer(&event);
            voice.press(true);
        }
    };
    // A click without a pointer is one of the keyboard.
    let on_click = move |event: MouseEvent| {
        if event.detail() == 0 {
            voice.toggle();
        }
    };
    view! {
        <button
            class="mic" type="button" class:on=is_on aria-label=words.speak title=words.speak_text aria-pressed=move || is_on().to_string()
            on:pointerdown=on_down on:pointerup=move |_| voice.press(false) on:pointercancel=move |_| voice.press(false) on:click=on_click
        ><Icon name="mic"/></button>
    }
}

/// Why nobody was heard, and what can be done.
#[component]
pub fn Unheard() -> impl IntoView {
    let words = words();
    let voice = voice();
    let failure = move || voice.unheard.get();
    view! {
        {move || failure().map(|unheard| view! {
            <div class="unheard failed" role="alert">
                <Icon name="circle-alert"/>
                <p>{said(words, &unheard.error)}</p>
                <Show when=move || unheard.kept.is_some()><button class="btn small" type="button" on:click=move |_| voice.again()>{words.retry}</button></Show>
                <A href="/settings">{words.settings}</A>
            </div>
        })}
        <Show when=move || voice.hint.get()><p class="meta ask-hint">{words.hold_to_speak}</p></Show>
    }
}
