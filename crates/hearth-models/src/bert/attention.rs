//! Attention over packed sequences: each sequence sees only itself.

use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_simd::SimdOp;
use rten_tensor::{Matrix, NdTensorView};
use rten_vecmath::Softmax;

/// Scaled dot-product attention. `qkv` `[rows, 3·hidden]`: query, key and value of each token, each
/// `heads` × `hidden/heads`; `context` `[rows, hidden]`. `lengths` are the sequences' rows, in order.
/// `mixed` is memory of `context`'s size.
pub(super) fn attend(
    qkv: &[f32],
    lengths: &[usize],
    heads: usize,
    hidden: usize,
    mixed: &mut [f32],
    context: &mut [f32],
) {
    let depth = hidden / heads;
    // One piece a sequence and head, so that a single long text keeps all cores busy, too.
    let mut pieces = Vec::with_capacity(lengths.len() * heads);
    let (mut inputs, mut outputs) = (qkv, &mut *mixed);
    for &length in lengths {
        let (own, rest) = inputs.split_at(length * hidden * 3);
        let (out, others) = std::mem::take(&mut outputs).split_at_mut(length * hidden);
        pieces.extend(out.chunks_exact_mut(length * depth).enumerate().map(|(head, out)| (own, head, out)));
        (inputs, outputs) = (rest, others);
    }
    pieces.into_par_iter().for_each_init(Vec::new, |scores, (own, head, out)| {
        attend_one(own, head, hidden, depth, scores, out);
    });
    // From one block a head to one row a token.
    let (mut mixed, mut context) = (&*mixed, context);
    for &length in lengths {
        let (own, rest) = mixed.split_at(length * hidden);
        let (rows, others) = std::mem::take(&mut context).split_at_mut(length * hidden);
        for (head, block) in own.chunks_exact(length * depth).enumerate() {
            for (row, part) in rows.chunks_exact_mut(hidden).zip(block.chunks_exact(depth)) {
                row[head * depth..(head + 1) * depth].copy_from_slice(part);
            }
        }
        (mixed, context) = (rest, others);
    }
}

/// One head of one sequence: `qkv` `[length, 3·hidden]`, `out` `[length, depth]`.
fn attend_one(qkv: &[f32], head: usize, hidden: usize, depth: usize, scores: &mut Vec<f32>, out: &mut [f32]) {
    let gemm = GemmExecutor::<f32>::default();
    let stride = 3 * hidden;
    let length = out.len() / depth;
    scores.resize(length * length, 0.0);
    let view = |at: usize, shape, strides| -> Matrix<'_> {
        NdTensorView::from_slice_with_strides(shape, &qkv[at * hidden + head * depth..], strides)
            .expect("a head lies inside its rows")
    };
    let query = view(0, [length, depth], [stride, 1]);
    let key_transposed = view(1, [depth, length], [1, stride]);
    let value = view(2, [length, depth], [stride, 1]);
    gemm.gemm(
        scores,
        GemmInputA::Unpacked(query),
        GemmInputB::Unpacked(key_transposed),
        GemmOptions { alpha: 1.0 / (depth as f32).sqrt(), ..GemmOptions::default() },
    )
    .expect("scores are length × length");
    for row in scores.chunks_exact_mut(length) {
        Softmax::new_mut(row).dispatch();
    }
    gemm.gemm(
        out,
        GemmInputA::Unpacked(Matrix::from_data([length, length], scores.as_slice())),
        GemmInputB::Unpacked(value),
        GemmOptions::default(),
    )
    .expect("the mixed values are length × depth");
}
