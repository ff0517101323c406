//! Lock-free ring buffer from the sound card's thread to samples for speech recognition, so that the sound
//! card never waits.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hearth_domain::SPEECH_SAMPLE_RATE;
use rtrb::{Consumer, Producer, RingBuffer};

use crate::resample::{Resampler, UnsupportedSampleRate};

/// Capacity of the ring buffer, in seconds.
const RING_SECONDS: u32 = 32;
/// Samples of the pre-roll, 400 ms: keys are pressed a little after speech begins.
const PRE_ROLL_SAMPLES: usize = (SPEECH_SAMPLE_RATE / 1000 * 400) as usize;

/// Writing end of the ring buffer, on the sound card's thread.
pub(super) struct RingWriter {
    ring: Producer<f32>,
    channels: usize,
    lost_count: Arc<AtomicU64>,
}

impl RingWriter {
    /// Writes interleaved samples of all channels, as their mean. Never waits and allocates nothing.
    pub(super) fn write_frames<T: Copy>(&mut self, samples: &[T], value: impl Fn(T) -> f32) {
        for frame in samples.chunks_exact(self.channels) {
            let mean = frame.iter().map(|sample| value(*sample)).sum::<f32>() / self.channels as f32;
            if self.ring.push(if mean.is_finite() { mean } else { 0.0 }).is_err() {
                self.lost_count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Reading end of the ring buffer, on the capture thread.
pub(super) struct RingReader {
    ring: Consumer<f32>,
    resampler: Resampler,
    rate: u32,
    raw: Vec<f32>,
    lost_count: Arc<AtomicU64>,
}

/// Creates a ring buffer for a device of this rate (in hertz) and number of channels.
pub(super) fn create_ring(
    rate: u32,
    channels: u16,
) -> Result<(RingWriter, RingReader), UnsupportedSampleRate> {
    let resampler = Resampler::new(rate)?;
    let (producer, consumer) = RingBuffer::new((rate * RING_SECONDS) as usize);
    let lost_count = Arc::new(AtomicU64::new(0));
    let writer = RingWriter {
        ring: producer,
        channels: usize::from(channels.max(1)),
        lost_count: Arc::clone(&lost_count),
    };
    Ok((writer, RingReader { ring: consumer, resampler, rate, raw: Vec::new(), lost_count }))
}

impl RingReader {
    /// Appends all new samples to `out`, at [`SPEECH_SAMPLE_RATE`]; true if there were any.
    pub(super) fn read_samples(&mut self, out: &mut Vec<f32>) -> bool {
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

    /// Appends the samples that the resampler still holds, a fifth of a second at most; later samples are a
    /// new stream.
    pub(super) fn finish(&mut self, out: &mut Vec<f32>) {
        self.resampler.finish(out);
        if let Ok(resampler) = Resampler::new(self.rate) {
            self.resampler = resampler;
        }
    }

    /// Takes the number of the device's samples that were lost, as the ring buffer was full, and resets it.
    pub(super) fn take_lost_count(&self) -> u64 {
        self.lost_count.swap(0, Ordering::Relaxed)
    }
}

/// The last samples before a capture, in memory only.
#[derive(Default)]
pub(super) struct PreRoll(VecDeque<f32>);

impl PreRoll {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, samples: &[f32]) {
        self.0.extend(samples);
        self.0.drain(..self.0.len().saturating_sub(PRE_ROLL_SAMPLES));
    }

    pub(super) fn take_samples(&mut self) -> Vec<f32> {
        std::mem::take(&mut self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sine tone in the form of a device of this rate and number of channels.
    fn make_tone(rate: u32, channels: usize, seconds: f32) -> Vec<f32> {
        let step = std::f32::consts::TAU * 440.0 / rate as f32;
        let frame = |n: usize| std::iter::repeat_n(0.5 * (step * n as f32).sin(), channels);
        (0..(rate as f32 * seconds) as usize).flat_map(frame).collect()
    }

    #[test]
    fn nothing_is_lost_while_nobody_takes_it_for_half_a_minute() {
        for (rate, channels) in [(8_000, 1), (44_100, 2), (48_000, 1), (96_000, 4)] {
            let (mut writer, mut reader) = create_ring(rate, channels).unwrap();
            let tone = make_tone(rate, usize::from(channels), 30.0);
            // The sound card writes hundredths of seconds, and does not wait for the reader.
            tone.chunks(rate as usize / 100 * usize::from(channels))
                .for_each(|block| writer.write_frames(block, |s| s));
            let mut out = Vec::new();
            assert!(reader.read_samples(&mut out));
            assert_eq!(reader.take_lost_count(), 0);
            reader.finish(&mut out);
            assert_eq!(out.len(), 30 * SPEECH_SAMPLE_RATE as usize);
            // After that the reader reports how much is missing, and goes on.
            tone.chunks(rate as usize / 100 * usize::from(channels))
                .for_each(|block| writer.write_frames(block, |s| s));
            writer.write_frames(&make_tone(rate, usize::from(channels), 5.0), |s| s);
            assert_eq!(reader.take_lost_count(), u64::from(rate) * 3);
            assert!(reader.read_samples(&mut out) && !reader.read_samples(&mut out));
        }
    }

    #[test]
    fn every_form_of_sample_is_the_same_sound() {
        let (mut writer, mut reader) = create_ring(SPEECH_SAMPLE_RATE, 2).unwrap();
        writer.write_frames(&[i16::MAX, 0, i16::MIN, i16::MIN], |s| f32::from(s) / 32_768.0);
        writer.write_frames(&[f32::NAN, 1.0], |s| s);
        let mut raw = Vec::new();
        reader.read_samples(&mut raw);
        assert_eq!(reader.raw.len(), 3);
        assert!(
            (reader.raw[0] - 0.5).abs() < 1e-3
                && (reader.raw[1] + 1.0).abs() < 1e-3
                && reader.raw[2].abs() < 1e-3
        );
    }

    #[test]
    fn the_last_moments_before_are_kept_and_no_more() {
        let mut pre_roll = PreRoll::default();
        for n in 0..100 {
            pre_roll.push(&vec![n as f32; 160]);
        }
        let samples = pre_roll.take_samples();
        assert_eq!(
            (samples.len(), samples[0], samples[PRE_ROLL_SAMPLES - 1]),
            (PRE_ROLL_SAMPLES, 60.0, 99.0)
        );
        assert!(pre_roll.take_samples().is_empty());
    }
}
