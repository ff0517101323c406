//! A layer of an encoder: its matrix products, and layer normalisation.

use rayon::prelude::*;
use rten_simd::SimdOp;
use rten_vecmath::{Normalize, NormalizeOptions, Sum, SumSquareSub};

use crate::linear::Linear;

/// Minimum number of rows that a thread normalises at a time.
pub(super) const MIN_ROWS_PER_THREAD: usize = 16;

/// Layer normalisation with a trained scale and bias.
pub(super) struct LayerNorm {
    pub(super) scale: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) epsilon: f32,
}

impl LayerNorm {
    /// Adds `shift` to every row of `x`, `[rows, width]`, and normalises it, in place.
    pub(super) fn normalise_rows(&self, x: &mut [f32], shift: &[f32]) {
        let width = self.scale.len();
        x.par_chunks_mut(width).with_min_len(MIN_ROWS_PER_THREAD).for_each(|row| {
            add_assign(row, shift);
            let mean = Sum::new(row).dispatch() / width as f32;
            let variance = SumSquareSub::new(row, mean).dispatch() / width as f32;
            Normalize::new_mut(
                row,
                NormalizeOptions {
                    pre_scale_bias: mean,
                    scale: 1.0 / (variance + self.epsilon).sqrt(),
                    element_scale: Some(&self.scale),
                    bias: 0.0,
                    element_bias: Some(&self.bias),
                },
            )
            .dispatch();
        });
    }
}

/// Adds `shift` to `row`, in place.
pub(super) fn add_assign(row: &mut [f32], shift: &[f32]) {
    for (value, shift) in row.iter_mut().zip(shift) {
        *value += shift;
    }
}

/// Transformer layer: its matrix products, and the biases that the next operation adds to their outputs.
pub(super) struct Layer {
    pub(super) query_key_value: Linear,
    pub(super) query_bias: Vec<f32>,
    pub(super) attention_out: Linear,
    pub(super) attention_bias: Vec<f32>,
    pub(super) attention_norm: LayerNorm,
    pub(super) up: Linear,
    pub(super) up_bias: Vec<f32>,
    pub(super) down: Linear,
    pub(super) down_bias: Vec<f32>,
    pub(super) out_norm: LayerNorm,
}
