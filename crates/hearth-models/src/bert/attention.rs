//! Attention over packed sequences: each sequence sees only itself.

use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_simd::SimdOp;
use rten_tensor::{Matrix, NdTensorView};
use rten_vecmath::Softmax;

/// What attention works on.
#[derive(Clone, Copy)]
pub(super) struct Projected<'a> {
    /// `[rows, 3·hidden]`: query, key and value of each token, each `heads` × `hidden/heads`.
    pub(super) qkv: &'a [f32],
    /// `[hidden]`, to be added to each query.
    pub(super) query_bias: &'a [f32],
    pub(super) hidden: usize,
    pub(super) heads: usize,
}

/// One thread's memory.
#[derive(Default)]
struct Scratch {
    queries: Vec<f32>,
    scores: Vec<f32>,
}

/// Scaled dot-product attention into `context` `[rows, hidden]`. `lengths` are the sequences' rows, in order.
/// `mixed` is memory of `context`'s size.
pub(super) fn attend(of: &Projected<'_>, lengths: &[usize], mixed: &mut [f32], context: &mut [f32]) {
    let &Projected { qkv, hidden, heads, .. } = of;
    let depth = hidden / heads;
    // One piece a sequence and head, so that a single long text keeps all cores busy, too.
    let mut pieces = Vec::with_capacity(lengths.len() * heads);
    let (mut inputs, mut outputs) = (qkv, &mut *mixed);
    for &length in lengths {
        let (own, rest) = inputs.split_at(length * hidden * 3);
        let (out, others) = std::mem::take(&mut outputs).split_at_mut(length * hidden);
        let one = Projected { qkv: own, ..*of };
        pieces.extend(
            out.chunks_exact_mut(length * depth).enumerate().map(move |(head, out)| (one, head, out)),
        );
        (inputs, outputs) = (rest, others);
    }
    pieces.into_par_iter().for_each_init(Scratch::default, |scratch, (one, head, out)| {
        attend_one(&one, head, scratch, out);
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

/// One head of one sequence: `out` `[length, depth]`.
fn attend_one(of: &Projected<'_>, head: usize, scratch: &mut Scratch, out: &mut [f32]) {
    let gemm = GemmExecutor::<f32>::default();
    let &Projected { qkv, query_bias, hidden, heads } = of;
    let (depth, stride) = (hidden / heads, 3 * hidden);
    let length = out.len() / depth;
    let Scratch { queries, scores } = scratch;
    scores.resize(length * length, 0.0);
    queries.clear();
    let scale = 1.0 / (depth as f32).sqrt();
    let own = head * depth..(head + 1) * depth;
    for row in qkv.chunks_exact(stride) {
        let biased = row[own.clone()].iter().zip(&query_bias[own.clone()]);
        queries.extend(biased.map(|(query, bias)| (query + bias) * scale));
    }
    let view = |at: usize, shape, strides| -> Matrix<'_> {
        NdTensorView::from_slice_with_strides(shape, &qkv[at * hidden + head * depth..], strides)
            .expect("a head lies inside its rows")
    };
    let key_transposed = view(1, [depth, length], [1, stride]);
    let value = view(2, [length, depth], [stride, 1]);
    gemm.gemm(
        scores,
        GemmInputA::Unpacked(Matrix::from_data([length, depth], queries.as_slice())),
        GemmInputB::Unpacked(key_transposed),
        GemmOptions::default(),
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
