//! Partial transcript: final parts, and the text of the part that is still being spoken. Durations and
//! positions are in samples.

use std::ops::Range;
use std::time::Duration;

use hearth_domain::SPEECH_SAMPLE_RATE;

const fn samples_in_ms(count: u32) -> usize {
    (SPEECH_SAMPLE_RATE / 1000 * count) as usize
}

/// Minimum new samples before the next partial transcript.
const MIN_NEW_SAMPLES: usize = samples_in_ms(700);
/// Minimum interval of partial transcripts within speech, as a multiple of the time that one takes: one that
/// is running at the end has to be stopped first, and whisper stops between its steps only.
const PARTIAL_INTERVAL_FACTOR: usize = 16;
/// Interval of speech detection.
const DETECTION_INTERVAL: usize = samples_in_ms(150);
/// Minimum pause that ends a part.
const PART_END_PAUSE: usize = samples_in_ms(700);
/// Minimum speech of a part that ends at a pause: each part is transcribed by itself, and a short one lacks
/// the text before it.
const MIN_PART_SPEECH: usize = samples_in_ms(4000);
/// Maximum samples of a clip, as transcribers take half a minute at once; from here on a part ends at its
/// last pause, or in the middle of a word.
const MAX_CLIP_SAMPLES: usize = samples_in_ms(25_000);
/// Silence that ends a dictation after speech.
const END_SILENCE: usize = samples_in_ms(1500);
/// Silence that ends a dictation without speech.
const SPEECHLESS_TIMEOUT: usize = samples_in_ms(8000);
/// Silence that is kept.
const KEPT_SILENCE: usize = samples_in_ms(1000);
/// Samples that come after the key is released.
const RELEASE_TAIL: usize = samples_in_ms(250);
/// Silence around the speech of a clip.
const CLIP_MARGIN: usize = samples_in_ms(120);

/// A range of the samples that is transcribed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AudioClip {
    range: Range<usize>,
    /// True if its text is final, false if it is partial.
    is_final: bool,
    /// True if no more samples were expected when its transcription began.
    is_last: bool,
}

/// Partial transcript of a dictation in progress.
#[derive(Default)]
pub(super) struct PartialTranscript {
    /// Samples of the current part.
    samples: Vec<f32>,
    /// Speech spans of the current part, as far as it was scanned.
    speech_spans: Vec<Range<usize>>,
    scanned_samples: usize,
    /// Samples of silence that were discarded.
    discarded_silence: usize,
    /// Scanned samples at the last failure.
    failed_at: usize,
    /// Samples that the last partial transcript covers.
    partial_end: usize,
    /// Samples that arrive during one transcription.
    transcription_samples: usize,
    partial_text: String,
    /// Words on which two partial transcripts agree.
    committed_words: usize,
    final_parts: Vec<String>,
}

impl PartialTranscript {
    /// Appends samples of the microphone.
    pub(super) fn push_samples(&mut self, samples: &[f32]) {
        self.samples.extend_from_slice(samples);
    }

    /// Detects speech if enough samples have arrived since the last time.
    pub(super) fn scan_speech(&mut self, detect: impl Fn(&[f32]) -> Vec<Range<usize>>) {
        // With many samples waiting, each detection takes longer, and is worth less.
        if self.samples.len() < self.scanned_samples + DETECTION_INTERVAL.max(self.scanned_samples / 20) {
            return;
        }
        self.speech_spans = detect(&self.samples);
        self.scanned_samples = self.samples.len();
    }

    /// Discards silence but for its end, which may be the beginning of a word. Not during a transcription:
    /// its clip counts from the first sample that is here.
    pub(super) fn discard_silence(&mut self) {
        if self.speech_spans.is_empty() && self.scanned_samples > KEPT_SILENCE {
            self.discarded_silence += self.scanned_samples - KEPT_SILENCE;
            self.discard_samples(self.scanned_samples - KEPT_SILENCE);
        }
    }

    /// True if the dictation has ended by silence.
    pub(super) fn has_ended(&self) -> bool {
        match self.speech_spans.last() {
            Some(last) => self.scanned_samples - last.end >= END_SILENCE,
            None if self.final_parts.is_empty() => {
                self.discarded_silence + self.scanned_samples >= SPEECHLESS_TIMEOUT
            }
            None => self.discarded_silence + self.scanned_samples >= END_SILENCE,
        }
    }

    /// Next clip to transcribe, or `None` if none is due.
    pub(super) fn next_clip(&self) -> Option<AudioClip> {
        if self.failed_at > 0 && self.scanned_samples < self.failed_at + MIN_NEW_SAMPLES {
            return None;
        }
        let (first, last) = (self.speech_spans.first()?, self.speech_spans.last()?);
        let begin = first.start.saturating_sub(CLIP_MARGIN);
        if last.end - first.start >= MIN_PART_SPEECH && self.scanned_samples - last.end >= PART_END_PAUSE {
            return Some(self.final_clip(begin..last.end + CLIP_MARGIN));
        }
        if self.scanned_samples - begin >= MAX_CLIP_SAMPLES {
            let pause = self
                .speech_spans
                .iter()
                .rev()
                .nth(1)
                .map_or((last.end + CLIP_MARGIN).min(begin + MAX_CLIP_SAMPLES), |before| {
                    before.end + CLIP_MARGIN
                });
            return Some(self.final_clip(begin..pause));
        }
        // Known text is not transcribed again. At a pause that is as long as a transcription takes, one costs
        // nothing: if the speech ended there, it is the text, and if not, it is done before the next word is.
        let is_pause = self.scanned_samples >= last.end + CLIP_MARGIN.max(self.transcription_samples);
        let is_due = self.scanned_samples
            >= self.partial_end + MIN_NEW_SAMPLES.max(self.transcription_samples * PARTIAL_INTERVAL_FACTOR);
        let is_more = last.end > self.partial_end && (is_pause || is_due);
        is_more.then_some(AudioClip { range: begin..self.scanned_samples, is_final: false, is_last: false })
    }

    /// Detects speech in all samples.
    pub(super) fn rescan_speech(&mut self, detect: impl Fn(&[f32]) -> Vec<Range<usize>>) {
        self.speech_spans = detect(&self.samples);
        self.scanned_samples = self.samples.len();
    }

    /// True if speech went on at the last detection, just now: samples since then are the end of a word, or
    /// of no account.
    pub(super) fn is_speaking(&self) -> bool {
        let is_fresh = self.samples.len() <= self.scanned_samples + RELEASE_TAIL;
        is_fresh && self.speech_spans.last().is_some_and(|last| last.end + CLIP_MARGIN > self.scanned_samples)
    }

    /// True if the last sound is complete, its faint end too.
    pub(super) fn is_last_sound_complete(&self) -> bool {
        self.speech_spans.last().is_none_or(|last| last.end + CLIP_MARGIN <= self.samples.len())
    }

    /// True if a clip in transcription need not be repeated unless more speech comes.
    pub(super) fn is_clip_sufficient(&self, clip: &AudioClip) -> bool {
        let Some(last) = self.speech_spans.last() else { return clip.is_final };
        if clip.is_last {
            last.end <= clip.range.end
        } else {
            clip.is_final || last.end + CLIP_MARGIN <= clip.range.end
        }
    }

    /// Remaining clip after the last samples, following [`Self::rescan_speech`] or while
    /// [`Self::is_speaking`]; `None` if all speech is text.
    pub(super) fn remaining_clip(&mut self) -> Option<AudioClip> {
        let (first, last) = (self.speech_spans.first()?, self.speech_spans.last()?);
        let begin = first.start.saturating_sub(CLIP_MARGIN);
        if last.end - begin > MAX_CLIP_SAMPLES {
            self.failed_at = 0;
            return self.next_clip().or_else(|| Some(self.final_clip(begin..begin + MAX_CLIP_SAMPLES)));
        }
        // The clip of the partial transcript has the faint end of the last sound, too.
        if !self.partial_text.is_empty() && last.end + CLIP_MARGIN <= self.partial_end {
            return None;
        }
        let end = if self.is_speaking() { self.samples.len() } else { last.end + CLIP_MARGIN };
        Some(AudioClip { is_last: true, ..self.final_clip(begin..end) })
    }

    fn final_clip(&self, range: Range<usize>) -> AudioClip {
        AudioClip { range: range.start..range.end.min(self.samples.len()), is_final: true, is_last: false }
    }

    /// Samples of a clip.
    pub(super) fn clip_samples(&self, clip: &AudioClip) -> Vec<f32> {
        self.samples[clip.range.clone()].to_vec()
    }

    /// Applies the transcript of a clip.
    pub(super) fn apply_transcript(&mut self, clip: &AudioClip, text: &str) {
        if !clip.is_final {
            let before: Vec<&str> = self.partial_text.split_whitespace().collect();
            self.committed_words =
                before.iter().zip(text.split_whitespace()).take_while(|(old, new)| **old == *new).count();
            text.clone_into(&mut self.partial_text);
            self.partial_end = clip.range.end;
            return;
        }
        if !text.is_empty() {
            self.final_parts.push(text.to_owned());
        }
        self.discard_samples(clip.range.end);
        self.discarded_silence = 0;
        let shift_span =
            |span: &Range<usize>| span.start.saturating_sub(clip.range.end)..span.end - clip.range.end;
        self.speech_spans =
            self.speech_spans.iter().filter(|span| span.end > clip.range.end).map(shift_span).collect();
        (self.partial_end, self.committed_words) = (0, 0);
        self.partial_text.clear();
    }

    /// Records the duration of a transcription; the machine may be busy with others, so a single one means
    /// little.
    pub(super) fn record_duration(&mut self, time: Duration) {
        let samples = (time.as_secs_f32() * SPEECH_SAMPLE_RATE as f32) as usize;
        self.transcription_samples = if self.transcription_samples == 0 {
            samples
        } else {
            usize::midpoint(self.transcription_samples, samples)
        };
    }

    /// Discards the first samples.
    fn discard_samples(&mut self, count: usize) {
        self.samples.drain(..count);
        self.scanned_samples = self.scanned_samples.saturating_sub(count);
        self.failed_at = self.failed_at.saturating_sub(count);
        self.partial_end = self.partial_end.saturating_sub(count);
    }

    /// Records a failed transcription: the next attempt has more samples.
    pub(super) fn record_failure(&mut self) {
        self.failed_at = self.scanned_samples;
    }

    /// Text that stays: final parts, and words on which two partial transcripts agree.
    pub(super) fn committed_text(&self) -> String {
        let words = self.partial_text.split_whitespace().take(self.committed_words);
        join_words(self.final_parts.iter().map(String::as_str).chain(words))
    }

    /// Text that may still change.
    pub(super) fn tentative_text(&self) -> String {
        join_words(self.partial_text.split_whitespace().skip(self.committed_words))
    }

    /// Committed and tentative text.
    pub(super) fn text(&self) -> String {
        join_words(self.final_parts.iter().map(String::as_str).chain(self.partial_text.split_whitespace()))
    }
}

fn join_words<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.collect::<Vec<&str>>().join(" ")
}

#[cfg(test)]
#[path = "partial_transcript_tests.rs"]
mod tests;
