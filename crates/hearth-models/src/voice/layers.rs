//! Layers of the voice encoder. What goes through them is `[frames, channels]`, or `[bands, frames, channels]` while bands
//! are told apart.

use super::weights::{VoiceError, Weights};
use crate::Precision;
use crate::linear::{Linear, Scratch};

/// What batch normalisation adds to a variance.
const EPSILON: f32 = 1e-5;

/// Batch normalisation as it is after training: a factor and a summand for each channel.
pub(super) struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Norm {
    pub(super) fn new(weights: &Weights, name: &str, channels: usize) -> Result<Self, VoiceError> {
        let of = |part: &str| weights.tensor(&format!("{name}.{part}"), channels);
        Ok(Self::of(of("weight")?, of("bias")?, of("running_mean")?, of("running_var")?))
    }

    /// One that was not trained to scale and shift.
    pub(super) fn plain(weights: &Weights, name: &str, channels: usize) -> Result<Self, VoiceError> {
        let of = |part: &str| weights.tensor(&format!("{name}.{part}"), channels);
        Ok(Self::of(&vec![1.0; channels], &vec![0.0; channels], of("running_mean")?, of("running_var")?))
    }

    fn of(weight: &[f32], bias: &[f32], mean: &[f32], variance: &[f32]) -> Self {
        let scale: Vec<f32> = weight.iter().zip(variance).map(|(w, v)| w / (v + EPSILON).sqrt()).collect();
        let shift =
            bias.iter().zip(mean.iter().zip(&scale)).map(|(b, (mean, scale))| b - mean * scale).collect();
        Self { scale, shift }
    }

    /// Normalised, and nothing below zero.
    pub(super) fn rectified(&self, row: &[f32], out: &mut [f32]) {
        for ((out, value), (scale, shift)) in out.iter_mut().zip(row).zip(self.scale.iter().zip(&self.shift))
        {
            *out = (value * scale + shift).max(0.0);
        }
    }
}

/// A convolution over frames, with the normalisation after it where there is one.
pub(super) struct Convolution {
    linear: Linear,
    bias: Option<Vec<f32>>,
    inputs: usize,
    pub(super) outputs: usize,
    kernel: usize,
    dilation: usize,
    stride: usize,
}

/// The sizes of a convolution.
pub(super) struct Shape {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) kernel: usize,
    pub(super) dilation: usize,
    pub(super) stride: usize,
}

impl Shape {
    /// Of one frame.
    pub(super) fn point(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, kernel: 1, dilation: 1, stride: 1 }
    }
}

impl Convolution {
    pub(super) fn new(
        weights: &Weights,
        name: &str,
        shape: &Shape,
        norm: Option<Norm>,
    ) -> Result<Self, VoiceError> {
        let &Shape { inputs, outputs, kernel, dilation, stride } = shape;
        let stored = weights.tensor(&format!("{name}.weight"), outputs * inputs * kernel)?;
        let mut rows = Vec::with_capacity(stored.len());
        for output in 0..outputs {
            let scale = norm.as_ref().map_or(1.0, |norm| norm.scale[output]);
            for tap in 0..kernel {
                rows.extend(
                    (0..inputs).map(|input| stored[(output * inputs + input) * kernel + tap] * scale),
                );
            }
        }
        let linear = Linear::new(&rows, inputs * kernel, Precision::Full);
        Ok(Self { linear, bias: norm.map(|norm| norm.shift), inputs, outputs, kernel, dilation, stride })
    }

    /// `[frames, inputs]` → `[frames / stride, outputs]`; what stands before and after is silence.
    pub(super) fn forward(&self, x: &[f32]) -> Vec<f32> {
        let (width, frames) = (self.kernel * self.inputs, x.len() / self.inputs);
        let before = (self.kernel - 1) / 2 * self.dilation;
        let count = frames.div_ceil(self.stride);
        let mut out = vec![0.0; count * self.outputs];
        if self.kernel == 1 && self.stride == 1 {
            self.linear.forward(x, &mut out, &mut Scratch::default());
        } else {
            let mut patches = vec![0.0; count * width];
            for (at, patch) in patches.chunks_mut(width).enumerate() {
                for (tap, to) in patch.chunks_mut(self.inputs).enumerate() {
                    let frame = (at * self.stride + tap * self.dilation).wrapping_sub(before);
                    if frame < frames {
                        to.copy_from_slice(&x[frame * self.inputs..(frame + 1) * self.inputs]);
                    }
                }
            }
            self.linear.forward(&patches, &mut out, &mut Scratch::default());
        }
        if let Some(bias) = &self.bias {
            out.chunks_mut(self.outputs).for_each(|row| add(row, bias));
        }
        out
    }
}

/// Bands and frames side by side: `[bands, frames, channels]`.
pub(super) struct Map {
    pub(super) values: Vec<f32>,
    pub(super) bands: usize,
    pub(super) channels: usize,
}

impl Map {
    fn band(&self, band: usize) -> &[f32] {
        let width = self.values.len() / self.bands;
        &self.values[band * width..(band + 1) * width]
    }
}

/// A convolution over bands and frames, three or one of each, with its normalisation.
pub(super) struct Square {
    linear: Linear,
    bias: Vec<f32>,
    inputs: usize,
    outputs: usize,
    kernel: usize,
    /// Of bands; frames all stay.
    stride: usize,
}

impl Square {
    pub(super) fn new(
        weights: &Weights,
        [name, norm]: [&str; 2],
        [inputs, outputs]: [usize; 2],
        kernel: usize,
        stride: usize,
    ) -> Result<Self, VoiceError> {
        let norm = Norm::new(weights, norm, outputs)?;
        let taps = kernel * kernel;
        let stored = weights.tensor(&format!("{name}.weight"), outputs * inputs * taps)?;
        let mut rows = Vec::with_capacity(stored.len());
        for output in 0..outputs {
            for tap in 0..taps {
                rows.extend(
                    (0..inputs)
                        .map(|input| stored[(output * inputs + input) * taps + tap] * norm.scale[output]),
                );
            }
        }
        let linear = Linear::new(&rows, inputs * taps, Precision::Full);
        Ok(Self { linear, bias: norm.shift, inputs, outputs, kernel, stride })
    }

    pub(super) fn forward(&self, x: &Map) -> Map {
        let frames = x.values.len() / x.bands / self.inputs;
        let (bands, reach) = (x.bands.div_ceil(self.stride), self.kernel / 2);
        let width = self.kernel * self.kernel * self.inputs;
        let mut values = vec![0.0; bands * frames * self.outputs];
        let mut patches = vec![0.0; frames * width];
        for (band, out) in values.chunks_mut(frames * self.outputs).enumerate() {
            patches.fill(0.0);
            for tap in 0..self.kernel * self.kernel {
                let from = (band * self.stride + tap / self.kernel).wrapping_sub(reach);
                if from >= x.bands {
                    continue;
                }
                let row = x.band(from);
                for (at, patch) in patches.chunks_mut(width).enumerate() {
                    let frame = (at + tap % self.kernel).wrapping_sub(reach);
                    if frame < frames {
                        patch[tap * self.inputs..(tap + 1) * self.inputs]
                            .copy_from_slice(&row[frame * self.inputs..(frame + 1) * self.inputs]);
                    }
                }
            }
            self.linear.forward(&patches, out, &mut Scratch::default());
            out.chunks_mut(self.outputs).for_each(|row| add(row, &self.bias));
        }
        Map { values, bands, channels: self.outputs }
    }
}

pub(super) fn add(row: &mut [f32], more: &[f32]) {
    row.iter_mut().zip(more).for_each(|(value, more)| *value += more);
}

pub(super) fn rectify(values: &mut [f32]) {
    for value in values {
        *value = value.max(0.0);
    }
}
