//! Voice activity detection: the spans of a recording that are speech.

use std::ops::Range;

use earshot::Detector;
use hearth_domain::SPEECH_SAMPLE_RATE;

/// Samples of one frame of the detector: 16 ms.
const FRAME_SAMPLES: usize = 256;
/// Lowest score of a frame that may be speech.
const FRAME_THRESHOLD: f32 = 0.5;
/// Lowest peak score of a speech span; noise and steady tones stay below it, low beeps do not.
const PEAK_THRESHOLD: f32 = 0.85;
/// Delay of the detector's scores, measured on labelled recordings.
const DETECTOR_DELAY: usize = samples_from_ms(40);

/// Number of samples at [`SPEECH_SAMPLE_RATE`] in so many milliseconds.
const fn samples_from_ms(milliseconds: u32) -> usize {
    (SPEECH_SAMPLE_RATE / 1000 * milliseconds) as usize
}

/// Shortest pause, in samples; a shorter one belongs to the speech around it.
const MIN_PAUSE_SAMPLES: usize = samples_from_ms(300);
/// Shortest speech span, in samples; a shorter one is a click.
const MIN_SPEECH_SAMPLES: usize = samples_from_ms(90);
/// Samples of silence that a part keeps on each side: first and last sounds are faint, and speech recognition
/// needs a little silence.
const MARGIN_SAMPLES: usize = samples_from_ms(120);

/// A candidate span of speech, and its peak score.
struct CandidateSpan {
    range: Range<usize>,
    peak_score: f32,
}

/// Streaming voice activity detector of one recording.
#[derive(Default)]
pub struct VoiceActivityDetector {
    detector: Detector,
    /// Samples of the frame that is not full yet.
    frame: Vec<f32>,
    /// Number of samples that have been scored.
    scored_samples: usize,
    candidates: Vec<CandidateSpan>,
}

impl VoiceActivityDetector {
    /// Takes the next samples, of [`SPEECH_SAMPLE_RATE`].
    pub fn push(&mut self, samples: &[f32]) {
        for block in samples.chunks(FRAME_SAMPLES) {
            let (first, rest) = block.split_at(block.len().min(FRAME_SAMPLES - self.frame.len()));
            self.frame.extend_from_slice(first);
            if self.frame.len() == FRAME_SAMPLES {
                self.score_frame(FRAME_SAMPLES);
                self.frame.extend_from_slice(rest);
            }
        }
    }

    /// Scores the current frame, of which `length` samples belong to the recording.
    fn score_frame(&mut self, length: usize) {
        let (start, end) = (self.scored_samples, self.scored_samples + length);
        let score = self.detector.predict_f32(&self.frame);
        if score >= FRAME_THRESHOLD {
            match self.candidates.last_mut() {
                Some(last) if start - last.range.end < MIN_PAUSE_SAMPLES => {
                    last.range.end = end;
                    last.peak_score = last.peak_score.max(score);
                }
                _ => self.candidates.push(CandidateSpan { range: start..end, peak_score: score }),
            }
        }
        self.scored_samples = end;
        self.frame.clear();
    }

    /// Returns the speech spans, in samples and in order.
    pub fn finish(mut self) -> Vec<Range<usize>> {
        let remaining = self.frame.len();
        if remaining > 0 {
            self.frame.resize(FRAME_SAMPLES, 0.0);
            self.score_frame(remaining);
        }
        let is_speech = |span: &CandidateSpan| {
            span.range.len() >= MIN_SPEECH_SAMPLES && span.peak_score >= PEAK_THRESHOLD
        };
        let without_delay = |CandidateSpan { range, .. }: CandidateSpan| {
            range.start.saturating_sub(DETECTOR_DELAY)..range.end.saturating_sub(DETECTOR_DELAY)
        };
        self.candidates.into_iter().filter(is_speech).map(without_delay).collect()
    }
}

/// Detects the speech spans of samples at [`SPEECH_SAMPLE_RATE`]; ranges are in samples.
pub fn detect_speech(samples: &[f32]) -> Vec<Range<usize>> {
    let mut detector = VoiceActivityDetector::default();
    detector.push(samples);
    detector.finish()
}

/// Divides a recording of `length` samples into parts of at most `max_samples`, at its pauses where
/// possible. Silence belongs to no part, except for a margin.
pub fn split_at_pauses(speech: &[Range<usize>], length: usize, max_samples: usize) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    for span in speech {
        let previous_end = parts.last().map_or(0, |part| part.end);
        let span = span.start.saturating_sub(MARGIN_SAMPLES).max(previous_end)
            ..(span.end + MARGIN_SAMPLES).min(length);
        match parts.last_mut() {
            Some(part) if span.end - part.start <= max_samples => part.end = span.end,
            _ => {
                let mut start = span.start;
                // Speech without a pause is cut at the limit.
                while span.end - start > max_samples {
                    parts.push(start..start + max_samples);
                    start += max_samples;
                }
                parts.push(start..span.end);
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_cut_at_pauses() {
        let second = SPEECH_SAMPLE_RATE as usize;
        let cut = |speech: &[Range<usize>]| split_at_pauses(speech, 100 * second, 10 * second);
        let [m, s] = [MARGIN_SAMPLES, second];
        assert_eq!(
            cut(&[s..3 * s, 4 * s..7 * s, 20 * s..21 * s]),
            [s - m..7 * s + m, 20 * s - m..21 * s + m]
        );
        // A third span that does not fit begins a part of its own, and margins do not overlap.
        assert_eq!(
            cut(&[s..3 * s, 4 * s..9 * s, 9 * s + m..12 * s]),
            [s - m..9 * s + m, 9 * s + m..12 * s + m]
        );
        // Speech without a pause, and a last span that ends with the recording.
        let long = cut(&[0..25 * s, 99 * s..100 * s]);
        assert_eq!(long.iter().map(Range::len).collect::<Vec<_>>(), [10 * s, 10 * s, 5 * s + m, s + m]);
        assert!(cut(&[]).is_empty());
    }

    #[test]
    fn nobody_speaks_in_silence_and_noise() {
        assert!(detect_speech(&vec![0.0; 32_000]).is_empty());
        let mut state = 1_u32;
        let mut hiss = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0 * 0.02 - 0.01
        };
        let hiss: Vec<f32> = (0..32_000).map(|_| hiss()).collect();
        assert!(detect_speech(&hiss).is_empty());
    }

    #[test]
    fn a_part_may_be_as_long_as_the_limit_and_no_longer() {
        let m = MARGIN_SAMPLES;
        let max = 10_000;
        // With both margins, the span and the two spans are exactly as long as the limit.
        let (start, end) = (5000, 5000 + max - 2 * m);
        let all = Range { start: start - m, end: end + m };
        let span = Range { start, end };
        assert_eq!(split_at_pauses(&[span], 100_000, max), std::slice::from_ref(&all));
        assert_eq!(split_at_pauses(&[start..6000, 8000..end], 100_000, max), [all]);
        assert_eq!(
            split_at_pauses(&[start..6000, 8000..end + 1], 100_000, max),
            [start - m..6000 + m, 6000 + m..end + 1 + m]
        );
    }

    #[test]
    fn parts_stay_within_the_recording() {
        let span = Range { start: 100, end: 3000 };
        assert_eq!(split_at_pauses(&[span], 3100, 10_000), [Range { start: 0, end: 3100 }]);
    }

    #[test]
    fn the_size_of_the_blocks_does_not_matter() {
        // A buzz whose loudness rises and falls like syllables.
        let samples: Vec<f32> = (0..40_000)
            .map(|n| {
                let time = n as f32 / SPEECH_SAMPLE_RATE as f32;
                let buzz =
                    (1..20).map(|k| (std::f32::consts::TAU * 120.0 * k as f32 * time).sin()).sum::<f32>();
                0.03 * buzz * (std::f32::consts::TAU * 4.0 * time).sin().max(0.0)
            })
            .collect();
        let detect = |block: usize| {
            let mut detector = VoiceActivityDetector::default();
            samples.chunks(block).for_each(|samples| detector.push(samples));
            assert_eq!(detector.scored_samples + detector.frame.len(), samples.len());
            let scores: Vec<_> =
                detector.candidates.iter().map(|span| (span.range.clone(), span.peak_score)).collect();
            (scores, detector.finish())
        };
        let all = detect(samples.len());
        assert_eq!(detect(1), all);
        assert_eq!(detect(255), all);
        assert_eq!(detect(1000), all);
    }
}
