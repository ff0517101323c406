//! Text of a transcript: paragraphs, the time of each word, and its speaker.

use hearth_domain::{CharRange, Layout, LayoutSpan, Mark, Revision, Segment, SpeakerSegment, Transcript};

/// Minimum pause in milliseconds that begins a paragraph.
const PARAGRAPH_PAUSE_MS: u64 = 1800;
/// Bytes of a paragraph from which the next segment after a sentence begins another.
const LONG_PARAGRAPH_BYTES: usize = 600;
/// Maximum words between a change of speaker and the end of a sentence to which it is moved: diarisation
/// works on longer spans than a word.
const MAX_SPEAKER_SHIFT_WORDS: usize = 2;

/// A word, or as much text as has one time, and its speaker.
struct TimedWord<'a> {
    /// Text with the blank before it, if there is one.
    text: &'a str,
    start_ms: u64,
    end_ms: u64,
    begins_segment: bool,
    speaker: Option<u32>,
}

/// Builds a revision of the transcripts of a recording's parts, each with its offset in milliseconds.
pub(super) fn build_revision(
    transcripts: &[(u64, Transcript)],
    speaker_segments: &[SpeakerSegment],
) -> Revision {
    let mut pieces: Vec<TimedWord<'_>> = transcripts
        .iter()
        .flat_map(|(offset, transcript)| transcript.segments.iter().map(move |segment| (*offset, segment)))
        .flat_map(|(offset, segment)| split_timed_words(segment, offset, speaker_segments))
        .collect();
    align_to_sentences(&mut pieces);
    let mut text = String::new();
    let mut layout = Layout::default();
    let (mut chars, mut paragraph) = (0_u32, 0);
    let mut before: Option<&TimedWord<'_>> = None;
    for piece in &pieces {
        let trimmed = piece.text.trim();
        if trimmed.is_empty() {
            continue;
        }
        let is_long = paragraph > LONG_PARAGRAPH_BYTES && is_sentence_end(&text);
        let gap = match before {
            None => "",
            Some(before) if before.speaker != piece.speaker => "\n\n",
            Some(before) if piece.begins_segment => {
                let pause = piece.start_ms.saturating_sub(before.end_ms);
                if pause >= PARAGRAPH_PAUSE_MS || is_long { "\n\n" } else { " " }
            }
            Some(_) if piece.text.starts_with(char::is_whitespace) => " ",
            Some(_) => "",
        };
        paragraph = if gap.len() > 1 { 0 } else { paragraph + gap.len() } + trimmed.len();
        text.push_str(gap);
        text.push_str(trimmed);
        let start = chars + gap.len() as u32;
        chars = start + trimmed.chars().count() as u32;
        let speaker = piece.speaker.map(|speaker| speaker.to_string());
        let mark = Mark::Time { start_ms: piece.start_ms, end_ms: piece.end_ms, speaker };
        layout.spans.push(LayoutSpan { range: CharRange::new(start, chars), mark });
        before = Some(piece);
    }
    Revision { text, sections: Vec::new(), layout }
}

fn is_sentence_end(text: &str) -> bool {
    text.trim_end().ends_with(['.', '!', '?', '…', '。', '？', '！'])
}

/// Words of a segment with their times, or the whole segment if it has none.
fn split_timed_words<'a>(
    segment: &'a Segment,
    offset: u64,
    speaker_segments: &[SpeakerSegment],
) -> Vec<TimedWord<'a>> {
    let piece = |text, start_ms, end_ms| TimedWord {
        text,
        start_ms: start_ms + offset,
        end_ms: end_ms + offset,
        begins_segment: false,
        speaker: speaker_at(speaker_segments, u64::midpoint(start_ms, end_ms) + offset),
    };
    let mut pieces: Vec<TimedWord<'_>> =
        segment.words.iter().map(|word| piece(word.text.as_str(), word.start_ms, word.end_ms)).collect();
    pieces.retain(|piece| !piece.text.trim().is_empty());
    if pieces.is_empty() {
        pieces.push(piece(segment.text.as_str(), segment.start_ms, segment.end_ms));
    }
    pieces[0].begins_segment = true;
    // A pause is between segments: their last words last to their end.
    if let Some(last) = pieces.last_mut() {
        last.end_ms = last.end_ms.max(segment.end_ms + offset);
    }
    pieces
}

/// Number of the speaker at a time, or of the nearest one.
fn speaker_at(segments: &[SpeakerSegment], ms: u64) -> Option<u32> {
    let after = segments.partition_point(|segment| segment.end_ms <= ms);
    let distance = |segment: &SpeakerSegment| {
        if segment.start_ms > ms { segment.start_ms - ms } else { ms.saturating_sub(segment.end_ms) }
    };
    let neighbours =
        [after.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|at| segments.get(at));
    neighbours.min_by_key(|segment| distance(segment)).map(|segment| segment.speaker)
}

/// Moves each change of speaker to the end of a sentence, if one is near.
fn align_to_sentences(pieces: &mut [TimedWord<'_>]) {
    let changes: Vec<usize> =
        (1..pieces.len()).filter(|&at| pieces[at].speaker != pieces[at - 1].speaker).collect();
    for at in changes {
        let is_end = |at: &usize| pieces[*at].begins_segment || is_sentence_end(pieces[at - 1].text);
        let range = at.saturating_sub(MAX_SPEAKER_SHIFT_WORDS).max(1)
            ..(at + MAX_SPEAKER_SHIFT_WORDS + 1).min(pieces.len());
        let Some(end) = range.filter(is_end).min_by_key(|end| end.abs_diff(at)) else { continue };
        let (before, after) = (pieces[at - 1].speaker, pieces[at].speaker);
        for piece in &mut pieces[end.min(at)..end.max(at)] {
            piece.speaker = if end < at { after } else { before };
        }
    }
}

#[cfg(test)]
mod tests {
    use hearth_domain::{CharOffset, Place, Word};

    use super::*;

    fn make_segment(start_ms: u64, end_ms: u64, words: &[&str]) -> Segment {
        let step = (end_ms - start_ms) / words.len() as u64;
        let word = |(nth, text): (usize, &&str)| {
            let start_ms = start_ms + step * nth as u64;
            Word { start_ms, end_ms: start_ms + step, text: (*text).to_owned(), probability: 1.0 }
        };
        Segment {
            start_ms,
            end_ms,
            text: words.concat(),
            words: words.iter().enumerate().map(word).collect(),
            no_speech: 0.0,
            log_probability: 0.0,
        }
    }

    /// Start and speaker of a word.
    fn find_word(revision: &Revision, word: &str) -> (u64, Option<String>) {
        let start = revision.text[..revision.text.find(word).unwrap()].chars().count() as u32;
        let range = CharRange { start: CharOffset(start), end: CharOffset(start + word.len() as u32) };
        match revision.layout.places_in_range(range).as_slice() {
            [Place::Time { start_ms, speaker, .. }] => (*start_ms, speaker.clone()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn words_are_found_where_they_were_said() {
        let first = Transcript {
            language: Some("en".into()),
            segments: vec![
                make_segment(0, 2000, &[" Grüße", ",", " Ada", "."]),
                make_segment(2000, 3000, &[" Hello", "."]),
            ],
        };
        let second = Transcript { language: None, segments: vec![make_segment(0, 1000, &[" Later", "."])] };
        let revision = build_revision(&[(1_000, first), (10_000, second)], &[]);
        assert_eq!(revision.text, "Grüße, Ada. Hello.\n\nLater.");
        assert!(revision.is_valid());
        assert_eq!(["Ada", "Hello", "Later"].map(|word| find_word(&revision, word).0), [2000, 3000, 10_000]);
    }

    #[test]
    fn whoever_speaks_next_begins_a_paragraph_with_a_sentence() {
        let words = [" Is", " it", " warm", "?", " No", ",", " not", " yet", "."];
        let transcript = Transcript { language: None, segments: vec![make_segment(0, 9000, &words)] };
        let turn = |start_ms, end_ms, speaker| SpeakerSegment { start_ms, end_ms, speaker };
        // The second speaker begins a word too early, one too late, and in the middle of a sentence.
        let apart =
            |change| build_revision(&[(0, transcript.clone())], &[turn(0, change, 1), turn(change, 9000, 2)]);
        for change in [3000, 4000, 5600] {
            let revision = apart(change);
            assert_eq!(revision.text, "Is it warm?\n\nNo, not yet.", "{change}");
            assert!(revision.is_valid());
            assert_eq!(find_word(&revision, "warm"), (2000, Some("1".into())));
            assert_eq!(find_word(&revision, "No"), (4000, Some("2".into())));
        }
        assert_eq!(apart(1000).text, "Is\n\nit warm? No, not yet.");
        // A short answer belongs to its speaker, however long the segment goes on.
        let mut answer = make_segment(1000, 1300, &[" Yes."]);
        answer.end_ms = 4000;
        let answer = Transcript { language: None, segments: vec![answer] };
        let revision = build_revision(&[(0, answer)], &[turn(800, 1400, 1), turn(2500, 9000, 2)]);
        assert_eq!(find_word(&revision, "Yes").1, Some("1".into()));
        // In silence, the nearest speaker counts.
        let far = [turn(2000, 3000, 1), turn(60_000, 61_000, 2)];
        assert_eq!(find_word(&build_revision(&[(0, transcript.clone())], &far), "yet").1, Some("1".into()));
    }
}
