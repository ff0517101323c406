//! A linear layer with its weights packed once for the matrix product.

use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::Matrix;

/// `y = x Wᵀ + b`.
pub(super) struct Linear {
    weights: PackedBMatrix<f32>,
    bias: Vec<f32>,
    inputs: usize,
}

impl Linear {
    /// From `weights` `[outputs, inputs]` as safetensors have them.
    pub(super) fn new(weights: &[f32], bias: Vec<f32>) -> Self {
        let outputs = bias.len();
        let inputs = weights.len() / outputs;
        let transposed = Matrix::from_data([outputs, inputs], weights).transposed();
        Self { weights: GemmExecutor::<f32>::default().prepack_b(transposed), bias, inputs }
    }

    pub(super) fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// `out = x Wᵀ + b`; `x` `[rows, inputs]`, `out` `[rows, outputs]`.
    pub(super) fn forward(&self, x: &[f32], out: &mut [f32]) {
        self.product(x, out, 0.0);
    }

    /// `out += x Wᵀ + b`.
    pub(super) fn add_forward(&self, x: &[f32], out: &mut [f32]) {
        self.product(x, out, 1.0);
    }

    fn product(&self, x: &[f32], out: &mut [f32], beta: f32) {
        let rows = x.len() / self.inputs;
        GemmExecutor::<f32>::default()
            .gemm(
                out,
                GemmInputA::Unpacked(Matrix::from_data([rows, self.inputs], x)),
                GemmInputB::Packed(&self.weights),
                GemmOptions { beta, bias: Some(BiasVector::Row(&self.bias)), ..GemmOptions::default() },
            )
            .expect("shapes are those that the layer was made for");
    }
}
