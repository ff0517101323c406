//! Linear layer with its weights packed once for the matrix product, in full precision or in eight bits.
//!
//! In eight bits a weight is a signed byte with one scale per output; each row of the input is quantised to
//! unsigned bytes with its own scale and zero point when it is multiplied (dynamic quantisation, as Jacob et
//! al. 2018, arXiv:1712.05877, with a finer grain).

use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::SimdOp;
use rten_tensor::Matrix;
use rten_vecmath::MinMax;

/// Minimum number of rows that a thread quantises, or dequantises, at a time.
const MIN_ROWS_PER_THREAD: usize = 16;
/// Offset 1.5 · 2²³: added to a small number, it rounds that to an integer in the low bits of the mantissa.
const ROUNDING_OFFSET: f32 = 12_582_912.0;

/// Numeric precision of an encoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Single precision, like the reference implementation.
    #[default]
    Full,
    /// Weights and activations in eight bits, about twice as fast; the vectors differ a little, and can be
    /// compared with those of full precision.
    Int8,
}

/// Linear layer `y = x Wᵀ` without bias: the next layer adds the bias as it reads `y`, which is cheaper.
pub(crate) struct Linear {
    weights: Weights,
    inputs: usize,
    outputs: usize,
}

/// Packed weights of a layer.
enum Weights {
    Full(PackedBMatrix<f32>),
    Int8 {
        packed: PackedBMatrix<i8>,
        /// Scale and sum of weights of each output.
        scales: Vec<(f32, f32)>,
    },
}

/// Buffers that the layers of a forward pass share.
#[derive(Default)]
pub(crate) struct Scratch {
    bytes: Vec<u8>,
    /// Zero point and scale of each row.
    rows: Vec<(f32, f32)>,
    sums: Vec<i32>,
}

/// Matrix product of unsigned by signed bytes, summed in 32 bits.
type Int8Executor = GemmExecutor<u8, i8, i32>;

impl Linear {
    /// Layer from `weights` `[outputs, inputs]`, the order of safetensors.
    pub(crate) fn new(weights: &[f32], inputs: usize, precision: Precision) -> Self {
        let outputs = weights.len() / inputs;
        let weights = match precision {
            Precision::Full => {
                let transposed = Matrix::from_data([outputs, inputs], weights).transposed();
                Weights::Full(GemmExecutor::<f32>::default().prepack_b(transposed))
            }
            Precision::Int8 => quantise_weights(weights, outputs, inputs),
        };
        Self { weights, inputs, outputs }
    }

    /// Computes `out = x Wᵀ`; `x` `[rows, inputs]`, `out` `[rows, outputs]`.
    pub(crate) fn forward(&self, x: &[f32], out: &mut [f32], scratch: &mut Scratch) {
        self.multiply_into(x, out, 0.0, scratch);
    }

    /// Computes `out += x Wᵀ`; shapes as in [`Self::forward`].
    pub(crate) fn add_forward(&self, x: &[f32], out: &mut [f32], scratch: &mut Scratch) {
        self.multiply_into(x, out, 1.0, scratch);
    }

    /// Computes `out = x Wᵀ + beta · out`; `beta` is 0 or 1.
    fn multiply_into(&self, x: &[f32], out: &mut [f32], beta: f32, scratch: &mut Scratch) {
        let rows = x.len() / self.inputs;
        match &self.weights {
            Weights::Full(packed) => {
                GemmExecutor::<f32>::default()
                    .gemm(
                        out,
                        GemmInputA::Unpacked(Matrix::from_data([rows, self.inputs], x)),
                        GemmInputB::Packed(packed),
                        GemmOptions { beta, ..GemmOptions::default() },
                    )
                    .expect("shapes are those that the layer was made for");
            }
            Weights::Int8 { packed, scales } => {
                scratch.quantise_rows(x, self.inputs, self.outputs);
                Int8Executor::default()
                    .gemm(
                        &mut scratch.sums,
                        GemmInputA::Unpacked(Matrix::from_data(
                            [rows, self.inputs],
                            scratch.bytes.as_slice(),
                        )),
                        GemmInputB::Packed(packed),
                        // Zero points are subtracted afterwards: rten-gemm 0.27 uses those of the first eight
                        // rows for all.
                        GemmOptions::default(),
                    )
                    .expect("shapes are those that the layer was made for");
                self.dequantise_into(out, beta, scales, scratch);
            }
        }
    }

    /// Dequantises: `out = beta · out + (sums − zero point · sum of weights) · scales`.
    fn dequantise_into(&self, out: &mut [f32], beta: f32, scales: &[(f32, f32)], scratch: &Scratch) {
        let outputs = self.outputs;
        out.par_chunks_mut(outputs)
            .zip(scratch.sums.par_chunks(outputs))
            .zip(&scratch.rows)
            .with_min_len(MIN_ROWS_PER_THREAD)
            .for_each(|((row, sums), &(zero, scale))| {
                let product = |sum: i32, weight_scale: f32, weights: f32| {
                    (sum as f32 - zero * weights) * (scale * weight_scale)
                };
                let values = sums.iter().zip(scales);
                if beta == 0.0 {
                    for (value, (&sum, &(weight_scale, weights))) in row.iter_mut().zip(values) {
                        *value = product(sum, weight_scale, weights);
                    }
                } else {
                    for (value, (&sum, &(weight_scale, weights))) in row.iter_mut().zip(values) {
                        *value += product(sum, weight_scale, weights);
                    }
                }
            });
    }
}

impl Scratch {
    /// Quantises the rows of `x`, and resizes the buffer of their products.
    fn quantise_rows(&mut self, x: &[f32], inputs: usize, outputs: usize) {
        let rows = x.len() / inputs;
        self.bytes.resize(x.len(), 0);
        self.rows.resize(rows, (0.0, 0.0));
        self.sums.resize(rows * outputs, 0);
        self.bytes
            .par_chunks_mut(inputs)
            .zip(x.par_chunks(inputs))
            .zip(&mut self.rows)
            .with_min_len(MIN_ROWS_PER_THREAD)
            .for_each(|((bytes, row), scales)| *scales = quantise_row(row, bytes));
    }
}

/// Quantises a row into `bytes`; returns zero point and scale.
fn quantise_row(row: &[f32], bytes: &mut [u8]) -> (f32, f32) {
    let (low, high) = MinMax::new(row).dispatch();
    // Zero itself must be a byte.
    let (low, high) = (low.min(0.0), high.max(0.0));
    // Fewer than 255 steps, so that rounding cannot overflow a byte.
    let scale = ((high - low) / 253.0).max(f32::MIN_POSITIVE);
    let zero = (-low / scale).round();
    let (inverse_scale, offset) = (1.0 / scale, zero + ROUNDING_OFFSET);
    for (byte, value) in bytes.iter_mut().zip(row) {
        *byte = (value * inverse_scale + offset).to_bits() as u8;
    }
    (zero, scale)
}

/// Quantises weights `[outputs, inputs]` to signed bytes and packs them.
fn quantise_weights(weights: &[f32], outputs: usize, inputs: usize) -> Weights {
    let executor = Int8Executor::default();
    // Seven-bit weights where the processor sums pairs of products in sixteen bits, which could saturate.
    let max_code = if executor.may_saturate() { 63.0 } else { 127.0 };
    let (mut bytes, mut scales) = (Vec::with_capacity(weights.len()), Vec::with_capacity(outputs));
    for row in weights.chunks_exact(inputs) {
        let largest = row.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let scale = (largest / max_code).max(f32::MIN_POSITIVE);
        bytes.extend(row.iter().map(|value| (value / scale).round() as i8));
        let codes = &bytes[bytes.len() - inputs..];
        scales.push((scale, codes.iter().map(|&byte| f32::from(byte)).sum()));
    }
    let transposed = Matrix::from_data([outputs, inputs], bytes.as_slice()).transposed();
    Weights::Int8 { packed: executor.prepack_b(transposed), scales }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pseudorandom numbers from -1 to 1.
    fn random_numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..count).map(next).collect()
    }

    #[test]
    fn eight_bits_are_near_full_precision() {
        for (rows, inputs, outputs) in [(1, 384, 96), (3, 384, 1536), (70, 1536, 384), (130, 64, 1152)] {
            let weights = random_numbers(inputs * outputs, 1);
            // Not centred at zero, and with another scale in each row.
            let x: Vec<f32> = random_numbers(rows * inputs, 3)
                .iter()
                .enumerate()
                .map(|(at, value)| (value + 0.3) * (1 + at / inputs) as f32)
                .collect();
            let mut results = [Precision::Full, Precision::Int8].map(|precision| {
                let mut out = random_numbers(rows * outputs, 4);
                let linear = Linear::new(&weights, inputs, precision);
                linear.add_forward(&x, &mut out, &mut Scratch::default());
                out
            });
            let scale = results[0].iter().fold(0.0_f32, |max, value| max.max(value.abs()));
            let bytes = std::mem::take(&mut results[1]);
            let worst = results[0].iter().zip(&bytes).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 0.02 * scale, "{rows} × {inputs} × {outputs}: off by {worst} of {scale}");
        }
    }
}
