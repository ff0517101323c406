//! The lines of a recording's transcript, which follow what plays, and play from where they are clicked.

use hearth_domain::CharRange;
use hearth_wire::TranscriptLine;
use leptos::prelude::*;

use super::player::Playing;
use crate::contexts::words::words;
use crate::strings::fill;
use crate::text::place::clock;

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
