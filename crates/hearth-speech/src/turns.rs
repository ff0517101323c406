//! Who speaks when: voiceprints of short windows, gathered into voices.
//!
//! Windows are put together by average linkage, in blocks first and then the blocks' voices, of which so many are kept at
//! most: neither memory nor time grows with the square of a recording's length. Thresholds were chosen on conversations put
//! together from LibriSpeech and hold for the voiceprints of `hearth-models`.

mod clusters;

use std::ops::Range;

use hearth_domain::{SPEECH_RATE, SpeakerTurn};

use self::clusters::{Cluster, dot, gathered, largest_of};

/// Samples from a window to the next, and of the shortest that tells anything.
const STEP: usize = 6_400;
const SHORTEST: usize = 4_800;
/// Windows and samples of a group that is heard at once.
const GROUP: usize = 128;
const GROUP_SAMPLES: usize = 60 * SPEECH_RATE as usize;
/// Windows of a block.
const BLOCK: usize = 400;
/// Windows are of one voice while their voiceprints are as alike as this on average.
const ALIKE: f32 = 0.33;
/// And two voices are one when the middles of both are as alike as this.
const SAME: f32 = 0.55;
/// A voice is heard in one of so many of all windows, where that is within these bounds.
const RAREST: usize = 40;
const FEWEST: usize = 3;
const ENOUGH: usize = 12;
/// Of more clusters than this those of the most windows are kept: noise is like nothing, not even itself. And so many voices
/// are told apart at most.
const CLUSTERS: usize = 1_000;
const VOICES: usize = 32;
/// How often each window goes to the voice that it is nearest to.
const ROUNDS: usize = 2;
/// Samples of a frame, the grain of turns: 10 ms.
const FRAME: usize = 160;

/// The windows that voiceprints are wanted of: each within a stretch of speech, none longer than `longest` samples, in
/// groups that lie near each other.
pub fn voice_windows(speech: &[Range<usize>], longest: usize) -> Vec<Vec<Range<usize>>> {
    let mut groups: Vec<Vec<Range<usize>>> = Vec::new();
    let windows = speech.iter().filter(|stretch| stretch.len() >= SHORTEST).flat_map(|stretch| {
        let room = stretch.len().saturating_sub(longest);
        let steps = room.div_ceil(STEP);
        let start = stretch.start;
        let length = stretch.len().min(longest);
        (0..=steps).map(move |step| {
            let at = start + step * room / steps.max(1);
            at..at + length
        })
    });
    for window in windows {
        match groups.last_mut() {
            Some(group) if group.len() < GROUP && window.end - group[0].start <= GROUP_SAMPLES => {
                group.push(window);
            }
            _ => groups.push(vec![window]),
        }
    }
    groups
}

/// A voiceprint in bytes: a day has some hundred thousand of them.
type Print = Box<[i8]>;

/// Values of a voiceprint lie within ±0.5, but for few.
const SCALE: f32 = 254.0;

/// The windows of a recording, as they are heard.
#[derive(Debug, Default)]
pub struct Voices {
    windows: Vec<Range<usize>>,
    prints: Vec<Print>,
    /// Of the block that is not full yet.
    open: Vec<Cluster>,
    /// Of all blocks before.
    clusters: Vec<Cluster>,
}

impl Voices {
    /// Takes the next window and its voiceprint (of length one).
    pub fn push(&mut self, window: Range<usize>, print: &[f32]) {
        self.open.push(Cluster { sum: print.to_vec(), count: 1 });
        self.windows.push(window);
        self.prints.push(print.iter().map(|value| (value * SCALE).round() as i8).collect());
        if self.open.len() == BLOCK {
            self.close();
        }
    }

    fn close(&mut self) {
        self.clusters.extend(gathered(std::mem::take(&mut self.open), ALIKE, Cluster::alike));
        if self.clusters.len() > CLUSTERS {
            let all = gathered(std::mem::take(&mut self.clusters), ALIKE, Cluster::alike);
            self.clusters = largest_of(all, CLUSTERS / 2);
        }
    }

    /// Who speaks when; nothing where there is one voice only.
    pub fn finish(mut self) -> Vec<SpeakerTurn> {
        self.close();
        let clusters = gathered(std::mem::take(&mut self.clusters), ALIKE, Cluster::alike);
        let clusters = gathered(self.without_rare(clusters), SAME, Cluster::same);
        let mut voices = largest_of(self.without_rare(clusters), VOICES);
        for _ in 0..ROUNDS {
            voices = self.nearest(&voices);
        }
        let voices = self.without_rare(voices);
        if voices.len() < 2 {
            return Vec::new();
        }
        numbered(self.turns(&voices))
    }

    /// Without voices that are hardly heard; one stays in any case.
    fn without_rare(&self, mut voices: Vec<Cluster>) -> Vec<Cluster> {
        let least = (self.windows.len() / RAREST).clamp(FEWEST, ENOUGH);
        let most = voices.iter().map(|voice| voice.count).max().unwrap_or(0);
        voices.retain(|voice| voice.count >= least.min(most));
        voices
    }

    /// The voices anew, each window with the one that it is nearest to.
    fn nearest(&self, voices: &[Cluster]) -> Vec<Cluster> {
        let middles = middles(voices);
        let mut anew: Vec<Cluster> =
            voices.iter().map(|voice| Cluster { sum: vec![0.0; voice.sum.len()], count: 0 }).collect();
        for window in 0..self.windows.len() {
            let sum = self.print(window);
            anew[best(&middles, &sum)].join(&Cluster { sum, count: 1 });
        }
        anew.retain(|voice| voice.count > 0);
        anew
    }

    fn print(&self, window: usize) -> Vec<f32> {
        self.prints[window].iter().map(|value| f32::from(*value) / SCALE).collect()
    }

    /// Turns by voice, from 0: in each frame speaks whoever the windows over it are nearest to, those around it most.
    fn turns(&self, voices: &[Cluster]) -> Vec<(Range<usize>, usize)> {
        let middles = middles(voices);
        let mut turns: Vec<(Range<usize>, usize)> = Vec::new();
        let (mut first, mut told) = (0, 0);
        while first < self.windows.len() {
            // Windows that lie over each other; not all of a day at once.
            let pairs = self.windows[first..].windows(2).take(BLOCK);
            let end = first + 1 + pairs.take_while(|pair| pair[1].start < pair[0].end).count();
            let start = self.windows[first].start / FRAME * FRAME;
            let frames = (self.windows[end - 1].end - start) / FRAME;
            let mut scores = vec![0.0; frames * voices.len()];
            for window in first..end {
                let print = self.print(window);
                let alike: Vec<f32> = middles.iter().map(|middle| dot(middle, &print)).collect();
                let Range { start: from, end: to } = self.windows[window];
                let (from, to) = ((from - start) / FRAME, (to - start) / FRAME);
                for (at, scores) in scores.chunks_mut(voices.len()).enumerate().take(to).skip(from) {
                    let off = ((at - from) as f32 + 0.5) / (to - from) as f32 * 2.0 - 1.0;
                    let weight = 1.0 - 0.95 * off.abs();
                    scores.iter_mut().zip(&alike).for_each(|(score, alike)| *score += weight * alike);
                }
            }
            for (at, scores) in scores.chunks(voices.len()).enumerate() {
                let voice = largest(scores.iter().copied());
                let frame = start + at * FRAME..start + (at + 1) * FRAME;
                if frame.start < told {
                    continue;
                }
                told = frame.end;
                match turns.last_mut() {
                    Some((range, last)) if *last == voice && range.end == frame.start => {
                        range.end = frame.end;
                    }
                    _ => turns.push((frame, voice)),
                }
            }
            first = end;
        }
        turns
    }
}

/// The middle of each voice, of length one.
fn middles(voices: &[Cluster]) -> Vec<Vec<f32>> {
    let middle = |voice: &Cluster| {
        let length = dot(&voice.sum, &voice.sum).sqrt().max(f32::MIN_POSITIVE);
        voice.sum.iter().map(|value| value / length).collect()
    };
    voices.iter().map(middle).collect()
}

fn best(middles: &[Vec<f32>], print: &[f32]) -> usize {
    largest(middles.iter().map(|middle| dot(middle, print)))
}

fn largest(values: impl Iterator<Item = f32>) -> usize {
    values.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(at, _)| at)
}

/// In milliseconds, and each voice with its number.
fn numbered(turns: Vec<(Range<usize>, usize)>) -> Vec<SpeakerTurn> {
    let mut order: Vec<usize> = Vec::new();
    let ms = |samples: usize| samples as u64 * 1000 / u64::from(SPEECH_RATE);
    turns
        .into_iter()
        .map(|(range, voice)| {
            let known = order.iter().position(|other| *other == voice);
            let at = known.unwrap_or_else(|| {
                order.push(voice);
                order.len() - 1
            });
            SpeakerTurn { start_ms: ms(range.start), end_ms: ms(range.end), speaker: at as u32 + 1 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: usize = SPEECH_RATE as usize;

    #[test]
    fn windows_lie_within_what_is_said() {
        let speech =
            [0..SECOND / 10, SECOND..2 * SECOND, 10 * SECOND..14 * SECOND, 500 * SECOND..501 * SECOND];
        let groups = voice_windows(&speech, 24_000);
        // A click tells nothing; what is far off is not heard together with the rest.
        assert_eq!(groups.len(), 2);
        assert_eq!((groups[0][0].clone(), groups[1].clone()), (speech[1].clone(), vec![speech[3].clone()]));
        let long = &groups[0][1..];
        assert_eq!((long[0].start, long.last().unwrap().end), (speech[2].start, speech[2].end));
        assert!(long.iter().all(|window| window.len() == 24_000));
        assert!(long.windows(2).all(|pair| pair[1].start - pair[0].start <= STEP), "{long:?}");
        assert!(voice_windows(&[], 24_000).is_empty());
    }

    /// Voiceprints around one of some directions at right angles.
    struct Mouth(u32);

    impl Mouth {
        fn says(&mut self, voice: usize) -> Vec<f32> {
            let mut noise = || {
                self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
            };
            let mut print: Vec<f32> = (0..192).map(|_| 0.1 * noise()).collect();
            print[voice] += 1.0;
            let length = dot(&print, &print).sqrt();
            print.into_iter().map(|value| value / length).collect()
        }
    }

    /// Says who speaks in each stretch of three seconds, a second of silence between them.
    fn heard(order: &[usize]) -> Vec<SpeakerTurn> {
        let (mut voices, mut mouth) = (Voices::default(), Mouth(7));
        // Speech is found in pieces of 16 ms: no whole frames.
        let speech: Vec<_> =
            (0..order.len()).map(|at| 4 * at * SECOND..4 * at * SECOND + 187 * 256).collect();
        for window in voice_windows(&speech, 24_000).into_iter().flatten() {
            let print = mouth.says(order[window.start / (4 * SECOND)]);
            voices.push(window, &print);
        }
        voices.finish()
    }

    #[test]
    fn voices_are_told_apart_and_numbered_as_they_come() {
        let turns = heard(&[5, 3, 5, 9, 3]);
        let speakers: Vec<_> = turns.iter().map(|turn| turn.speaker).collect();
        assert_eq!(speakers, [1, 2, 1, 3, 2]);
        assert_eq!((turns[1].start_ms, turns[1].end_ms), (4000, 6990));
        // One voice is nobody's in particular.
        assert!(heard(&[5, 5, 5]).is_empty());
        assert!(Voices::default().finish().is_empty());
    }

    #[test]
    fn a_long_recording_has_the_same_voices_in_all_its_blocks() {
        let order: Vec<usize> = (0..400).map(|at| [5, 3, 3, 9][at % 4]).collect();
        let turns = heard(&order);
        let speakers: Vec<_> = turns.iter().map(|turn| turn.speaker).collect();
        assert_eq!(speakers, [1, 2, 2, 3].repeat(100));
    }

    #[test]
    fn noise_that_is_like_nothing_ends_in_time() {
        let (mut voices, mut mouth) = (Voices::default(), Mouth(11));
        for at in 0..3000_usize {
            // No two are alike, but for the two who speak now and then.
            let voice = if at % 10 == 0 { at / 10 % 2 } else { 2 + at * 7 % 190 };
            let mut print = mouth.says(voice);
            if voice > 1 {
                print.rotate_left(at % 97);
            }
            voices.push(at * 6_400..at * 6_400 + 24_000, &print);
        }
        let turns = voices.finish();
        assert!(!turns.is_empty(), "two of them speak now and then");
        assert!(turns.iter().all(|turn| turn.start_ms < turn.end_ms && turn.speaker as usize <= VOICES));
        assert!(
            turns.windows(2).all(|pair| pair[0].end_ms <= pair[1].start_ms),
            "in order, and none over another"
        );
    }

    #[test]
    fn who_is_hardly_heard_is_no_voice() {
        let (mut voices, mut mouth) = (Voices::default(), Mouth(3));
        for at in 0..60 {
            let voice = if at == 30 { 7 } else { usize::from(at > 40) };
            voices.push(at * 24_000..(at + 1) * 24_000, &mouth.says(voice));
        }
        let speakers: Vec<_> = voices.finish().iter().map(|turn| turn.speaker).collect();
        assert_eq!(speakers.iter().max(), Some(&2));
    }
}
