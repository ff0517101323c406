//! CAM++: a small residual network over bands and frames, three blocks of densely connected layers over frames, each
//! masked by what the whole window is like, and the mean and deviation of what comes out.

use rten_simd::SimdUnaryOp;
use rten_vecmath::Sigmoid;

use super::FRAMES;
use super::filterbank::BANDS;
use super::layers::{Convolution, Map, Norm, Shape, Square, add, rectify};
use super::weights::{VoiceError, Weights};

/// Channels of the residual network, and what is left of the bands behind it.
const CHANNELS: usize = 32;
const BANDS_LEFT: usize = BANDS / 8;
/// Channels that go into the first block, that a layer adds, and that it has inside.
const FIRST: usize = 128;
const GROWTH: usize = 32;
const INSIDE: usize = 128;
/// Layers of each block, and the dilation of their convolutions.
const BLOCKS: [(usize, usize); 3] = [(12, 1), (24, 2), (16, 2)];
/// Values of a voiceprint.
const PRINT: usize = 192;
/// Of so many frames (behind the stride of two) the mask takes the mean; a window has no more, so that it is one mean.
const SEGMENT: usize = 100;
const _: () = assert!(FRAMES.div_ceil(2) <= SEGMENT, "a window is one segment");

struct Residual {
    first: Square,
    second: Square,
    shortcut: Option<Square>,
}

impl Residual {
    fn new(weights: &Weights, name: &str, stride: usize) -> Result<Self, VoiceError> {
        let square = |part: &str, norm: &str, kernel, stride| {
            let names = [format!("{name}.{part}"), format!("{name}.{norm}")];
            Square::new(weights, [&names[0], &names[1]], [CHANNELS; 2], kernel, stride)
        };
        Ok(Self {
            first: square("conv1", "bn1", 3, stride)?,
            second: square("conv2", "bn2", 3, 1)?,
            shortcut: if stride > 1 { Some(square("shortcut.0", "shortcut.1", 1, stride)?) } else { None },
        })
    }

    fn forward(&self, x: &Map) -> Map {
        let mut inside = self.first.forward(x);
        rectify(&mut inside.values);
        let mut out = self.second.forward(&inside);
        match &self.shortcut {
            Some(shortcut) => add(&mut out.values, &shortcut.forward(x).values),
            None => add(&mut out.values, &x.values),
        }
        rectify(&mut out.values);
        out
    }
}

/// A layer that adds channels to those that come in.
struct Dense {
    norm: Norm,
    inside: Convolution,
    local: Convolution,
    /// The mask: a row of weights for each output, and what is added.
    context: (Vec<f32>, Vec<f32>),
    mask: (Vec<f32>, Vec<f32>),
}

impl Dense {
    fn new(weights: &Weights, name: &str, inputs: usize, dilation: usize) -> Result<Self, VoiceError> {
        let norm = |part: &str, channels| Norm::new(weights, &format!("{name}.{part}.batchnorm"), channels);
        let pair = |part: &str, inputs, outputs| {
            let of = |kind: &str, count| weights.tensor(&format!("{name}.cam_layer.{part}.{kind}"), count);
            Ok::<_, VoiceError>((of("weight", inputs * outputs)?.to_vec(), of("bias", outputs)?.to_vec()))
        };
        let local = Shape { inputs: INSIDE, outputs: GROWTH, kernel: 3, dilation, stride: 1 };
        Ok(Self {
            norm: norm("nonlinear1", inputs)?,
            inside: Convolution::new(
                weights,
                &format!("{name}.linear1"),
                &Shape::point(inputs, INSIDE),
                Some(norm("nonlinear2", INSIDE)?),
            )?,
            local: Convolution::new(weights, &format!("{name}.cam_layer.linear_local"), &local, None)?,
            context: pair("linear1", INSIDE, INSIDE / 2)?,
            mask: pair("linear2", INSIDE / 2, GROWTH)?,
        })
    }

    /// Adds its channels to the first `inputs` of rows of `width`.
    fn forward(&self, x: &mut [f32], width: usize, inputs: usize) {
        let mut normed = vec![0.0; x.len() / width * inputs];
        for (row, out) in x.chunks(width).zip(normed.chunks_mut(inputs)) {
            self.norm.rectified(&row[..inputs], out);
        }
        let mut inside = self.inside.forward(&normed);
        rectify(&mut inside);
        // The mean over all frames and the mean over the segment are the same here.
        let twice = 2.0 / (inside.len() / INSIDE) as f32;
        let mut context = vec![0.0; INSIDE];
        inside.chunks(INSIDE).for_each(|row| add(&mut context, row));
        for value in &mut context {
            *value *= twice;
        }
        let mut context = product(&self.context, &context);
        rectify(&mut context);
        let mut mask = product(&self.mask, &context);
        Sigmoid {}.map_mut(&mut mask);
        let local = self.local.forward(&inside);
        for (row, local) in x.chunks_mut(width).zip(local.chunks(GROWTH)) {
            for (to, (value, mask)) in row[inputs..].iter_mut().zip(local.iter().zip(&mask)) {
                *to = value * mask;
            }
        }
    }
}

fn product((weights, bias): &(Vec<f32>, Vec<f32>), x: &[f32]) -> Vec<f32> {
    let rows = weights.chunks(x.len()).zip(bias);
    rows.map(|(row, bias)| row.iter().zip(x).map(|(weight, value)| weight * value).sum::<f32>() + bias)
        .collect()
}

/// A block of layers, and what halves its channels.
struct Block {
    layers: Vec<Dense>,
    inputs: usize,
    norm: Norm,
    half: Convolution,
}

pub(super) struct Network {
    head: Square,
    residuals: Vec<Residual>,
    tail: Square,
    first: Convolution,
    blocks: Vec<Block>,
    last_norm: Norm,
    print: Convolution,
}

impl Network {
    pub(super) fn new(weights: &Weights) -> Result<Self, VoiceError> {
        let residuals = [("layer1", 0, 2), ("layer1", 1, 1), ("layer2", 0, 2), ("layer2", 1, 1)];
        let residual = |&(layer, at, stride): &(&str, usize, usize)| {
            Residual::new(weights, &format!("head.{layer}.{at}"), stride)
        };
        let norm = |name: &str, channels| Norm::new(weights, &format!("xvector.{name}.batchnorm"), channels);
        let flat = CHANNELS * BANDS_LEFT;
        let first = Shape { inputs: flat, outputs: FIRST, kernel: 5, dilation: 1, stride: 2 };
        let (mut blocks, mut channels) = (Vec::new(), FIRST);
        for (nth, (count, dilation)) in BLOCKS.into_iter().enumerate() {
            let inputs = channels;
            let layer = |at: usize| {
                let name = format!("xvector.block{}.tdnnd{}", nth + 1, at + 1);
                Dense::new(weights, &name, inputs + at * GROWTH, dilation)
            };
            let layers = (0..count).map(layer).collect::<Result<_, _>>()?;
            channels += count * GROWTH;
            let transit = format!("transit{}", nth + 1);
            let half = Shape::point(channels, channels / 2);
            blocks.push(Block {
                layers,
                inputs,
                norm: norm(&format!("{transit}.nonlinear"), channels)?,
                half: Convolution::new(weights, &format!("xvector.{transit}.linear"), &half, None)?,
            });
            channels /= 2;
        }
        let print = Norm::plain(weights, "xvector.dense.nonlinear.batchnorm", PRINT)?;
        Ok(Self {
            head: Square::new(weights, ["head.conv1", "head.bn1"], [1, CHANNELS], 3, 1)?,
            residuals: residuals.iter().map(residual).collect::<Result<_, _>>()?,
            tail: Square::new(weights, ["head.conv2", "head.bn2"], [CHANNELS; 2], 3, 2)?,
            first: Convolution::new(
                weights,
                "xvector.tdnn.linear",
                &first,
                Some(norm("tdnn.nonlinear", FIRST)?),
            )?,
            blocks,
            last_norm: norm("out_nonlinear", channels)?,
            print: Convolution::new(
                weights,
                "xvector.dense.linear",
                &Shape::point(2 * channels, PRINT),
                Some(print),
            )?,
        })
    }

    /// The voiceprint of frames `[frames, BANDS]`.
    pub(super) fn voiceprint(&self, frames: &[f32]) -> Vec<f32> {
        let mut x = self.first.forward(&self.flattened(frames));
        rectify(&mut x);
        for block in &self.blocks {
            x = block.forward(&x);
        }
        let channels = self.print_inputs();
        let mut out = vec![0.0; x.len()];
        for (row, out) in x.chunks(channels).zip(out.chunks_mut(channels)) {
            self.last_norm.rectified(row, out);
        }
        let print = self.print.forward(&statistics(&out, channels));
        let length = print.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        print.into_iter().map(|value| value / length).collect()
    }

    fn print_inputs(&self) -> usize {
        self.blocks.last().map_or(FIRST, |block| block.half.outputs)
    }

    /// What the residual network makes of bands and frames, the bands no longer side by side: `[frames, channels · bands]`.
    fn flattened(&self, frames: &[f32]) -> Vec<f32> {
        let count = frames.len() / BANDS;
        let values = (0..BANDS).flat_map(|band| frames[band..].iter().step_by(BANDS).copied()).collect();
        let mut map = self.head.forward(&Map { values, bands: BANDS, channels: 1 });
        rectify(&mut map.values);
        for residual in &self.residuals {
            map = residual.forward(&map);
        }
        let mut map = self.tail.forward(&map);
        rectify(&mut map.values);
        let width = map.bands * map.channels;
        let mut flat = vec![0.0; count * width];
        // All bands of a channel together, as the weights have them.
        for (band, rows) in map.values.chunks(count * map.channels).enumerate() {
            for (row, to) in rows.chunks(map.channels).zip(flat.chunks_mut(width)) {
                to[band..].iter_mut().step_by(map.bands).zip(row).for_each(|(to, value)| *to = *value);
            }
        }
        flat
    }
}

impl Block {
    fn forward(&self, x: &[f32]) -> Vec<f32> {
        let width = self.inputs + self.layers.len() * GROWTH;
        let frames = x.len() / self.inputs;
        let mut all = vec![0.0; frames * width];
        for (row, from) in all.chunks_mut(width).zip(x.chunks(self.inputs)) {
            row[..self.inputs].copy_from_slice(from);
        }
        for (nth, layer) in self.layers.iter().enumerate() {
            layer.forward(&mut all, width, self.inputs + nth * GROWTH);
        }
        let mut normed = vec![0.0; all.len()];
        for (row, out) in all.chunks(width).zip(normed.chunks_mut(width)) {
            self.norm.rectified(row, out);
        }
        self.half.forward(&normed)
    }
}

/// The mean of each channel over the frames, and its standard deviation (of a sample).
fn statistics(x: &[f32], channels: usize) -> Vec<f32> {
    let frames = (x.len() / channels) as f32;
    let mut mean = vec![0.0; channels];
    x.chunks(channels).for_each(|row| add(&mut mean, row));
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
