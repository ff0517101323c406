//! Where somebody speaks.

use std::ops::Range;

use earshot::Detector;
use hearth_domain::SPEECH_RATE;

/// Samples that are judged at once: 16 ms.
const FRAME: usize = 256;
/// From this score on somebody may be speaking.
const MAY_SPEAK: f32 = 0.5;
/// Somewhere in what is said the score is as high as this; noise and steady tones stay below, low beeps do not.
const SPEAKS: f32 = 0.85;
/// The detector's scores are late by so much, as was measured on labelled recordings.
const LATE: usize = samples(40);

const fn samples(milliseconds: u32) -> usize {
    (SPEECH_RATE / 1000 * milliseconds) as usize
}

/// A pause that is shorter belongs to what is said around it.
const SHORTEST_PAUSE: usize = samples(300);
/// What is shorter is a click.
const SHORTEST_SPEECH: usize = samples(90);
/// What a part has of the silence around it: first and last sounds are faint, and recognisers want a little quiet.
const MARGIN: usize = samples(120);

/// A stretch that may be speech, and its highest score.
struct Stretch {
    range: Range<usize>,
    highest: f32,
}

/// Hears through a recording, piece by piece.
#[derive(Default)]
pub struct Listener {
    detector: Detector,
    /// The frame that is not full yet.
    frame: Vec<f32>,
    /// Samples that were judged.
    heard: usize,
    found: Vec<Stretch>,
}

impl Listener {
    pub fn push(&mut self, samples: &[f32]) {
        for piece in samples.chunks(FRAME) {
            let (first, rest) = piece.split_at(piece.len().min(FRAME - self.frame.len()));
            self.frame.extend_from_slice(first);
            if self.frame.len() == FRAME {
                self.judge(FRAME);
                self.frame.extend_from_slice(rest);
            }
        }
    }

    fn judge(&mut self, length: usize) {
        let (start, end) = (self.heard, self.heard + length);
        let score = self.detector.predict_f32(&self.frame);
        if score >= MAY_SPEAK {
            match self.found.last_mut() {
                Some(last) if start - last.range.end < SHORTEST_PAUSE => {
                    last.range.end = end;
                    last.highest = last.highest.max(score);
                }
                _ => self.found.push(Stretch { range: start..end, highest: score }),
            }
        }
        self.heard = end;
        self.frame.clear();
    }

    /// The stretches in which somebody speaks.
    pub fn finish(mut self) -> Vec<Range<usize>> {
        let left = self.frame.len();
        if left > 0 {
            self.frame.resize(FRAME, 0.0);
            self.judge(left);
        }
        let is_speech =
            |stretch: &Stretch| stretch.range.len() >= SHORTEST_SPEECH && stretch.highest >= SPEAKS;
        let earlier =
            |Stretch { range, .. }: Stretch| range.start.saturating_sub(LATE)..range.end.saturating_sub(LATE);
        self.found.into_iter().filter(is_speech).map(earlier).collect()
    }
}

/// The stretches of some samples in which somebody speaks.
pub fn speech(samples: &[f32]) -> Vec<Range<usize>> {
    let mut listener = Listener::default();
    listener.push(samples);
    listener.finish()
}

/// Cuts a recording of `length` samples into parts of at most `longest`, at its pauses where that can be. What is silent
/// belongs to none, but for a margin.
pub fn parts(speech: &[Range<usize>], length: usize, longest: usize) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    for stretch in speech {
        let before = parts.last().map_or(0, |part| part.end);
        let stretch = stretch.start.saturating_sub(MARGIN).max(before)..(stretch.end + MARGIN).min(length);
        match parts.last_mut() {
            Some(part) if stretch.end - part.start <= longest => part.end = stretch.end,
            _ => {
                let mut start = stretch.start;
                // Nobody draws breath: it is cut where it must be.
                while stretch.end - start > longest {
                    parts.push(start..start + longest);
                    start += longest;
                }
                parts.push(start..stretch.end);
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
        let second = SPEECH_RATE as usize;
        let cut = |speech: &[Range<usize>]| parts(speech, 100 * second, 10 * second);
        let [m, s] = [MARGIN, second];
        assert_eq!(
            cut(&[s..3 * s, 4 * s..7 * s, 20 * s..21 * s]),
            [s - m..7 * s + m, 20 * s - m..21 * s + m]
        );
        // A third stretch that does not fit begins a part of its own, and margins do not overlap.
        assert_eq!(
            cut(&[s..3 * s, 4 * s..9 * s, 9 * s + m..12 * s]),
            [s - m..9 * s + m, 9 * s + m..12 * s + m]
        );
        // Nobody draws breath, and the last stretch ends with the recording.
        let long = cut(&[0..25 * s, 99 * s..100 * s]);
        assert_eq!(long.iter().map(Range::len).collect::<Vec<_>>(), [10 * s, 10 * s, 5 * s + m, s + m]);
        assert!(cut(&[]).is_empty());
    }

    #[test]
    fn nobody_speaks_in_silence_and_noise() {
        assert!(speech(&vec![0.0; 32_000]).is_empty());
        let mut state = 1_u32;
        let mut hiss = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0 * 0.02 - 0.01
        };
        let hiss: Vec<f32> = (0..32_000).map(|_| hiss()).collect();
        assert!(speech(&hiss).is_empty());
    }
}
