//! From the sound card's thread to samples for a recogniser: through a ring without locks, so that nobody makes the
//! sound card wait.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hearth_domain::SPEECH_RATE;
use rtrb::{Consumer, Producer, RingBuffer};

use crate::resample::{BadRate, Resampler};

/// How long nobody may take anything out before something is lost.
const SECONDS: u32 = 32;
/// What is kept of what was heard before somebody listens: keys are pressed a little after one begins to speak.
const PRE_ROLL: usize = (SPEECH_RATE / 1000 * 400) as usize;

/// The sound card's end of the ring.
pub(super) struct Feed {
    ring: Producer<f32>,
    channels: usize,
    lost: Arc<AtomicU64>,
}

impl Feed {
    /// Takes interleaved samples of all channels; their mean goes in. Never waits, takes no memory.
    pub(super) fn take<T: Copy>(&mut self, samples: &[T], value: impl Fn(T) -> f32) {
        for frame in samples.chunks_exact(self.channels) {
            let mean = frame.iter().map(|sample| value(*sample)).sum::<f32>() / self.channels as f32;
            if self.ring.push(if mean.is_finite() { mean } else { 0.0 }).is_err() {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// The listener's end of the ring.
pub(super) struct Intake {
    ring: Consumer<f32>,
    resampler: Resampler,
    rate: u32,
    raw: Vec<f32>,
    lost: Arc<AtomicU64>,
}

/// A ring for a device of this rate and number of channels.
pub(super) fn ring(rate: u32, channels: u16) -> Result<(Feed, Intake), BadRate> {
    let resampler = Resampler::new(rate)?;
    let (producer, consumer) = RingBuffer::new((rate * SECONDS) as usize);
    let lost = Arc::new(AtomicU64::new(0));
    let feed = Feed { ring: producer, channels: usize::from(channels.max(1)), lost: Arc::clone(&lost) };
    Ok((feed, Intake { ring: consumer, resampler, rate, raw: Vec::new(), lost }))
}

impl Intake {
    /// Takes out what has come, at [`SPEECH_RATE`]; whether anything had.
    pub(super) fn drain(&mut self, out: &mut Vec<f32>) -> bool {
        let count = self.ring.slots();
        if count == 0 {
            return false;
        }
        self.raw.clear();
        if let Ok(chunk) = self.ring.read_chunk(count) {
            self.raw.extend(chunk);
        }
        self.resampler.push(&self.raw, out);
        true
    }

    /// What the resampler still holds, a fifth of a second at most; what comes after is a stream of its own.
    pub(super) fn finish(&mut self, out: &mut Vec<f32>) {
        self.resampler.finish(out);
        if let Ok(fresh) = Resampler::new(self.rate) {
            self.resampler = fresh;
        }
    }

    /// Samples of the device that were lost since this was asked last, as nobody took them.
    pub(super) fn lost(&self) -> u64 {
        self.lost.swap(0, Ordering::Relaxed)
    }
}

/// The last moments before somebody listens, in memory only.
#[derive(Default)]
pub(super) struct PreRoll(VecDeque<f32>);

impl PreRoll {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, samples: &[f32]) {
        self.0.extend(samples);
        self.0.drain(..self.0.len().saturating_sub(PRE_ROLL));
    }

    pub(super) fn take(&mut self) -> Vec<f32> {
        std::mem::take(&mut self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone, as a device of this rate and so many channels hands it out.
    fn tone(rate: u32, channels: usize, seconds: f32) -> Vec<f32> {
        let step = std::f32::consts::TAU * 440.0 / rate as f32;
        let frame = |n: usize| std::iter::repeat_n(0.5 * (step * n as f32).sin(), channels);
        (0..(rate as f32 * seconds) as usize).flat_map(frame).collect()
    }

    #[test]
    fn nothing_is_lost_while_nobody_takes_it_for_half_a_minute() {
        for (rate, channels) in [(8_000, 1), (44_100, 2), (48_000, 1), (96_000, 4)] {
            let (mut feed, mut intake) = ring(rate, channels).unwrap();
            let sound = tone(rate, usize::from(channels), 30.0);
            // The sound card hands out hundredths of seconds, and never waits for the listener, who does not come.
            sound.chunks(rate as usize / 100 * usize::from(channels)).for_each(|some| feed.take(some, |s| s));
            let mut out = Vec::new();
            assert!(intake.drain(&mut out));
            assert_eq!(intake.lost(), 0);
            intake.finish(&mut out);
            assert_eq!(out.len(), 30 * SPEECH_RATE as usize);
            // After that it says how much is missing, and goes on.
            sound.chunks(rate as usize / 100 * usize::from(channels)).for_each(|some| feed.take(some, |s| s));
            feed.take(&tone(rate, usize::from(channels), 5.0), |s| s);
            assert_eq!(intake.lost(), u64::from(rate) * 3);
            assert!(intake.drain(&mut out) && !intake.drain(&mut out));
        }
    }

    #[test]
    fn every_form_of_sample_is_the_same_sound() {
        let (mut feed, mut intake) = ring(SPEECH_RATE, 2).unwrap();
        feed.take(&[i16::MAX, 0, i16::MIN, i16::MIN], |s| f32::from(s) / 32_768.0);
        feed.take(&[f32::NAN, 1.0], |s| s);
        let mut raw = Vec::new();
        intake.drain(&mut raw);
        assert_eq!(intake.raw.len(), 3);
        assert!(
            (intake.raw[0] - 0.5).abs() < 1e-3
                && (intake.raw[1] + 1.0).abs() < 1e-3
                && intake.raw[2].abs() < 1e-3
        );
    }

    #[test]
    fn the_last_moments_before_are_kept_and_no_more() {
        let mut before = PreRoll::default();
        for n in 0..100 {
            before.push(&vec![n as f32; 160]);
        }
        let kept = before.take();
        assert_eq!((kept.len(), kept[0], kept[PRE_ROLL - 1]), (PRE_ROLL, 60.0, 99.0));
        assert!(before.take().is_empty());
    }
}
