//! From any rate to the recognisers' 16 kHz, in pieces as they come.

use audioadapter_buffers::direct::InterleavedSlice;
use hearth_domain::SPEECH_RATE;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

/// Frames of the input that are transformed at once; its filter falls off within a part of the band that is the
/// smaller, the more there are.
const BLOCK: usize = 2048;
/// Rates that a recording may have.
const RATES: std::ops::RangeInclusive<u32> = 2_000..=384_000;

/// A rate that nothing is recorded at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} samples a second are none that a recording has")]
pub struct BadRate(pub u32);

/// A stream of samples of one channel on its way to [`SPEECH_RATE`].
pub struct Resampler {
    /// Nothing is to be done where the rate is right already.
    inner: Option<Fft<f32>>,
    rate: u32,
    waiting: Vec<f32>,
    block: Vec<f32>,
    /// Samples of the output that the filter's delay puts before the first.
    skip: usize,
    fed: u64,
    given: u64,
}

impl Resampler {
    /// From `rate` samples a second.
    pub fn new(rate: u32) -> Result<Self, BadRate> {
        if !RATES.contains(&rate) {
            return Err(BadRate(rate));
        }
        let inner = match rate {
            SPEECH_RATE => None,
            _ => {
                let (from, to) = (rate as usize, SPEECH_RATE as usize);
                let window = WindowFunction::BlackmanHarris2;
                let made = Fft::new_custom(from, to, BLOCK, 1, 1, window, FixedSync::Input);
                Some(made.map_err(|_| BadRate(rate))?)
            }
        };
        let skip = inner.as_ref().map_or(0, Fft::output_delay);
        let block = vec![0.0; inner.as_ref().map_or(0, Fft::output_frames_max)];
        Ok(Self { inner, rate, waiting: Vec::new(), block, skip, fed: 0, given: 0 })
    }

    /// Takes samples, and appends those that are ready.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.fed += samples.len() as u64;
        if self.inner.is_none() {
            self.given += samples.len() as u64;
            return out.extend_from_slice(samples);
        }
        self.waiting.extend_from_slice(samples);
        self.work(out, u64::MAX);
    }

    /// Appends what is left. The output is as long as the input, to the sample.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        let all = (self.fed * u64::from(SPEECH_RATE)).div_ceil(u64::from(self.rate));
        while self.inner.is_some() && self.given < all {
            let missing = self.needed().saturating_sub(self.waiting.len());
            self.waiting.extend(std::iter::repeat_n(0.0, missing));
            self.work(out, all);
        }
        self.waiting.clear();
    }

    fn needed(&self) -> usize {
        self.inner.as_ref().map_or(0, Fft::input_frames_next)
    }

    fn work(&mut self, out: &mut Vec<f32>, most: u64) {
        let mut used = 0;
        while let Some(inner) = &mut self.inner {
            let needed = inner.input_frames_next();
            let Some(piece) = self.waiting.get(used..used + needed) else { break };
            let written = {
                let room = self.block.len();
                let (Ok(from), Ok(mut to)) = (
                    InterleavedSlice::new(piece, 1, needed),
                    InterleavedSlice::new_mut(&mut self.block, 1, room),
                ) else {
                    break;
                };
                inner.process_into_buffer(&from, &mut to, None).map_or(0, |(_, written)| written)
            };
            used += needed;
            let skipped = self.skip.min(written);
            self.skip -= skipped;
            let wanted = (most.saturating_sub(self.given)).min((written - skipped) as u64) as usize;
            out.extend_from_slice(&self.block[skipped..skipped + wanted]);
            self.given += wanted as u64;
        }
        self.waiting.drain(..used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, hertz: f64, seconds: f64) -> Vec<f32> {
        let count = (f64::from(rate) * seconds) as usize;
        let step = std::f64::consts::TAU * hertz / f64::from(rate);
        (0..count).map(|n| (0.5 * (step * n as f64).sin()) as f32).collect()
    }

    /// In pieces of odd lengths, as devices hand them out.
    fn resampled(rate: u32, samples: &[f32]) -> Vec<f32> {
        let mut resampler = Resampler::new(rate).unwrap();
        let mut out = Vec::new();
        for piece in samples.chunks(441) {
            resampler.push(piece, &mut out);
        }
        resampler.finish(&mut out);
        out
    }

    /// Root of the mean square in decibels, of the middle, where nothing rings.
    fn decibels(samples: &[f32]) -> f64 {
        let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
        let power: f64 = middle.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / middle.len() as f64;
        10.0 * power.max(1e-20).log10()
    }

    #[test]
    fn speech_passes_unchanged_and_nothing_is_folded_into_it() {
        for rate in [8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000] {
            let nyquist = f64::from(rate.min(SPEECH_RATE)) / 2.0;
            for part in [0.02, 0.1, 0.3, 0.5, 0.7, 0.85] {
                let hertz = nyquist * part;
                let before = tone(rate, hertz, 1.0);
                let ripple = decibels(&resampled(rate, &before)) - decibels(&before);
                assert!(ripple.abs() <= 0.1, "{hertz} Hz at {rate}: {ripple} dB");
            }
            if rate > SPEECH_RATE {
                for hertz in [8_600.0, 9_500.0, 10_900.0, f64::from(rate) * 0.45] {
                    let folded = decibels(&resampled(rate, &tone(rate, hertz.max(8_600.0), 1.0)));
                    let level = folded - decibels(&tone(rate, hertz.max(8_600.0), 1.0));
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
            let after = resampled(rate, &click);
            let loudest = after.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b)).unwrap().0;
            assert!(loudest.abs_diff(SPEECH_RATE as usize / 2) <= 1, "{loudest} at {rate}");
        }
    }

    #[test]
    fn the_length_stays_to_the_sample() {
        for (rate, fed, given) in
            [(48_000, 48_000, 16_000), (44_100, 100, 37), (8_000, 3, 6), (16_000, 5, 5), (96_000, 0, 0)]
        {
            assert_eq!(resampled(rate, &vec![0.1; fed]).len(), given, "{fed} at {rate}");
        }
        assert_eq!(Resampler::new(0).err(), Some(BadRate(0)));
        assert_eq!(Resampler::new(1_092_676).err(), Some(BadRate(1_092_676)));
    }

    #[test]
    fn a_second_stream_hears_nothing_of_the_first() {
        let loud = resampled(48_000, &tone(48_000, 440.0, 0.3));
        let quiet = resampled(48_000, &vec![0.0; 4800]);
        assert!(decibels(&loud) > -20.0 && quiet.iter().all(|sample| *sample == 0.0));
    }
}
