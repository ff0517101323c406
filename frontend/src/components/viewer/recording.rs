//! A recording that is open: what plays, and the lines of its transcript, which follow it and play from where they are
//! clicked.

use std::fmt::Write as _;

use hearth_domain::{CharRange, Place, SourceId};
use hearth_wire::TranscriptLine;
use hearth_wire::operation::Operation;
use hearth_wire::operations::GetOriginal;
use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;

use crate::browser;
use crate::contexts::notebook::{Target, open_notebook};
use crate::contexts::words::words;
use crate::strings::fill;
use crate::text::place::clock;

/// Milliseconds before a cited word at which playing begins: nobody understands a word cut in the middle.
const LEAD: u64 = 300;

/// What plays, and where it is.
#[derive(Clone, Copy)]
pub struct Playing {
    node: NodeRef<html::Audio>,
    at_ms: RwSignal<u64>,
    /// How loud it is, in pieces of the same length; empty where that is not known.
    pub loudness: RwSignal<Vec<u8>>,
}

impl Playing {
    pub fn new() -> Self {
        Self { node: NodeRef::new(), at_ms: RwSignal::new(0), loudness: RwSignal::new(Vec::new()) }
    }

    /// Goes to a time.
    fn seek(self, ms: u64) {
        if let Some(player) = self.node.get_untracked() {
            player.set_current_time(ms as f64 / 1000.0);
            self.at_ms.set(ms);
        }
    }

    /// How much of it is behind, from 0 to 1; what cannot be played has no length.
    fn done(self) -> f64 {
        // Read in any case: the length comes later, and nobody tells.
        let at = self.at_ms.get() as f64 / 1000.0;
        let length = self.node.get().map(|player| player.duration()).filter(|length| length.is_finite());
        length.map_or(0.0, |length| (at / length.max(0.001)).min(1.0))
    }

    /// Goes to a part of it, from 0 to 1.
    fn seek_part(self, part: f64) {
        let length = self.node.get_untracked().map(|player| player.duration());
        if let Some(length) = length.filter(|length| length.is_finite()) {
            self.seek((length * part.clamp(0.0, 1.0) * 1000.0) as u64);
        }
    }

    /// Plays from a time on.
    pub fn play_from(self, ms: u64) {
        self.seek(ms);
        if let Some(player) = self.node.get_untracked() {
            // A browser that cannot play it says so in the player itself.
            let _ = player.play();
        }
    }
}

/// The player. Opening a citation takes it to the cited second, without playing by itself.
#[component]
pub fn Player(id: SourceId, playing: Playing, target: Memo<Option<Target>>) -> impl IntoView {
    let words = words();
    let open = open_notebook();
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
    let on_time = move |_| {
        if let Some(player) = playing.node.get_untracked() {
            playing.at_ms.set((player.current_time() * 1000.0) as u64);
        }
    };
    let address = GetOriginal::INFO.path_with(&[&id.to_string()]);
    view! {
        <Waveform playing/>
        <audio class="player" controls preload="metadata" aria-label=words.player src=address node_ref=playing.node on:timeupdate=on_time on:seeked=on_time></audio>
    }
}

/// How loud the recording is over its length, and how much of it is behind; a click goes there. Whoever does not see it has
/// the player.
#[component]
fn Waveform(playing: Playing) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let on_click = move |event: MouseEvent| {
        let Some(node) = node.get_untracked() else { return };
        let frame = node.get_bounding_client_rect();
        playing.seek_part((f64::from(event.client_x()) - frame.left()) / frame.width().max(1.0));
    };
    let drawing = move || {
        let loudness = playing.loudness.get();
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
    view! {
        <Show when=move || playing.loudness.with(|loudness| loudness.len() > 1)>
            <div class="waveform" aria-hidden="true" node_ref=node on:click=on_click>{drawing}</div>
        </Show>
    }
}

/// Half the height of a waveform, in units of its drawing.
const HALF: f32 = 24.0;

/// A bar for each piece, around the middle.
fn outline(loudness: &[u8]) -> String {
    let mut path = String::new();
    for (at, loud) in loudness.iter().enumerate() {
        // Levels are in decibels: what the ear takes for half as loud is drawn half as high.
        let high = (f32::from(*loud) / 255.0).powi(2) * (HALF - 1.0) + 0.5;
        // Writing to a text does not fail.
        let _ = write!(path, "M{at} {:.1}h.7v{:.1}h-.7z", HALF - high, 2.0 * high);
    }
    path
}

/// A sentence of a transcript, with what is shown of it.
#[component]
pub fn Line(line: TranscriptLine, inside: Vec<AnyView>, playing: Playing) -> impl IntoView {
    let TranscriptLine { start_ms, end_ms, .. } = line;
    let is_now = Memo::new(move |_| (start_ms..end_ms).contains(&playing.at_ms.get()));
    view! {
        <span
            class="line" class:now=is_now role="button" tabindex="0" title=clock(start_ms)
            on:click=move |_| playing.play_from(start_ms)
            on:keydown=move |event| if event.key() == "Enter" { playing.play_from(start_ms) }
        >
            {inside}
        </span>
    }
}

/// Who speaks from here on.
#[component]
pub fn Speaker(speaker: String) -> impl IntoView {
    view! { <b class="speaker">{fill(words().speaker, &[("n", &speaker)])}</b> }
}

/// The lines within a range, paragraph by paragraph: a gap of more than a blank is a new one.
pub fn paragraphs(lines: &[TranscriptLine], within: CharRange) -> Vec<Vec<TranscriptLine>> {
    let mut paragraphs: Vec<Vec<TranscriptLine>> = Vec::new();
    let inside = lines.iter().filter(|line| line.start >= within.start.0 && line.start < within.end.0);
    for line in inside {
        match paragraphs.last_mut() {
            Some(paragraph) if paragraph.last().is_some_and(|last| line.start <= last.end + 1) => {
                paragraph.push(line.clone());
            }
            _ => paragraphs.push(vec![line.clone()]),
        }
    }
    paragraphs
}

/// Who speaks in the paragraph that begins with a line; nothing where that is who spoke before, or is not known.
pub fn comes_to_speak(lines: &[TranscriptLine], first: &TranscriptLine) -> Option<String> {
    let at = lines.partition_point(|line| line.start < first.start);
    let before = at.checked_sub(1).and_then(|before| lines[before].speaker.as_ref());
    first.speaker.clone().filter(|speaker| before != Some(speaker))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_of_a_recording_has_its_bar() {
        assert_eq!(outline(&[0, 255]), "M0 23.5h.7v1.0h-.7zM1 0.5h.7v47.0h-.7z");
        assert_eq!(outline(&[]), "");
    }

    #[test]
    fn a_gap_begins_a_paragraph() {
        let line = |start, end| TranscriptLine { start, end, start_ms: 0, end_ms: 0, speaker: None };
        let lines = [line(0, 5), line(6, 9), line(11, 20), line(22, 30)];
        let found = paragraphs(&lines, CharRange::new(0, 21));
        let starts: Vec<Vec<u32>> =
            found.iter().map(|lines| lines.iter().map(|line| line.start).collect()).collect();
        assert_eq!(starts, [vec![0, 6], vec![11]]);
    }

    #[test]
    fn whoever_comes_to_speak_is_named_once() {
        let line = |start: u32, speaker: &str| TranscriptLine {
            start,
            end: start + 5,
            start_ms: 0,
            end_ms: 0,
            speaker: Some(speaker.to_owned()).filter(|speaker| !speaker.is_empty()),
        };
        let lines = [line(0, "1"), line(6, "1"), line(13, "2"), line(20, "1"), line(27, "")];
        let named: Vec<_> = lines.iter().map(|line| comes_to_speak(&lines, line)).collect();
        assert_eq!(named, [Some("1".into()), None, Some("2".into()), Some("1".into()), None]);
    }
}
