//! What plays a recording: how loud it is over its length, where it stands, and how fast it goes. The browser's own player looks
//! different everywhere, is hard to read in some themes, and cannot be set to a speed in some windows.

use std::fmt::Write as _;

use hearth_domain::{Place, SourceId};
use hearth_wire::operation::Operation;
use hearth_wire::operations::GetOriginal;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use crate::browser;
use crate::components::shared::Icon;
use crate::contexts::notebook::{Target, open_notebook};
use crate::contexts::words::words;
use crate::text::place::clock;

/// Milliseconds before a cited word at which playing begins: nobody understands a word cut in the middle.
const LEAD: u64 = 300;
/// Milliseconds that an arrow key goes.
const STEP: u64 = 5000;
/// How fast it can go, in hundredths; the one that was chosen last is kept in this browser.
const RATES: [u32; 6] = [100, 125, 150, 175, 200, 75];
const RATE: &str = "rate";

/// What plays, and where it is.
#[derive(Clone, Copy)]
pub struct Playing {
    node: NodeRef<html::Audio>,
    pub at_ms: RwSignal<u64>,
    /// Where it is known.
    length_ms: RwSignal<Option<u64>>,
    is_on: RwSignal<bool>,
    /// The browser cannot play it.
    has_failed: RwSignal<bool>,
    rate: RwSignal<u32>,
    /// How loud it is, in pieces of the same length; empty where that is not known.
    pub loudness: RwSignal<Vec<u8>>,
}

impl Playing {
    pub fn new() -> Self {
        let kept = browser::kept(RATE).and_then(|rate| rate.parse().ok());
        Self {
            node: NodeRef::new(),
            at_ms: RwSignal::new(0),
            length_ms: RwSignal::new(None),
            is_on: RwSignal::new(false),
            has_failed: RwSignal::new(false),
            rate: RwSignal::new(kept.filter(|rate| RATES.contains(rate)).unwrap_or(RATES[0])),
            loudness: RwSignal::new(Vec::new()),
        }
    }

    /// Goes to a time.
    fn seek(self, ms: u64) {
        if let Some(player) = self.node.get_untracked() {
            let ms = ms.min(self.length_ms.get_untracked().unwrap_or(ms));
            player.set_current_time(ms as f64 / 1000.0);
            self.at_ms.set(ms);
        }
    }

    /// How much of it is behind, from 0 to 1; what cannot be played has no length.
    fn done(self) -> f64 {
        let at = self.at_ms.get() as f64;
        self.length_ms.get().map_or(0.0, |length| (at / length.max(1) as f64).min(1.0))
    }

    /// Plays from a time on.
    pub fn play_from(self, ms: u64) {
        self.seek(ms);
        self.play();
    }

    fn play(self) {
        if let Some(player) = self.node.get_untracked() {
            // That it cannot be played is told by an event.
            let _ = player.play();
        }
    }

    fn toggle(self) {
        match self.node.get_untracked() {
            Some(player) if !player.paused() => {
                // A pause of what does not play is none.
                let _ = player.pause();
            }
            _ => self.play(),
        }
    }

    /// Once more from where it stood, after it failed.
    fn load(self) {
        self.has_failed.set(false);
        if let Some(player) = self.node.get_untracked() {
            let at = self.at_ms.get_untracked();
            player.load();
            self.seek(at);
        }
        browser::next_frame(|| browser::focus(".controls .play"));
    }

    /// The next of [`RATES`].
    fn faster(self) {
        let at = RATES.iter().position(|rate| *rate == self.rate.get_untracked()).unwrap_or(0);
        let rate = RATES[(at + 1) % RATES.len()];
        self.rate.set(rate);
        browser::keep(RATE, &rate.to_string());
        self.keep_rate();
    }

    /// A player forgets it with each file that it opens.
    fn keep_rate(self) {
        if let Some(player) = self.node.get_untracked() {
            player.set_playback_rate(f64::from(self.rate.get_untracked()) / 100.0);
        }
    }

    /// Its length became known, or better known.
    fn measured(self) {
        let length = self.node.get_untracked().map(|player| player.duration() * 1000.0);
        self.length_ms.set(length.filter(|length| length.is_finite()).map(|length| length as u64));
        self.keep_rate();
    }

    fn went_on(self) {
        if let Some(player) = self.node.get_untracked() {
            self.at_ms.set((player.current_time() * 1000.0) as u64);
        }
    }
}

/// The player. Opening a citation takes it to the cited second, without playing by itself.
#[component]
pub fn Player(id: SourceId, playing: Playing, target: Memo<Option<Target>>) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    // Another player may have played before.
    playing.is_on.set(false);
    playing.has_failed.set(false);
    Effect::new(move |_| {
        open.shown.track();
        playing.node.track();
        let start = target.with(|target| {
            target.as_ref().and_then(|target| match target.places.first() {
                Some(Place::Time { start_ms, .. }) => Some(start_ms.saturating_sub(LEAD)),
                _ => None,
            })
        });
        if let Some(start) = start {
            browser::next_frame(move || playing.seek(start));
        }
    });
    let address = GetOriginal::INFO.path_with(&[&id.to_string()]);
    view! {
        <section class="player" aria-label=words.player>
            <Waveform playing/>
            <Controls playing/>
            <audio
                preload="metadata" src=address node_ref=playing.node
                on:loadedmetadata=move |_| playing.measured() on:durationchange=move |_| playing.measured()
                on:timeupdate=move |_| playing.went_on() on:seeked=move |_| playing.went_on()
                on:play=move |_| playing.is_on.set(true) on:pause=move |_| playing.is_on.set(false) on:emptied=move |_| playing.is_on.set(false)
                on:error=move |_| playing.has_failed.set(true)
            ></audio>
        </section>
    }
}

/// Plays and pauses, says where it stands, and how fast it goes; or that it cannot be played here.
#[component]
fn Controls(playing: Playing) -> impl IntoView {
    let words = words();
    let label = move || if playing.is_on.get() { words.pause } else { words.play };
    let icon = move || {
        if playing.is_on.get() {
            view! { <Icon name="pause"/> }
        } else {
            view! { <Icon name="play"/> }
        }
    };
    let stands = move || {
        let length = playing.length_ms.get().map(|length| format!(" / {}", clock(length)));
        format!("{}{}", clock(playing.at_ms.get()), length.unwrap_or_default())
    };
    let rate = move || format!("{}×", f64::from(playing.rate.get()) / 100.0);
    view! {
        <Show when=move || !playing.has_failed.get() fallback=move || view! { <Unplayable playing/> }>
            <div class="controls">
                <button class="icon play" type="button" aria-label=label title=label on:click=move |_| playing.toggle()>{icon}</button>
                <span class="stands">{stands}</span>
                <button class="btn small quiet" type="button" aria-label=move || format!("{}: {}", words.speed, rate()) title=words.speed on:click=move |_| playing.faster()>{rate}</button>
            </div>
        </Show>
    }
}

/// The browser lacks what it takes, or the node was not reached.
#[component]
fn Unplayable(playing: Playing) -> impl IntoView {
    let words = words();
    view! {
        <p class="controls meta" role="alert">
            {words.unplayable}
            <button class="btn small quiet" type="button" on:click=move |_| playing.load()>{words.retry}</button>
        </p>
    }
}

/// How loud the recording is over its length, and how much of it is behind, under a slider that nobody sees.
#[component]
fn Waveform(playing: Playing) -> impl IntoView {
    let drawing = move || {
        let mut loudness = playing.loudness.get();
        if loudness.len() < 2 {
            loudness = vec![0; UNKNOWN];
        }
        let (count, path) = (loudness.len(), outline(&loudness));
        let view_box = format!("0 0 {count} {}", 2.0 * HALF);
        let inner = path.clone();
        view! {
            <svg viewBox=view_box.clone() preserveAspectRatio="none"><path d=path></path></svg>
            <span class="behind" style:clip-path=move || format!("inset(0 {:.2}% 0 0)", 100.0 * (1.0 - playing.done()))>
                <svg viewBox=view_box preserveAspectRatio="none"><path d=inner></path></svg>
            </span>
        }
    };
    view! { <div class="waveform"><div aria-hidden="true">{drawing}</div><Slider playing/></div> }
}

/// Takes the recording to where it is clicked or dragged, or by the arrow keys.
#[component]
fn Slider(playing: Playing) -> impl IntoView {
    let words = words();
    let on_input = move |event| {
        if let Ok(ms) = event_target_value(&event).parse::<f64>() {
            playing.seek(ms as u64);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let at = playing.at_ms.get_untracked();
        match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => playing.seek(at.saturating_sub(STEP)),
            "ArrowRight" | "ArrowUp" => playing.seek(at + STEP),
            " " if !event.repeat() => playing.toggle(),
            " " => {}
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <input
            type="range" min="0" step="1" aria-label=words.position disabled=move || playing.length_ms.get().is_none()
            max=move || playing.length_ms.get().unwrap_or(1) prop:value=move || playing.at_ms.get().to_string()
            aria-valuetext=move || clock(playing.at_ms.get()) on:input=on_input on:keydown=on_key
        />
    }
}

/// Half the height of a waveform, in units of its drawing.
const HALF: f32 = 24.0;
/// Pieces that are drawn where it is not known how loud they are.
const UNKNOWN: usize = 120;

/// What is drawn at full height at least: the noise of a silent room is none.
const QUIET: u8 = 100;

/// A bar for each piece, around the middle; the loudest is as high as there is room.
fn outline(loudness: &[u8]) -> String {
    let loudest = f32::from(loudness.iter().copied().fold(QUIET, u8::max));
    let mut path = String::new();
    for (at, loud) in loudness.iter().enumerate() {
        // Levels are in decibels: what the ear takes for half as loud is drawn half as high.
        let high = (f32::from(*loud) / loudest).powi(2) * (HALF - 1.0) + 0.5;
        // Writing to a text does not fail.
        let _ = write!(path, "M{at} {:.1}h.7v{:.1}h-.7z", HALF - high, 2.0 * high);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_of_a_recording_has_its_bar() {
        assert_eq!(outline(&[0, 255]), "M0 23.5h.7v1.0h-.7zM1 0.5h.7v47.0h-.7z");
        assert!(outline(&[0, 140]).ends_with("M1 0.5h.7v47.0h-.7z"), "a quiet recording is seen, too");
        assert!(outline(&[0, 50]).ends_with("M1 17.8h.7v12.5h-.7z"), "noise stays low");
        assert_eq!(outline(&[]), "");
    }
}
