//! Layers of the voice encoder. Activations are `[frames, channels]`, or `[bands, frames, channels]` in the
//! convolutions over bands.

use super::weights::{VoiceEncoderError, Weights};
use crate::Precision;
use crate::linear::{Linear, Scratch};

/// Term that batch normalisation adds to a variance.
const VARIANCE_EPSILON: f32 = 1e-5;

/// Batch normalisation in inference: a scale and a shift for each channel.
pub(super) struct BatchNorm {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl BatchNorm {
    /// Normalisation with trained weight and bias.
    pub(super) fn new(weights: &Weights, name: &str, channels: usize) -> Result<Self, VoiceEncoderError> {
        let tensor = |part: &str| weights.get_tensor(&format!("{name}.{part}"), channels);
        Ok(Self::from_statistics(
            tensor("weight")?,
            tensor("bias")?,
            tensor("running_mean")?,
            tensor("running_var")?,
        ))
    }

    /// Normalisation without trained weight and bias (`affine=False` in PyTorch).
    pub(super) fn without_affine(
        weights: &Weights,
        name: &str,
        channels: usize,
    ) -> Result<Self, VoiceEncoderError> {
        let tensor = |part: &str| weights.get_tensor(&format!("{name}.{part}"), channels);
        Ok(Self::from_statistics(
            &vec![1.0; channels],
            &vec![0.0; channels],
            tensor("running_mean")?,
            tensor("running_var")?,
        ))
    }

    /// Normalisation from trained weight and bias and the running mean and variance.
    fn from_statistics(weight: &[f32], bias: &[f32], mean: &[f32], variance: &[f32]) -> Self {
        let scale: Vec<f32> =
            weight.iter().zip(variance).map(|(w, v)| w / (v + VARIANCE_EPSILON).sqrt()).collect();
        let shift =
            bias.iter().zip(mean.iter().zip(&scale)).map(|(b, (mean, scale))| b - mean * scale).collect();
        Self { scale, shift }
    }

    /// Writes the normalised row with ReLU into `out`.
    pub(super) fn forward_relu(&self, row: &[f32], out: &mut [f32]) {
        for ((out, value), (scale, shift)) in out.iter_mut().zip(row).zip(self.scale.iter().zip(&self.shift))
        {
            *out = (value * scale + shift).max(0.0);
        }
    }
}

/// Convolution over frames, with the normalisation after it folded in if there is one.
pub(super) struct Convolution1d {
    linear: Linear,
    bias: Option<Vec<f32>>,
    inputs: usize,
    pub(super) outputs: usize,
    kernel: usize,
    dilation: usize,
    stride: usize,
}

/// Sizes of a convolution over frames.
pub(super) struct ConvolutionShape {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) kernel: usize,
    pub(super) dilation: usize,
    pub(super) stride: usize,
}

impl ConvolutionShape {
    /// Shape with a kernel of one frame.
    pub(super) fn new_pointwise(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, kernel: 1, dilation: 1, stride: 1 }
    }
}

impl Convolution1d {
    /// Convolution with weights stored as `[outputs, inputs, kernel]`.
    pub(super) fn new(
        weights: &Weights,
        name: &str,
        shape: &ConvolutionShape,
        norm: Option<BatchNorm>,
    ) -> Result<Self, VoiceEncoderError> {
        let &ConvolutionShape { inputs, outputs, kernel, dilation, stride } = shape;
        let stored = weights.get_tensor(&format!("{name}.weight"), outputs * inputs * kernel)?;
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

    /// Computes `[frames, inputs]` → `[frames / stride, outputs]`, padded with zeros.
    pub(super) fn forward(&self, x: &[f32]) -> Vec<f32> {
        let (width, frames) = (self.kernel * self.inputs, x.len() / self.inputs);
        let padding = (self.kernel - 1) / 2 * self.dilation;
        let count = frames.div_ceil(self.stride);
        let mut out = vec![0.0; count * self.outputs];
        if self.kernel == 1 && self.stride == 1 {
            self.linear.forward(x, &mut out, &mut Scratch::default());
        } else {
            let mut patches = vec![0.0; count * width];
            for (at, patch) in patches.chunks_mut(width).enumerate() {
                for (tap, to) in patch.chunks_mut(self.inputs).enumerate() {
                    let frame = (at * self.stride + tap * self.dilation).wrapping_sub(padding);
                    if frame < frames {
                        to.copy_from_slice(&x[frame * self.inputs..(frame + 1) * self.inputs]);
                    }
                }
            }
            self.linear.forward(&patches, &mut out, &mut Scratch::default());
        }
        if let Some(bias) = &self.bias {
            out.chunks_mut(self.outputs).for_each(|row| add_assign(row, bias));
        }
        out
    }
}

/// Feature map `[bands, frames, channels]`.
pub(super) struct FeatureMap {
    pub(super) values: Vec<f32>,
    pub(super) bands: usize,
    pub(super) channels: usize,
}

impl FeatureMap {
    /// Values `[frames, channels]` of one band.
    fn band_values(&self, band: usize) -> &[f32] {
        let width = self.values.len() / self.bands;
        &self.values[band * width..(band + 1) * width]
    }
}

/// Convolution over bands and frames with a kernel of 3 × 3 or 1 × 1, its normalisation folded in.
pub(super) struct Convolution2d {
    linear: Linear,
    bias: Vec<f32>,
    inputs: usize,
    outputs: usize,
    kernel: usize,
    /// Stride over bands; the stride over frames is one.
    stride: usize,
}

impl Convolution2d {
    /// Convolution with weights stored as `[outputs, inputs, kernel, kernel]`.
    pub(super) fn new(
        weights: &Weights,
        [name, norm]: [&str; 2],
        [inputs, outputs]: [usize; 2],
        kernel: usize,
        stride: usize,
    ) -> Result<Self, VoiceEncoderError> {
        let norm = BatchNorm::new(weights, norm, outputs)?;
        let taps = kernel * kernel;
        let stored = weights.get_tensor(&format!("{name}.weight"), outputs * inputs * taps)?;
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

    /// Computes `[bands, frames, inputs]` → `[bands / stride, frames, outputs]`, padded with zeros.
    pub(super) fn forward(&self, x: &FeatureMap) -> FeatureMap {
        let frames = x.values.len() / x.bands / self.inputs;
        let (bands, reach) = (x.bands.div_ceil(self.stride), self.kernel / 2);
        let width = self.kernel * self.kernel * self.inputs;
        let mut values = vec![0.0; bands * frames * self.outputs];
        let mut patches = vec![0.0; frames * width];
        for (band, out) in values.chunks_mut(frames * self.outputs).enumerate() {
            patches.fill(0.0);
            for tap in 0..self.kernel * self.kernel {
                let source_band = (band * self.stride + tap / self.kernel).wrapping_sub(reach);
                if source_band >= x.bands {
                    continue;
                }
                let row = x.band_values(source_band);
                for (at, patch) in patches.chunks_mut(width).enumerate() {
                    let frame = (at + tap % self.kernel).wrapping_sub(reach);
                    if frame < frames {
                        patch[tap * self.inputs..(tap + 1) * self.inputs]
                            .copy_from_slice(&row[frame * self.inputs..(frame + 1) * self.inputs]);
                    }
                }
            }
            self.linear.forward(&patches, out, &mut Scratch::default());
            out.chunks_mut(self.outputs).for_each(|row| add_assign(row, &self.bias));
        }
        FeatureMap { values, bands, channels: self.outputs }
    }
}

/// Adds `addend` to `row`, in place.
pub(super) fn add_assign(row: &mut [f32], addend: &[f32]) {
    row.iter_mut().zip(addend).for_each(|(value, addend)| *value += addend);
}

/// Applies ReLU, in place.
pub(super) fn apply_relu(values: &mut [f32]) {
    for value in values {
        *value = value.max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "{found:?} instead of {expected:?}");
    }

    /// Tensors of a normalisation that doubles and subtracts one: mean 1, variance 4 (less the epsilon), weight 4,
    /// bias 1.
    const NORM: [(&str, &[f32]); 4] = [
        ("n.weight", &[4.0]),
        ("n.bias", &[1.0]),
        ("n.running_mean", &[1.0]),
        ("n.running_var", &[4.0 - VARIANCE_EPSILON]),
    ];

    #[test]
    fn a_normalisation_scales_and_shifts_and_cuts_negative_values() {
        let norm = BatchNorm::new(&Weights::from_tensors(&NORM), "n", 1).unwrap();
        let mut out = [0.0];
        for (value, expected) in [(0.0, 0.0), (1.0, 1.0), (3.0, 5.0)] {
            norm.forward_relu(&[value], &mut out);
            assert_near(&out, &[expected]);
        }
    }

    #[test]
    fn a_convolution_reaches_by_its_dilation_and_is_padded_with_zeros() {
        let weights = Weights::from_tensors(&[("c.weight", &[1.0, 10.0, 100.0])]);
        let forward = |dilation, stride, x: &[f32]| {
            let shape = ConvolutionShape { inputs: 1, outputs: 1, kernel: 3, dilation, stride };
            Convolution1d::new(&weights, "c", &shape, None).unwrap().forward(x)
        };
        // The frame itself has the weight 10, the one before 1, the one after 100.
        assert_near(&forward(1, 1, &[1.0, 2.0, 3.0, 4.0]), &[210.0, 321.0, 432.0, 43.0]);
        assert_near(&forward(2, 1, &[1.0, 2.0, 3.0, 4.0]), &[310.0, 420.0, 31.0, 42.0]);
        assert_near(&forward(1, 2, &[1.0, 2.0, 3.0]), &[210.0, 32.0]);
    }

    #[test]
    fn a_convolution_over_bands_has_its_normalisation_folded_in() {
        // 3 × 3 weights, bands by frames: 1 for the value itself, 10 for the next frame, 100 for the next band.
        let kernel = [0.0, 0.0, 0.0, 0.0, 1.0, 10.0, 0.0, 100.0, 0.0];
        let tensors = [&NORM[..], &[("c.weight", &kernel[..])]].concat();
        let weights = Weights::from_tensors(&tensors);
        let x = || FeatureMap { values: vec![1.0, 2.0, 3.0, 4.0], bands: 2, channels: 1 };
        let all = Convolution2d::new(&weights, ["c", "n"], [1, 1], 3, 1).unwrap().forward(&x());
        // Doubled, less one: 1 + 20 + 300, 2 + 400, 3 + 40, 4.
        assert_near(&all.values, &[641.0, 803.0, 85.0, 7.0]);
        let every_other = Convolution2d::new(&weights, ["c", "n"], [1, 1], 3, 2).unwrap().forward(&x());
        assert_eq!(every_other.bands, 1);
        assert_near(&every_other.values, &[641.0, 803.0]);
    }
}
