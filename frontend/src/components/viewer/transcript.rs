//! The lines of a recording's transcript: they follow the player, and a click plays from them.

use hearth_domain::CharRange;
use hearth_wire::TranscriptLine;
use leptos::prelude::*;

use super::player::PlayerState;
use crate::contexts::localisation::use_strings;
use crate::text::place::format_timestamp;

/// A sentence of a transcript, with its rendered content.
#[component]
pub fn Line(line: TranscriptLine, content: Vec<AnyView>, player: PlayerState) -> impl IntoView {
    let TranscriptLine { start_ms, end_ms, .. } = line;
    let is_now = Memo::new(move |_| (start_ms..end_ms).contains(&player.at_ms.get()));
    view! {
        <span
            class="line"
            class:now=is_now
            role="button"
            tabindex="0"
            title=format_timestamp(start_ms)
            on:click=move |_| player.play_from(start_ms)
            on:keydown=move |event| {
                if event.key() == "Enter" {
                    player.play_from(start_ms);
                }
            }
        >
            {content}
        </span>
    }
}

/// Name of the speaker, shown before a paragraph.
#[component]
pub fn Speaker(speaker: String) -> impl IntoView {
    view! { <b class="speaker">{use_strings().speaker(&speaker)}</b> }
}

/// Lines within a range, grouped in paragraphs: a gap of more than one character starts a new one.
pub fn group_paragraphs(lines: &[TranscriptLine], within: CharRange) -> Vec<Vec<TranscriptLine>> {
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

/// Speaker of the paragraph that starts with `first`; `None` if unchanged since the line before, or unknown.
pub fn new_speaker(lines: &[TranscriptLine], first: &TranscriptLine) -> Option<String> {
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
        let found = group_paragraphs(&lines, CharRange::new(0, 21));
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
        let named: Vec<_> = lines.iter().map(|line| new_speaker(&lines, line)).collect();
        assert_eq!(named, [Some("1".into()), None, Some("2".into()), Some("1".into()), None]);
    }
}
