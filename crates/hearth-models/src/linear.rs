//! A linear layer with its weights packed once for the matrix product, in full precision or in
//! eight bits.
//!
//! In eight bits a weight is a signed byte with one scale an output; a row of the input becomes
//! unsigned bytes with a scale and a zero point of its own, at the moment when it is multiplied
//! (dynamic quantisation, as Jacob et al. 2018, arXiv:1712.05877, with a finer grain).

use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::SimdOp;
use rten_tensor::Matrix;
use rten_vecmath::MinMax;

use crate::Precision;

/// Rows that one thread turns into bytes, or back, at a time.
const ROWS: usize = 16;
/// Adding this to a small number rounds it to a whole one, which then stands in the low bits.
const ROUNDING: f32 = 12_582_912.0;

/// `y = x Wᵀ`; what is to be added to that is left to whoever reads it next, which is cheaper.
pub(crate) struct Linear {
    weights: Weights,
    inputs: usize,
    outputs: usize,
}

enum Weights {
    Full(PackedBMatrix<f32>),
    Bytes {
        packed: PackedBMatrix<i8>,
        /// For each output its scale, and the sum of its weights.
        scales: Vec<(f32, f32)>,
    },
}

/// Memory that the layers of a pass share.
#[derive(Default)]
pub(crate) struct Scratch {
    bytes: Vec<u8>,
    /// Zero point and scale of each row.
    rows: Vec<(f32, f32)>,
    sums: Vec<i32>,
}

type Bytes = GemmExecutor<u8, i8, i32>;

impl Linear {
    /// From `weights` `[outputs, inputs]` as safetensors have them.
    pub(crate) fn new(weights: &[f32], inputs: usize, precision: Precision) -> Self {
        let outputs = weights.len() / inputs;
        let weights = match precision {
            Precision::Full => {
                let transposed = Matrix::from_data([outputs, inputs], weights).transposed();
                Weights::Full(GemmExecutor::<f32>::default().prepack_b(transposed))
            }
            Precision::Int8 => in_bytes(weights, outputs, inputs),
        };
        Self { weights, inputs, outputs }
    }

    /// `out = x Wᵀ`; `x` `[rows, inputs]`, `out` `[rows, outputs]`.
    pub(crate) fn forward(&self, x: &[f32], out: &mut [f32], scratch: &mut Scratch) {
        self.product(x, out, 0.0, scratch);
    }

    /// `out += x Wᵀ`.
    pub(crate) fn add_forward(&self, x: &[f32], out: &mut [f32], scratch: &mut Scratch) {
        self.product(x, out, 1.0, scratch);
    }

    fn product(&self, x: &[f32], out: &mut [f32], beta: f32, scratch: &mut Scratch) {
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
            Weights::Bytes { packed, scales } => {
                scratch.fill(x, self.inputs, self.outputs);
                Bytes::default()
                    .gemm(
                        &mut scratch.sums,
                        GemmInputA::Unpacked(Matrix::from_data(
                            [rows, self.inputs],
                            scratch.bytes.as_slice(),
                        )),
                        GemmInputB::Packed(packed),
                        // Zero points are taken off afterwards: rten-gemm 0.27 uses those of the first eight
                        // rows for all.
                        GemmOptions::default(),
                    )
                    .expect("shapes are those that the layer was made for");
                self.to_floats(out, beta, scales, scratch);
            }
        }
    }

    /// `out = beta · out + (sums − zero · sum of weights) · scales`.
    fn to_floats(&self, out: &mut [f32], beta: f32, scales: &[(f32, f32)], scratch: &Scratch) {
        let outputs = self.outputs;
        out.par_chunks_mut(outputs)
            .zip(scratch.sums.par_chunks(outputs))
            .zip(&scratch.rows)
            .with_min_len(ROWS)
            .for_each(|((row, sums), &(zero, scale))| {
                let product = |sum: i32, by: f32, weights: f32| (sum as f32 - zero * weights) * (scale * by);
                let values = sums.iter().zip(scales);
                if beta == 0.0 {
                    for (value, (&sum, &(by, weights))) in row.iter_mut().zip(values) {
                        *value = product(sum, by, weights);
                    }
                } else {
                    for (value, (&sum, &(by, weights))) in row.iter_mut().zip(values) {
                        *value += product(sum, by, weights);
                    }
                }
            });
    }
}

impl Scratch {
    /// The rows of `x` as bytes, and room for their products.
    fn fill(&mut self, x: &[f32], inputs: usize, outputs: usize) {
        let rows = x.len() / inputs;
        self.bytes.resize(x.len(), 0);
        self.rows.resize(rows, (0.0, 0.0));
        self.sums.resize(rows * outputs, 0);
        self.bytes
            .par_chunks_mut(inputs)
            .zip(x.par_chunks(inputs))
            .zip(&mut self.rows)
            .with_min_len(ROWS)
            .for_each(|((bytes, row), scales)| *scales = to_bytes(row, bytes));
    }
}

/// Writes a row as bytes; the zero point and the scale that they have.
fn to_bytes(row: &[f32], bytes: &mut [u8]) -> (f32, f32) {
    let (low, high) = MinMax::new(row).dispatch();
    // Zero itself must be a byte.
    let (low, high) = (low.min(0.0), high.max(0.0));
    // Not all of 255 steps, so that no rounding leads out of a byte.
    let scale = ((high - low) / 253.0).max(f32::MIN_POSITIVE);
    let zero = (-low / scale).round();
    let (by, plus) = (1.0 / scale, zero + ROUNDING);
    for (byte, value) in bytes.iter_mut().zip(row) {
        *byte = (value * by + plus).to_bits() as u8;
    }
    (zero, scale)
}

fn in_bytes(weights: &[f32], outputs: usize, inputs: usize) -> Weights {
    let executor = Bytes::default();
    // Where pairs of products are added up in sixteen bits, the weights keep a bit free.
    let most = if executor.may_saturate() { 63.0 } else { 127.0 };
    let (mut bytes, mut scales) = (Vec::with_capacity(weights.len()), Vec::with_capacity(outputs));
    for row in weights.chunks_exact(inputs) {
        let largest = row.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let scale = (largest / most).max(f32::MIN_POSITIVE);
        bytes.extend(row.iter().map(|value| (value / scale).round() as i8));
        let own = &bytes[bytes.len() - inputs..];
        scales.push((scale, own.iter().map(|&byte| f32::from(byte)).sum()));
    }
    let transposed = Matrix::from_data([outputs, inputs], bytes.as_slice()).transposed();
    Weights::Bytes { packed: executor.prepack_b(transposed), scales }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from -1 to 1.
    fn numbers(count: usize, seed: u32) -> Vec<f32> {
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
            let weights = numbers(inputs * outputs, 1);
            // Not around zero, and of another size in each row.
            let x: Vec<f32> = numbers(rows * inputs, 3)
                .iter()
                .enumerate()
                .map(|(at, value)| (value + 0.3) * (1 + at / inputs) as f32)
                .collect();
            let mut results = [Precision::Full, Precision::Int8].map(|precision| {
                let mut out = numbers(rows * outputs, 4);
                let linear = Linear::new(&weights, inputs, precision);
                linear.add_forward(&x, &mut out, &mut Scratch::default());
                out
            });
            let scale = results[0].iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            let bytes = std::mem::take(&mut results[1]);
            let worst = results[0].iter().zip(&bytes).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 0.02 * scale, "{rows} × {inputs} × {outputs}: off by {worst} of {scale}");
        }
    }
}
