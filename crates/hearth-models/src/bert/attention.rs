//! Attention over packed sequences: each sequence sees only itself.

use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_simd::SimdOp;
use rten_tensor::{Matrix, NdTensorView};
use rten_vecmath::Softmax;

/// Scaled dot-product attention. `qkv` `[rows, 3·hidden]`: query, key and value of each token, each
/// `heads` × `hidden/heads`; `context` `[rows, hidden]`. `lengths` are the sequences' rows, in order.
pub(super) fn attend(qkv: &[f32], lengths: &[usize], heads: usize, hidden: usize, context: &mut [f32]) {
    let mut sequences = Vec::with_capacity(lengths.len());
    let (mut qkv, mut context) = (qkv, context);
    for &length in lengths {
        let (own, rest) = qkv.split_at(length * hidden * 3);
        let (out, others) = std::mem::take(&mut context).split_at_mut(length * hidden);
        sequences.push((own, out, length));
        (qkv, context) = (rest, others);
    }
    sequences.into_par_iter().for_each(|(own, out, length)| attend_one(own, length, heads, hidden, out));
}

fn attend_one(qkv: &[f32], length: usize, heads: usize, hidden: usize, out: &mut [f32]) {
    let gemm = GemmExecutor::<f32>::default();
    let depth = hidden / heads;
    let stride = 3 * hidden;
    let mut scores = vec![0.0; length * length];
    let mut mixed = vec![0.0; length * depth];
    for head in 0..heads {
        let part = |at: usize| &qkv[at * hidden + head * depth..];
        let view = |at: usize, shape, strides| -> Matrix<'_> {
            NdTensorView::from_slice_with_strides(shape, part(at), strides)
                .expect("a head lies inside its rows")
        };
        let query = view(0, [length, depth], [stride, 1]);
        let key_transposed = view(1, [depth, length], [1, stride]);
        let value = view(2, [length, depth], [stride, 1]);
        gemm.gemm(
            &mut scores,
            GemmInputA::Unpacked(query),
            GemmInputB::Unpacked(key_transposed),
            GemmOptions { alpha: 1.0 / (depth as f32).sqrt(), ..GemmOptions::default() },
        )
        .expect("scores are length × length");
        for row in scores.chunks_exact_mut(length) {
            Softmax::new_mut(row).dispatch();
        }
        gemm.gemm(
            &mut mixed,
            GemmInputA::Unpacked(Matrix::from_data([length, length], scores.as_slice())),
            GemmInputB::Unpacked(value),
            GemmOptions::default(),
        )
        .expect("mixed is length × depth");
        for (row, mixed) in out.chunks_exact_mut(hidden).zip(mixed.chunks_exact(depth)) {
            row[head * depth..(head + 1) * depth].copy_from_slice(mixed);
        }
    }
}
