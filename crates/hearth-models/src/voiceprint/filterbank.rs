//! Log mel filterbank features as in Kaldi, on which the voice encoder was trained.

use std::f32::consts::PI;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Samples of a voiceprint's window: 1.5 s at 16 kHz, the same for all voiceprints that are compared.
pub const VOICEPRINT_WINDOW_SAMPLES: usize = 24_000;
/// Frames of a voiceprint's window.
pub(super) const FRAMES_PER_WINDOW: usize = 1 + (VOICEPRINT_WINDOW_SAMPLES - FRAME_SAMPLES) / HOP_SAMPLES;
/// Samples of a frame: 25 ms at 16 kHz.
const FRAME_SAMPLES: usize = 400;
/// Samples from the start of one frame to the next: 10 ms at 16 kHz.
const HOP_SAMPLES: usize = 160;
/// Number of mel bands.
pub(super) const MEL_BANDS: usize = 80;
/// Length of the Fourier transform in samples.
const FFT_SIZE: usize = 512;
/// Sample rate in hertz.
const SAMPLE_RATE: f32 = 16_000.0;
/// Lower edge of the lowest band, in hertz.
const MIN_FREQUENCY_HZ: f32 = 20.0;
/// Coefficient of the pre-emphasis filter.
const PREEMPHASIS_FACTOR: f32 = 0.97;

/// Mel filterbank with its Fourier transform.
pub(super) struct Filterbank {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// First frequency bin and the weights from there on, for each band.
    bands: Vec<(usize, Vec<f32>)>,
}

impl Filterbank {
    /// Filterbank with the constants above.
    pub(super) fn new() -> Self {
        // Povey window: a Hann window to the power of 0.85, which falls to zero more slowly.
        let hann = |at: usize| 0.5 - 0.5 * (2.0 * PI * at as f32 / (FRAME_SAMPLES - 1) as f32).cos();
        let (low, high) = (hertz_to_mel(MIN_FREQUENCY_HZ), hertz_to_mel(SAMPLE_RATE / 2.0));
        let step = (high - low) / (MEL_BANDS + 1) as f32;
        let band = |at: usize| {
            let left = low + step * at as f32;
            let weight = |bin: usize| {
                let from_left = (hertz_to_mel(bin as f32 * SAMPLE_RATE / FFT_SIZE as f32) - left) / step;
                from_left.min(2.0 - from_left).max(0.0)
            };
            let weights: Vec<f32> = (0..FFT_SIZE / 2).map(weight).collect();
            let first = weights.iter().position(|weight| *weight > 0.0).unwrap_or(0);
            let end = weights.iter().rposition(|weight| *weight > 0.0).map_or(first, |last| last + 1);
            (first, weights[first..end].to_vec())
        };
        Self {
            transform: RealFftPlanner::new().plan_fft_forward(FFT_SIZE),
            window: (0..FRAME_SAMPLES).map(|at| hann(at).powf(0.85)).collect(),
            bands: (0..MEL_BANDS).map(band).collect(),
        }
    }

    /// Computes the features of samples, `[frames, MEL_BANDS]`; the mean of each band is subtracted.
    pub(super) fn compute_features(&self, samples: &[f32]) -> Vec<f32> {
        let (mut input, mut output) = (self.transform.make_input_vec(), self.transform.make_output_vec());
        let mut frames = Vec::with_capacity(samples.len() / HOP_SAMPLES * MEL_BANDS);
        for frame in samples.windows(FRAME_SAMPLES).step_by(HOP_SAMPLES) {
            let mean = frame.iter().sum::<f32>() / FRAME_SAMPLES as f32;
            let mut previous = frame[0] - mean;
            input.fill(0.0);
            for (to, (sample, weight)) in input.iter_mut().zip(frame.iter().zip(&self.window)) {
                let sample = sample - mean;
                *to = (sample - PREEMPHASIS_FACTOR * previous) * weight;
                previous = sample;
            }
            self.transform.process(&mut input, &mut output).expect("both have the transform's lengths");
            frames.extend(self.bands.iter().map(|(first, weights)| {
                let powers = output[*first..].iter().map(Complex::norm_sqr);
                let energy: f32 = weights.iter().zip(powers).map(|(weight, power)| weight * power).sum();
                energy.max(f32::EPSILON).ln()
            }));
        }
        if frames.is_empty() {
            return frames;
        }
        let count = (frames.len() / MEL_BANDS) as f32;
        for band in 0..MEL_BANDS {
            let mean = frames[band..].iter().step_by(MEL_BANDS).sum::<f32>() / count;
            frames[band..].iter_mut().step_by(MEL_BANDS).for_each(|value| *value -= mean);
        }
        frames
    }
}

/// Mel value of a frequency in hertz.
fn hertz_to_mel(hertz: f32) -> f32 {
    1127.0 * (1.0 + hertz / 700.0).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise from -0.5 to 0.5.
    fn make_noise(length: usize) -> Vec<f32> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..length).map(|_| next()).collect()
    }

    fn max_difference(a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn frames_of_25_ms_start_every_10_ms() {
        let filterbank = Filterbank::new();
        for (samples, frames) in [(0, 0), (399, 0), (400, 1), (559, 1), (560, 2), (16_000, 98)] {
            let features = filterbank.compute_features(&make_noise(samples));
            assert_eq!(features.len(), frames * MEL_BANDS, "{samples}");
            assert!(features.iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn a_tone_is_in_the_band_around_its_frequency() {
        // The bands are 81 equal steps of the mel scale from 20 Hz (31.7 mel) to 8 kHz (2840 mel), each 34.7 mel.
        // 1000 Hz are 1000 mel, near the middle of band 27 (31.7 + 28 · 34.7 = 1002 mel), 4000 Hz are 2146 mel,
        // near the middle of band 60 (31.7 + 61 · 34.7 = 2147 mel).
        let filterbank = Filterbank::new();
        for (hertz, band) in [(1000.0, 27), (4000.0, 60)] {
            let step = 2.0 * PI * hertz / SAMPLE_RATE;
            let mut samples = vec![0.0; 8000];
            samples.extend((0..8000).map(|n| 0.5 * (step * n as f32).sin()));
            let features = filterbank.compute_features(&samples);
            let (silence, tone) = (&features[..MEL_BANDS], &features[features.len() - MEL_BANDS..]);
            let rises = silence.iter().zip(tone).map(|(before, after)| after - before);
            let strongest = rises.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0;
            assert_eq!(strongest, band, "{hertz} Hz");
        }
    }

    #[test]
    fn neither_loudness_nor_an_offset_changes_the_features() {
        let filterbank = Filterbank::new();
        let noise = make_noise(4000);
        let features = filterbank.compute_features(&noise);
        for changed in [
            noise.iter().map(|sample| sample * 0.25).collect::<Vec<_>>(),
            noise.iter().map(|sample| sample + 0.5).collect(),
        ] {
            let difference = max_difference(&features, &filterbank.compute_features(&changed));
            assert!(difference < 1e-2, "{difference}");
        }
    }
}
