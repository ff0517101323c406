//! Resampling of a stream from any rate to the 16 kHz of speech recognition.

use audioadapter_buffers::direct::InterleavedSlice;
use hearth_domain::SPEECH_SAMPLE_RATE;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

/// Input frames of one transform; with more frames the filter's transition band is a smaller part of the
/// whole band.
const BLOCK_FRAMES: usize = 2048;
/// Supported sample rates, in hertz.
const SUPPORTED_RATES: std::ops::RangeInclusive<u32> = 2_000..=384_000;

/// Error of a sample rate, in hertz, that is not supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sample rate of {0} Hz is not supported")]
pub struct UnsupportedSampleRate(pub u32);

/// Streaming resampler of one channel to [`SPEECH_SAMPLE_RATE`].
pub struct Resampler {
    /// `None` if the input has the output's rate.
    inner: Option<Fft<f32>>,
    rate: u32,
    pending: Vec<f32>,
    block: Vec<f32>,
    /// Output samples still to be dropped, which the filter's delay puts before the first.
    delay_left: usize,
    input_count: u64,
    output_count: u64,
}

impl Resampler {
    /// A resampler from `rate` samples a second.
    pub fn new(rate: u32) -> Result<Self, UnsupportedSampleRate> {
        if !SUPPORTED_RATES.contains(&rate) {
            return Err(UnsupportedSampleRate(rate));
        }
        let inner = match rate {
            SPEECH_SAMPLE_RATE => None,
            _ => {
                let (from, to) = (rate as usize, SPEECH_SAMPLE_RATE as usize);
                let window = WindowFunction::BlackmanHarris2;
                let result = Fft::new_custom(from, to, BLOCK_FRAMES, 1, 1, window, FixedSync::Input);
                Some(result.map_err(|_| UnsupportedSampleRate(rate))?)
            }
        };
        let delay_left = inner.as_ref().map_or(0, Fft::output_delay);
        let block = vec![0.0; inner.as_ref().map_or(0, Fft::output_frames_max)];
        Ok(Self { inner, rate, pending: Vec::new(), block, delay_left, input_count: 0, output_count: 0 })
    }

    /// Takes input samples, and appends the output samples that are ready to `out`.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.input_count += samples.len() as u64;
        if self.inner.is_none() {
            self.output_count += samples.len() as u64;
            return out.extend_from_slice(samples);
        }
        self.pending.extend_from_slice(samples);
        self.process_blocks(out, u64::MAX);
    }

    /// Appends the remaining samples. The whole output is as long as the input, to the sample.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        let total = (self.input_count * u64::from(SPEECH_SAMPLE_RATE)).div_ceil(u64::from(self.rate));
        while self.inner.is_some() && self.output_count < total {
            let missing = self.next_input_frames().saturating_sub(self.pending.len());
            self.pending.extend(std::iter::repeat_n(0.0, missing));
            self.process_blocks(out, total);
        }
        self.pending.clear();
    }

    /// Input frames of the next transform.
    fn next_input_frames(&self) -> usize {
        self.inner.as_ref().map_or(0, Fft::input_frames_next)
    }

    /// Transforms all complete blocks, up to `max_output` output samples in total.
    fn process_blocks(&mut self, out: &mut Vec<f32>, max_output: u64) {
        let mut consumed = 0;
        while let Some(inner) = &mut self.inner {
            let needed = inner.input_frames_next();
            let Some(block) = self.pending.get(consumed..consumed + needed) else { break };
            let written = {
                let capacity = self.block.len();
                let (Ok(from), Ok(mut to)) = (
                    InterleavedSlice::new(block, 1, needed),
                    InterleavedSlice::new_mut(&mut self.block, 1, capacity),
                ) else {
                    break;
                };
                inner.process_into_buffer(&from, &mut to, None).map_or(0, |(_, written)| written)
            };
            consumed += needed;
            let skipped = self.delay_left.min(written);
            self.delay_left -= skipped;
            let count =
                (max_output.saturating_sub(self.output_count)).min((written - skipped) as u64) as usize;
            out.extend_from_slice(&self.block[skipped..skipped + count]);
            self.output_count += count as u64;
        }
        self.pending.drain(..consumed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make_tone(rate: u32, hertz: f64, seconds: f64) -> Vec<f32> {
        let count = (f64::from(rate) * seconds) as usize;
        let step = std::f64::consts::TAU * hertz / f64::from(rate);
        (0..count).map(|n| (0.5 * (step * n as f64).sin()) as f32).collect()
    }

    /// Resamples in buffers of an odd length, as devices deliver them.
    fn resample_all(rate: u32, samples: &[f32]) -> Vec<f32> {
        let mut resampler = Resampler::new(rate).unwrap();
        let mut out = Vec::new();
        for piece in samples.chunks(441) {
            resampler.push(piece, &mut out);
        }
        resampler.finish(&mut out);
        out
    }

    /// Root mean square in decibels, of the middle half, which is free of ringing.
    fn measure_decibels(samples: &[f32]) -> f64 {
        let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
        let power: f64 = middle.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / middle.len() as f64;
        10.0 * power.max(1e-20).log10()
    }

    #[test]
    fn speech_passes_unchanged_and_nothing_is_folded_into_it() {
        for rate in [8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000] {
            let nyquist = f64::from(rate.min(SPEECH_SAMPLE_RATE)) / 2.0;
            for part in [0.02, 0.1, 0.3, 0.5, 0.7, 0.85] {
                let hertz = nyquist * part;
                let before = make_tone(rate, hertz, 1.0);
                let ripple = measure_decibels(&resample_all(rate, &before)) - measure_decibels(&before);
                assert!(ripple.abs() <= 0.1, "{hertz} Hz at {rate}: {ripple} dB");
            }
            if rate > SPEECH_SAMPLE_RATE {
                for hertz in [8_600.0, 9_500.0, 10_900.0, f64::from(rate) * 0.45] {
                    let folded =
                        measure_decibels(&resample_all(rate, &make_tone(rate, hertz.max(8_600.0), 1.0)));
                    let level = folded - measure_decibels(&make_tone(rate, hertz.max(8_600.0), 1.0));
                    assert!(level <= -80.0, "{hertz} Hz at {rate}: {level} dB");
                }
            }
        }
    }

    #[test]
    fn what_is_heard_stays_at_its_time() {
        for rate in [8_000, 22_050, 44_100, 48_000, 96_000] {
            let mut click = vec![0.0; rate as usize];
            click[rate as usize / 2] = 1.0;
            let after = resample_all(rate, &click);
            let loudest = after.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b)).unwrap().0;
            assert!(loudest.abs_diff(SPEECH_SAMPLE_RATE as usize / 2) <= 1, "{loudest} at {rate}");
        }
    }

    #[test]
    fn the_length_stays_to_the_sample() {
        for (rate, fed, given) in
            [(48_000, 48_000, 16_000), (44_100, 100, 37), (8_000, 3, 6), (16_000, 5, 5), (96_000, 0, 0)]
        {
            assert_eq!(resample_all(rate, &vec![0.1; fed]).len(), given, "{fed} at {rate}");
        }
        assert_eq!(Resampler::new(0).err(), Some(UnsupportedSampleRate(0)));
        assert_eq!(Resampler::new(1_092_676).err(), Some(UnsupportedSampleRate(1_092_676)));
    }

    #[test]
    fn a_second_stream_hears_nothing_of_the_first() {
        let loud = resample_all(48_000, &make_tone(48_000, 440.0, 0.3));
        let quiet = resample_all(48_000, &vec![0.0; 4800]);
        assert!(measure_decibels(&loud) > -20.0 && quiet.iter().all(|sample| *sample == 0.0));
    }
}
