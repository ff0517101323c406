//! CAM++ network: a small residual network over bands and frames, three densely connected blocks over frames
//! with context-aware masks over the whole window, and statistics pooling (mean and standard deviation).

use rten_simd::SimdUnaryOp;
use rten_vecmath::Sigmoid;

use super::filterbank::{FRAMES_PER_WINDOW, MEL_BANDS};
use super::layers::{
    BatchNorm, Convolution1d, Convolution2d, ConvolutionShape, FeatureMap, add_assign, apply_relu,
};
use super::weights::{VoiceEncoderError, Weights};

/// Channels of the residual network, and bands of its output.
const RESIDUAL_CHANNELS: usize = 32;
const RESIDUAL_BANDS: usize = MEL_BANDS / 8;
/// Channels of the first block's input, channels that a dense layer adds, and channels of its bottleneck.
const FIRST_BLOCK_CHANNELS: usize = 128;
const GROWTH_CHANNELS: usize = 32;
const BOTTLENECK_CHANNELS: usize = 128;
/// Layers of each dense block, and the dilation of their convolutions.
const DENSE_BLOCKS: [(usize, usize); 3] = [(12, 1), (24, 2), (16, 2)];
/// Number of values of a voiceprint.
const VOICEPRINT_VALUES: usize = 192;
/// Frames (after the stride of two) of a segment, over which the mask takes its mean; a window is one
/// segment.
const SEGMENT_FRAMES: usize = 100;
const _: () = assert!(FRAMES_PER_WINDOW.div_ceil(2) <= SEGMENT_FRAMES, "a window is one segment");

/// Residual block over bands and frames.
struct ResidualBlock {
    first: Convolution2d,
    second: Convolution2d,
    shortcut: Option<Convolution2d>,
}

impl ResidualBlock {
    fn new(weights: &Weights, name: &str, stride: usize) -> Result<Self, VoiceEncoderError> {
        let convolution = |part: &str, norm: &str, kernel, stride| {
            let names = [format!("{name}.{part}"), format!("{name}.{norm}")];
            Convolution2d::new(weights, [&names[0], &names[1]], [RESIDUAL_CHANNELS; 2], kernel, stride)
        };
        Ok(Self {
            first: convolution("conv1", "bn1", 3, stride)?,
            second: convolution("conv2", "bn2", 3, 1)?,
            shortcut: if stride > 1 {
                Some(convolution("shortcut.0", "shortcut.1", 1, stride)?)
            } else {
                None
            },
        })
    }

    fn forward(&self, x: &FeatureMap) -> FeatureMap {
        let mut inner = self.first.forward(x);
        apply_relu(&mut inner.values);
        let mut out = self.second.forward(&inner);
        match &self.shortcut {
            Some(shortcut) => add_assign(&mut out.values, &shortcut.forward(x).values),
            None => add_assign(&mut out.values, &x.values),
        }
        apply_relu(&mut out.values);
        out
    }
}

/// Dense layer: appends channels to those of its input, masked by their context.
struct DenseLayer {
    norm: BatchNorm,
    bottleneck: Convolution1d,
    local: Convolution1d,
    /// First and second linear layer of the mask, each as weights `[outputs, inputs]` and bias.
    context: (Vec<f32>, Vec<f32>),
    mask: (Vec<f32>, Vec<f32>),
}

impl DenseLayer {
    fn new(weights: &Weights, name: &str, inputs: usize, dilation: usize) -> Result<Self, VoiceEncoderError> {
        let norm =
            |part: &str, channels| BatchNorm::new(weights, &format!("{name}.{part}.batchnorm"), channels);
        let linear_layer = |part: &str, inputs, outputs| {
            let tensor =
                |kind: &str, count| weights.get_tensor(&format!("{name}.cam_layer.{part}.{kind}"), count);
            Ok::<_, VoiceEncoderError>((
                tensor("weight", inputs * outputs)?.to_vec(),
                tensor("bias", outputs)?.to_vec(),
            ))
        };
        let local = ConvolutionShape {
            inputs: BOTTLENECK_CHANNELS,
            outputs: GROWTH_CHANNELS,
            kernel: 3,
            dilation,
            stride: 1,
        };
        Ok(Self {
            norm: norm("nonlinear1", inputs)?,
            bottleneck: Convolution1d::new(
                weights,
                &format!("{name}.linear1"),
                &ConvolutionShape::new_pointwise(inputs, BOTTLENECK_CHANNELS),
                Some(norm("nonlinear2", BOTTLENECK_CHANNELS)?),
            )?,
            local: Convolution1d::new(weights, &format!("{name}.cam_layer.linear_local"), &local, None)?,
            context: linear_layer("linear1", BOTTLENECK_CHANNELS, BOTTLENECK_CHANNELS / 2)?,
            mask: linear_layer("linear2", BOTTLENECK_CHANNELS / 2, GROWTH_CHANNELS)?,
        })
    }

    /// Writes the layer's channels after the first `inputs` of each row of `width`.
    fn forward(&self, x: &mut [f32], width: usize, inputs: usize) {
        let mut normed = vec![0.0; x.len() / width * inputs];
        for (row, out) in x.chunks(width).zip(normed.chunks_mut(inputs)) {
            self.norm.forward_relu(&row[..inputs], out);
        }
        let mut inner = self.bottleneck.forward(&normed);
        apply_relu(&mut inner);
        // The mean over all frames and the mean over the segment are the same here.
        let scale = 2.0 / (inner.len() / BOTTLENECK_CHANNELS) as f32;
        let mut context = vec![0.0; BOTTLENECK_CHANNELS];
        inner.chunks(BOTTLENECK_CHANNELS).for_each(|row| add_assign(&mut context, row));
        for value in &mut context {
            *value *= scale;
        }
        let mut context = affine_product(&self.context, &context);
        apply_relu(&mut context);
        let mut mask = affine_product(&self.mask, &context);
        Sigmoid {}.map_mut(&mut mask);
        let local = self.local.forward(&inner);
        for (row, local) in x.chunks_mut(width).zip(local.chunks(GROWTH_CHANNELS)) {
            for (to, (value, mask)) in row[inputs..].iter_mut().zip(local.iter().zip(&mask)) {
                *to = value * mask;
            }
        }
    }
}

/// Computes `W x + b` for weights `[outputs, inputs]` and a bias.
fn affine_product((weights, bias): &(Vec<f32>, Vec<f32>), x: &[f32]) -> Vec<f32> {
    let rows = weights.chunks(x.len()).zip(bias);
    rows.map(|(row, bias)| row.iter().zip(x).map(|(weight, value)| weight * value).sum::<f32>() + bias)
        .collect()
}

/// Dense block with the transition that halves its channels.
struct DenseBlock {
    layers: Vec<DenseLayer>,
    inputs: usize,
    norm: BatchNorm,
    transition: Convolution1d,
}

/// CAM++ network with its weights.
pub(super) struct Network {
    head: Convolution2d,
    residuals: Vec<ResidualBlock>,
    tail: Convolution2d,
    first: Convolution1d,
    blocks: Vec<DenseBlock>,
    last_norm: BatchNorm,
    output: Convolution1d,
}

impl Network {
    /// Network from the weights of 3D-Speaker's file.
    pub(super) fn new(weights: &Weights) -> Result<Self, VoiceEncoderError> {
        let residuals = [("layer1", 0, 2), ("layer1", 1, 1), ("layer2", 0, 2), ("layer2", 1, 1)];
        let residual = |&(layer, at, stride): &(&str, usize, usize)| {
            ResidualBlock::new(weights, &format!("head.{layer}.{at}"), stride)
        };
        let norm =
            |name: &str, channels| BatchNorm::new(weights, &format!("xvector.{name}.batchnorm"), channels);
        let flat = RESIDUAL_CHANNELS * RESIDUAL_BANDS;
        let first = ConvolutionShape {
            inputs: flat,
            outputs: FIRST_BLOCK_CHANNELS,
            kernel: 5,
            dilation: 1,
            stride: 2,
        };
        let (mut blocks, mut channels) = (Vec::new(), FIRST_BLOCK_CHANNELS);
        for (nth, (count, dilation)) in DENSE_BLOCKS.into_iter().enumerate() {
            let inputs = channels;
            let layer = |at: usize| {
                let name = format!("xvector.block{}.tdnnd{}", nth + 1, at + 1);
                DenseLayer::new(weights, &name, inputs + at * GROWTH_CHANNELS, dilation)
            };
            let layers = (0..count).map(layer).collect::<Result<_, _>>()?;
            channels += count * GROWTH_CHANNELS;
            let transit = format!("transit{}", nth + 1);
            let half = ConvolutionShape::new_pointwise(channels, channels / 2);
            blocks.push(DenseBlock {
                layers,
                inputs,
                norm: norm(&format!("{transit}.nonlinear"), channels)?,
                transition: Convolution1d::new(weights, &format!("xvector.{transit}.linear"), &half, None)?,
            });
            channels /= 2;
        }
        let output_norm =
            BatchNorm::without_affine(weights, "xvector.dense.nonlinear.batchnorm", VOICEPRINT_VALUES)?;
        Ok(Self {
            head: Convolution2d::new(weights, ["head.conv1", "head.bn1"], [1, RESIDUAL_CHANNELS], 3, 1)?,
            residuals: residuals.iter().map(residual).collect::<Result<_, _>>()?,
            tail: Convolution2d::new(weights, ["head.conv2", "head.bn2"], [RESIDUAL_CHANNELS; 2], 3, 2)?,
            first: Convolution1d::new(
                weights,
                "xvector.tdnn.linear",
                &first,
                Some(norm("tdnn.nonlinear", FIRST_BLOCK_CHANNELS)?),
            )?,
            blocks,
            last_norm: norm("out_nonlinear", channels)?,
            output: Convolution1d::new(
                weights,
                "xvector.dense.linear",
                &ConvolutionShape::new_pointwise(2 * channels, VOICEPRINT_VALUES),
                Some(output_norm),
            )?,
        })
    }

    /// Computes the voiceprint, a unit vector, of features `[frames, MEL_BANDS]`.
    pub(super) fn compute_voiceprint(&self, frames: &[f32]) -> Vec<f32> {
        let mut x = self.first.forward(&self.forward_residual(frames));
        apply_relu(&mut x);
        for block in &self.blocks {
            x = block.forward(&x);
        }
        let channels = self.last_block_channels();
        let mut out = vec![0.0; x.len()];
        for (row, out) in x.chunks(channels).zip(out.chunks_mut(channels)) {
            self.last_norm.forward_relu(row, out);
        }
        let voiceprint = self.output.forward(&pool_statistics(&out, channels));
        let length = voiceprint.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        voiceprint.into_iter().map(|value| value / length).collect()
    }

    /// Channels of the last block's output.
    fn last_block_channels(&self) -> usize {
        self.blocks.last().map_or(FIRST_BLOCK_CHANNELS, |block| block.transition.outputs)
    }

    /// Computes the residual network's output with its bands flattened: `[frames, channels · bands]`.
    fn forward_residual(&self, frames: &[f32]) -> Vec<f32> {
        let count = frames.len() / MEL_BANDS;
        let values =
            (0..MEL_BANDS).flat_map(|band| frames[band..].iter().step_by(MEL_BANDS).copied()).collect();
        let mut map = self.head.forward(&FeatureMap { values, bands: MEL_BANDS, channels: 1 });
        apply_relu(&mut map.values);
        for residual in &self.residuals {
            map = residual.forward(&map);
        }
        let mut map = self.tail.forward(&map);
        apply_relu(&mut map.values);
        let width = map.bands * map.channels;
        let mut flat = vec![0.0; count * width];
        // All bands of a channel are adjacent, as the weights expect.
        for (band, rows) in map.values.chunks(count * map.channels).enumerate() {
            for (row, to) in rows.chunks(map.channels).zip(flat.chunks_mut(width)) {
                to[band..].iter_mut().step_by(map.bands).zip(row).for_each(|(to, value)| *to = *value);
            }
        }
        flat
    }
}

impl DenseBlock {
    /// Computes `[frames, inputs]` → `[frames, outputs]` of the transition.
    fn forward(&self, x: &[f32]) -> Vec<f32> {
        let width = self.inputs + self.layers.len() * GROWTH_CHANNELS;
        let frames = x.len() / self.inputs;
        let mut activations = vec![0.0; frames * width];
        for (row, from) in activations.chunks_mut(width).zip(x.chunks(self.inputs)) {
            row[..self.inputs].copy_from_slice(from);
        }
        for (nth, layer) in self.layers.iter().enumerate() {
            layer.forward(&mut activations, width, self.inputs + nth * GROWTH_CHANNELS);
        }
        let mut normed = vec![0.0; activations.len()];
        for (row, out) in activations.chunks(width).zip(normed.chunks_mut(width)) {
            self.norm.forward_relu(row, out);
        }
        self.transition.forward(&normed)
    }
}

/// Statistics pooling: mean of each channel over the frames, then its sample standard deviation.
fn pool_statistics(x: &[f32], channels: usize) -> Vec<f32> {
    let frames = (x.len() / channels) as f32;
    let mut mean = vec![0.0; channels];
    x.chunks(channels).for_each(|row| add_assign(&mut mean, row));
    for value in &mut mean {
        *value /= frames;
    }
    let mut deviation = vec![0.0; channels];
    for row in x.chunks(channels) {
        for (sum, (value, mean)) in deviation.iter_mut().zip(row.iter().zip(&mean)) {
            *sum += (value - mean) * (value - mean);
        }
    }
    for sum in &mut deviation {
        *sum = (*sum / (frames - 1.0).max(1.0)).sqrt();
    }
    [mean, deviation].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_the_mean_and_the_sample_deviation_of_each_channel() {
        // Channel 0: 1, 2, 3, 6 has mean 3 and squares 4 + 1 + 0 + 9 = 14 over 3; channel 1 is constant.
        let pooled = pool_statistics(&[1.0, 7.0, 2.0, 7.0, 3.0, 7.0, 6.0, 7.0], 2);
        for (found, expected) in pooled.iter().zip([3.0, 7.0, (14.0_f32 / 3.0).sqrt(), 0.0]) {
            assert!((found - expected).abs() < 1e-5, "{pooled:?}");
        }
        // One frame has no deviation.
        assert!(pool_statistics(&[5.0], 1).iter().zip([5.0, 0.0]).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}
