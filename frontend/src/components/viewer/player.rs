//! The player of a recording: waveform, position, and speed. The browser's own player looks different
//! everywhere, is hard to read in some themes, and cannot be set to a speed in some windows.

use std::fmt::Write as _;

use hearth_domain::{Place, SourceId};
use hearth_wire::operation::Operation;
use hearth_wire::operations::GetOriginal;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use crate::browser;
use crate::components::shared::Icon;
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook::{HighlightTarget, use_notebook};
use crate::text::place::format_timestamp;

/// Lead-in before a cited word, in milliseconds: a word cut in the middle cannot be understood.
const LEAD_IN_MS: u64 = 300;
/// Step of an arrow key, in milliseconds.
const SEEK_STEP_MS: u64 = 5000;
/// Playback rates in hundredths; this browser stores the last choice.
const PLAYBACK_RATES: [u32; 6] = [100, 125, 150, 175, 200, 75];
const RATE_KEY: &str = "rate";

/// State of the player and its audio element.
#[derive(Clone, Copy)]
pub struct PlayerState {
    audio: NodeRef<html::Audio>,
    pub at_ms: RwSignal<u64>,
    /// `None` until it is known.
    length_ms: RwSignal<Option<u64>>,
    is_on: RwSignal<bool>,
    /// The browser cannot play this recording.
    has_failed: RwSignal<bool>,
    rate: RwSignal<u32>,
    /// Loudness in pieces of the same length; empty if it is not known.
    pub loudness: RwSignal<Vec<u8>>,
}

impl PlayerState {
    /// State of a player at the start, with the stored rate.
    pub fn new() -> Self {
        let stored = browser::get_stored_item(RATE_KEY).and_then(|rate| rate.parse().ok());
        Self {
            audio: NodeRef::new(),
            at_ms: RwSignal::new(0),
            length_ms: RwSignal::new(None),
            is_on: RwSignal::new(false),
            has_failed: RwSignal::new(false),
            rate: RwSignal::new(
                stored.filter(|rate| PLAYBACK_RATES.contains(rate)).unwrap_or(PLAYBACK_RATES[0]),
            ),
            loudness: RwSignal::new(Vec::new()),
        }
    }

    /// Goes to a time in milliseconds.
    fn seek_to(self, ms: u64) {
        if let Some(audio) = self.audio.get_untracked() {
            let ms = ms.min(self.length_ms.get_untracked().unwrap_or(ms));
            audio.set_current_time(ms as f64 / 1000.0);
            self.at_ms.set(ms);
        }
    }

    /// Share that was played, 0 to 1; 0 while the length is unknown.
    fn played_share(self) -> f64 {
        let at = self.at_ms.get() as f64;
        self.length_ms.get().map_or(0.0, |length| (at / length.max(1) as f64).min(1.0))
    }

    /// Plays from a time in milliseconds.
    pub fn play_from(self, ms: u64) {
        self.seek_to(ms);
        self.start_playing();
    }

    fn start_playing(self) {
        if let Some(audio) = self.audio.get_untracked() {
            // A failure to play is reported by an event.
            let _ = audio.play();
        }
    }

    fn toggle_playing(self) {
        match self.audio.get_untracked() {
            Some(audio) if !audio.paused() => {
                // Pausing a paused player does nothing.
                let _ = audio.pause();
            }
            _ => self.start_playing(),
        }
    }

    /// Loads the recording again after a failure, and goes to where it stood.
    fn retry_loading(self) {
        self.has_failed.set(false);
        if let Some(audio) = self.audio.get_untracked() {
            let at = self.at_ms.get_untracked();
            audio.load();
            self.seek_to(at);
        }
        browser::run_on_next_frame(|| browser::focus_element(".controls .play"));
    }

    /// Changes to the next of [`PLAYBACK_RATES`].
    fn cycle_rate(self) {
        let at = PLAYBACK_RATES.iter().position(|rate| *rate == self.rate.get_untracked()).unwrap_or(0);
        let rate = PLAYBACK_RATES[(at + 1) % PLAYBACK_RATES.len()];
        self.rate.set(rate);
        browser::set_stored_item(RATE_KEY, &rate.to_string());
        self.apply_rate();
    }

    /// Sets the playback rate; the element forgets it with each file that it opens.
    fn apply_rate(self) {
        if let Some(audio) = self.audio.get_untracked() {
            audio.set_playback_rate(f64::from(self.rate.get_untracked()) / 100.0);
        }
    }

    /// Reads the length from the element, whenever that becomes known or more exact.
    fn update_length(self) {
        let length = self.audio.get_untracked().map(|audio| audio.duration() * 1000.0);
        self.length_ms.set(length.filter(|length| length.is_finite()).map(|length| length as u64));
        self.apply_rate();
    }

    fn update_position(self) {
        if let Some(audio) = self.audio.get_untracked() {
            self.at_ms.set((audio.current_time() * 1000.0) as u64);
        }
    }
}

/// Player of a recording. Opening a citation seeks to the cited second, without playing.
#[component]
pub fn Player(id: SourceId, player: PlayerState, target: Memo<Option<HighlightTarget>>) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    // Another player may have played before.
    player.is_on.set(false);
    player.has_failed.set(false);
    Effect::new(move |_| {
        notebook.target_requested.track();
        player.audio.track();
        let start = target.with(|target| {
            target.as_ref().and_then(|target| match target.places.first() {
                Some(Place::Time { start_ms, .. }) => Some(start_ms.saturating_sub(LEAD_IN_MS)),
                _ => None,
            })
        });
        if let Some(start) = start {
            browser::run_on_next_frame(move || player.seek_to(start));
        }
    });
    let address = GetOriginal::INFO.format_path(&[&id.to_string()]);
    view! {
        <section class="player" aria-label=strings.player>
            <Waveform player />
            <Controls player />
            <audio
                preload="metadata"
                src=address
                node_ref=player.audio
                on:loadedmetadata=move |_| player.update_length()
                on:durationchange=move |_| player.update_length()
                on:timeupdate=move |_| player.update_position()
                on:seeked=move |_| player.update_position()
                on:play=move |_| player.is_on.set(true)
                on:pause=move |_| player.is_on.set(false)
                on:emptied=move |_| player.is_on.set(false)
                on:error=move |_| player.has_failed.set(true)
            ></audio>
        </section>
    }
}

/// Play button, position and speed; or a message if the recording cannot be played here.
#[component]
fn Controls(player: PlayerState) -> impl IntoView {
    let strings = use_strings();
    let label = move || if player.is_on.get() { strings.pause } else { strings.play };
    let icon = move || {
        if player.is_on.get() {
            view! { <Icon name="pause" /> }
        } else {
            view! { <Icon name="play" /> }
        }
    };
    let position_text = move || {
        let length = player.length_ms.get().map(|length| format!(" / {}", format_timestamp(length)));
        format!("{}{}", format_timestamp(player.at_ms.get()), length.unwrap_or_default())
    };
    let rate = move || format!("{}×", f64::from(player.rate.get()) / 100.0);
    view! {
        <Show when=move || !player.has_failed.get() fallback=move || view! { <Unplayable player /> }>
            <div class="controls">
                <button
                    class="icon play"
                    type="button"
                    aria-label=label
                    title=label
                    on:click=move |_| player.toggle_playing()
                >
                    {icon}
                </button>
                <span class="stands">{position_text}</span>
                <button
                    class="btn small quiet"
                    type="button"
                    aria-label=move || format!("{}: {}", strings.speed, rate())
                    title=strings.speed
                    on:click=move |_| player.cycle_rate()
                >
                    {rate}
                </button>
            </div>
        </Show>
    }
}

/// Message for a recording that cannot be played: the browser lacks the codec, or the node was not reached.
#[component]
fn Unplayable(player: PlayerState) -> impl IntoView {
    let strings = use_strings();
    view! {
        <p class="controls meta" role="alert">
            {strings.unplayable}
            <button class="btn small quiet" type="button" on:click=move |_| player.retry_loading()>
                {strings.retry}
            </button>
        </p>
    }
}

/// Waveform of the recording, with the played part coloured, under an invisible slider.
#[component]
fn Waveform(player: PlayerState) -> impl IntoView {
    let render_waveform = move || {
        let mut loudness = player.loudness.get();
        if loudness.len() < 2 {
            loudness = vec![0; PLACEHOLDER_BARS];
        }
        let (count, path) = (loudness.len(), waveform_path(&loudness));
        let view_box = format!("0 0 {count} {}", 2.0 * HALF_HEIGHT);
        let inner = path.clone();
        view! {
            <svg viewBox=view_box.clone() preserveAspectRatio="none">
                <path d=path></path>
            </svg>
            <span
                class="behind"
                style:clip-path=move || format!("inset(0 {:.2}% 0 0)", 100.0 * (1.0 - player.played_share()))
            >
                <svg viewBox=view_box preserveAspectRatio="none">
                    <path d=inner></path>
                </svg>
            </span>
        }
    };
    view! {
        <div class="waveform">
            <div aria-hidden="true">{render_waveform}</div>
            <Slider player />
        </div>
    }
}

/// Slider that seeks by click, drag or arrow keys.
#[component]
fn Slider(player: PlayerState) -> impl IntoView {
    let strings = use_strings();
    let on_input = move |event| {
        if let Ok(ms) = event_target_value(&event).parse::<f64>() {
            player.seek_to(ms as u64);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let at = player.at_ms.get_untracked();
        match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => player.seek_to(at.saturating_sub(SEEK_STEP_MS)),
            "ArrowRight" | "ArrowUp" => player.seek_to(at + SEEK_STEP_MS),
            " " if !event.repeat() => player.toggle_playing(),
            " " => {}
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <input
            type="range"
            min="0"
            step="1"
            aria-label=strings.position
            disabled=move || player.length_ms.get().is_none()
            max=move || player.length_ms.get().unwrap_or(1)
            prop:value=move || player.at_ms.get().to_string()
            aria-valuetext=move || format_timestamp(player.at_ms.get())
            on:input=on_input
            on:keydown=on_key
        />
    }
}

/// Half the height of a waveform, in units of its drawing.
const HALF_HEIGHT: f32 = 24.0;
/// Bars of a waveform whose loudness is not known.
const PLACEHOLDER_BARS: usize = 120;

/// Loudness drawn at full height at least: the noise of a silent room stays low.
const MIN_PEAK_LEVEL: u8 = 100;

/// SVG path of a waveform: a bar for each piece, centred; the loudest has the full height.
fn waveform_path(loudness: &[u8]) -> String {
    let loudest = f32::from(loudness.iter().copied().fold(MIN_PEAK_LEVEL, u8::max));
    let mut path = String::new();
    for (at, level) in loudness.iter().enumerate() {
        // Levels are in decibels: what the ear takes for half as loud is drawn half as high.
        let height = (f32::from(*level) / loudest).powi(2) * (HALF_HEIGHT - 1.0) + 0.5;
        // Writing to a string does not fail.
        let _ = write!(path, "M{at} {:.1}h.7v{:.1}h-.7z", HALF_HEIGHT - height, 2.0 * height);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_of_a_recording_has_its_bar() {
        assert_eq!(waveform_path(&[0, 255]), "M0 23.5h.7v1.0h-.7zM1 0.5h.7v47.0h-.7z");
        assert!(waveform_path(&[0, 140]).ends_with("M1 0.5h.7v47.0h-.7z"), "a quiet recording is seen, too");
        assert!(waveform_path(&[0, 50]).ends_with("M1 17.8h.7v12.5h-.7z"), "noise stays low");
        assert_eq!(waveform_path(&[]), "");
    }
}
