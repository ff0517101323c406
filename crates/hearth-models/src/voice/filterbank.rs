//! Logarithms of mel bands as Kaldi has them, which the voice encoder was trained on.

use std::f32::consts::PI;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Samples of a frame, and from a frame to the next: 25 and 10 ms at 16 kHz.
pub(super) const FRAME: usize = 400;
pub(super) const HOP: usize = 160;
pub(super) const BANDS: usize = 80;
const TRANSFORM: usize = 512;
const RATE: f32 = 16_000.0;
/// The lowest band begins here, in hertz.
const LOWEST: f32 = 20.0;
const PREEMPHASIS: f32 = 0.97;

pub(super) struct Filterbank {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// Of each band the first of its frequencies, and the weights from there on.
    bands: Vec<(usize, Vec<f32>)>,
}

impl Filterbank {
    pub(super) fn new() -> Self {
        // Povey's window: a Hann window to a power, so that it does not go to zero as fast.
        let hann = |at: usize| 0.5 - 0.5 * (2.0 * PI * at as f32 / (FRAME - 1) as f32).cos();
        let (low, high) = (mel(LOWEST), mel(RATE / 2.0));
        let step = (high - low) / (BANDS + 1) as f32;
        let band = |at: usize| {
            let left = low + step * at as f32;
            let weight = |bin: usize| {
                let from_left = (mel(bin as f32 * RATE / TRANSFORM as f32) - left) / step;
                from_left.min(2.0 - from_left).max(0.0)
            };
            let all: Vec<f32> = (0..TRANSFORM / 2).map(weight).collect();
            let first = all.iter().position(|weight| *weight > 0.0).unwrap_or(0);
            let end = all.iter().rposition(|weight| *weight > 0.0).map_or(first, |last| last + 1);
            (first, all[first..end].to_vec())
        };
        Self {
            transform: RealFftPlanner::new().plan_fft_forward(TRANSFORM),
            window: (0..FRAME).map(|at| hann(at).powf(0.85)).collect(),
            bands: (0..BANDS).map(band).collect(),
        }
    }

    /// The frames of some samples, `[frames, BANDS]`; the mean of each band is zero.
    pub(super) fn frames(&self, samples: &[f32]) -> Vec<f32> {
        let (mut input, mut output) = (self.transform.make_input_vec(), self.transform.make_output_vec());
        let mut frames = Vec::with_capacity(samples.len() / HOP * BANDS);
        for frame in samples.windows(FRAME).step_by(HOP) {
            let mean = frame.iter().sum::<f32>() / FRAME as f32;
            let mut before = frame[0] - mean;
            input.fill(0.0);
            for (to, (sample, weight)) in input.iter_mut().zip(frame.iter().zip(&self.window)) {
                let sample = sample - mean;
                *to = (sample - PREEMPHASIS * before) * weight;
                before = sample;
            }
            self.transform.process(&mut input, &mut output).expect("both have the transform's lengths");
            frames.extend(self.bands.iter().map(|(first, weights)| {
                let powers = output[*first..].iter().map(Complex::norm_sqr);
                let energy: f32 = weights.iter().zip(powers).map(|(weight, power)| weight * power).sum();
                energy.max(f32::EPSILON).ln()
            }));
        }
        let count = (frames.len() / BANDS).max(1) as f32;
        for band in 0..BANDS {
            let mean = frames[band..].iter().step_by(BANDS).sum::<f32>() / count;
            frames[band..].iter_mut().step_by(BANDS).for_each(|value| *value -= mean);
        }
        frames
    }
}

fn mel(hertz: f32) -> f32 {
    1127.0 * (1.0 + hertz / 700.0).ln()
}
