//! Writing a recording down: part by part, each kept as soon as it was heard.

use std::ops::Range;
use std::path::Path;

use hearth_documents::detect_language;
use hearth_domain::{
    CharRange, Job, JobStep, Layout, LayoutSpan, Mark, Problem, ProblemCode, Revision, RevisionId,
    SPEECH_RATE, Segment, Source, TranscribeOptions, Transcript,
};
use hearth_store::RevisionFacts;
use uuid::Uuid;

use super::guide::guide;
use crate::speech::Scratch;
use crate::{Engine, EngineError};

/// Where hearing stands on a job's way from 0 to 1.
const DECODED: f32 = 0.05;
pub(super) const HEARD: f32 = 0.8;
/// A pause of so many milliseconds begins a paragraph, and so does a sentence after so many characters.
const PAUSE_MS: u64 = 1800;
const PARAGRAPH: usize = 600;

impl Engine {
    /// Makes a revision of what is said in a recording; false when the job was cancelled.
    pub(super) async fn listen(&self, job: &Job, source: &Source) -> Result<bool, EngineError> {
        let shared = &self.0;
        let speech = &shared.speech;
        let transcriber = speech.transcriber(None)?;
        // Without a model nothing else is worth its while.
        transcriber.load().await?;
        let samples = Scratch(shared.store.blobs().scratch(&format!("{}.samples", source.id)));
        let recording = {
            let _reading = shared.reading.acquire().await.expect("nobody closes it");
            if !self.advance(job, JobStep::Reading, 0.02).await? {
                return Ok(false);
            }
            let original = shared.store.blobs().open_blob(&source.sha256).await?;
            speech.read(original, &samples.0).await.map_err(EngineError::Recording)?
        };
        let known = shared.store.heard(source.id, transcriber.id()).await?;
        let mut options = TranscribeOptions {
            // Its name may have the names that are said in it.
            prompt: source.title.rsplit_once('.').map_or(source.title.as_str(), |(stem, _)| stem).to_owned(),
            language: speech.language(),
            words: true,
            is_speech: true,
            ..TranscribeOptions::default()
        };
        let all = recording.parts.iter().map(Range::len).sum::<usize>().max(1);
        let (mut done, mut heard) = (0, Vec::new());
        for part in &recording.parts {
            let progress = DECODED + (HEARD - DECODED) * done as f32 / all as f32;
            if !self.advance(job, JobStep::Transcribing, progress).await? {
                return Ok(false);
            }
            let transcript = match known.get(part) {
                Some(known) => known.clone(),
                None => self.hear(&samples.0, part, &options, source, transcriber.as_ref()).await?,
            };
            // A file is in one language: it is heard once.
            options.language = options.language.or_else(|| transcript.language.clone());
            done += part.len();
            heard.push((part.start, transcript));
        }
        let mut problems = Vec::new();
        let mut note = |code, message: &str| {
            problems.push(Problem { code, message: message.to_owned(), page: None });
        };
        if recording.damaged > 0 {
            note(ProblemCode::Damaged, "parts of the recording are damaged and were left out");
        }
        if recording.is_cut {
            note(ProblemCode::Truncated, "only the first 24 hours were written down");
        }
        let revision = written(&heard);
        if revision.text.is_empty() {
            note(ProblemCode::NoSpeech, "nobody was heard to speak in this recording");
        }
        let language = heard.iter().find_map(|(_, transcript)| transcript.language.clone());
        let facts = RevisionFacts {
            title: None,
            pages: None,
            seconds: Some(recording.seconds),
            loudness: &recording.loudness,
            words: revision.text.split_whitespace().count() as u32,
            language: language.as_deref().or_else(|| detect_language(&revision.text)),
            problems: &problems,
            guide: Some(&guide(&revision)),
        };
        shared.store.put_revision(source.id, RevisionId(Uuid::now_v7()), &revision, &facts).await?;
        shared.store.forget_heard(source.id).await?;
        Ok(true)
    }

    async fn hear(
        &self,
        samples: &Path,
        part: &Range<usize>,
        options: &TranscribeOptions,
        source: &Source,
        transcriber: &dyn hearth_domain::Transcriber,
    ) -> Result<Transcript, EngineError> {
        let speech = &self.0.speech;
        let clip = speech.part(samples, part.clone()).await.map_err(EngineError::Recording)?;
        let transcript = transcriber.transcribe(&clip, options).await?;
        self.0.store.put_heard(source.id, transcriber.id(), part, &transcript).await?;
        Ok(transcript)
    }
}

/// The text of a recording: paragraphs, and the time of each word.
fn written(heard: &[(usize, Transcript)]) -> Revision {
    let mut text = String::new();
    let mut layout = Layout::default();
    let mut chars = 0_u32;
    let mut paragraph = 0;
    let mut last_end = 0;
    for (start, transcript) in heard {
        let offset = *start as u64 * 1000 / u64::from(SPEECH_RATE);
        for segment in &transcript.segments {
            let begins = segment.start_ms + offset;
            let is_long = paragraph > PARAGRAPH && text.ends_with(['.', '!', '?', '…', '。']);
            let said = segment.text.trim();
            if said.is_empty() {
                continue;
            }
            if !text.is_empty() {
                let gap = if begins.saturating_sub(last_end) >= PAUSE_MS || is_long { "\n\n" } else { " " };
                if gap.len() > 1 {
                    paragraph = 0;
                }
                text.push_str(gap);
                chars += gap.len() as u32;
            }
            let before = text.len();
            for (said, start_ms, end_ms) in pieces(segment) {
                let trimmed = said.trim_start();
                let blank = said.len() > trimmed.len() && text.len() > before;
                if blank {
                    text.push(' ');
                    chars += 1;
                }
                let trimmed = trimmed.trim_end();
                let count = trimmed.chars().count() as u32;
                if count > 0 {
                    let range = CharRange::new(chars, chars + count);
                    let mark =
                        Mark::Time { start_ms: start_ms + offset, end_ms: end_ms + offset, speaker: None };
                    layout.spans.push(LayoutSpan { range, mark });
                }
                text.push_str(trimmed);
                chars += count;
            }
            paragraph += text.len() - before;
            last_end = segment.end_ms + offset;
        }
    }
    Revision { text, sections: Vec::new(), layout }
}

/// The words of a segment with their times, or all of it where none are known.
fn pieces(segment: &Segment) -> Vec<(&str, u64, u64)> {
    if segment.words.is_empty() {
        return vec![(segment.text.trim(), segment.start_ms, segment.end_ms)];
    }
    segment.words.iter().map(|word| (word.text.as_str(), word.start_ms, word.end_ms)).collect()
}

#[cfg(test)]
mod tests {
    use hearth_domain::{CharOffset, Place, Word};

    use super::*;

    fn segment(start_ms: u64, end_ms: u64, words: &[&str]) -> Segment {
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

    #[test]
    fn words_are_found_where_they_were_said() {
        let first = Transcript {
            language: Some("en".into()),
            segments: vec![
                segment(0, 2000, &[" Grüße", ",", " Ada", "."]),
                segment(2000, 3000, &[" Hello", "."]),
            ],
        };
        let second = Transcript { language: None, segments: vec![segment(0, 1000, &[" Later", "."])] };
        let revision = written(&[(16_000, first), (16_000 * 10, second)]);
        assert_eq!(revision.text, "Grüße, Ada. Hello.\n\nLater.");
        assert!(revision.is_sound());
        let at = |word: &str| {
            let start = revision.text[..revision.text.find(word).unwrap()].chars().count() as u32;
            let range = CharRange { start: CharOffset(start), end: CharOffset(start + word.len() as u32) };
            match revision.layout.places(range).as_slice() {
                [Place::Time { start_ms, .. }] => *start_ms,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((at("Ada"), at("Hello"), at("Later")), (2000, 3000, 10_000));
    }
}
