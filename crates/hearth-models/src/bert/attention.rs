//! Attention over packed sequences; each sequence attends only to itself.

use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_simd::SimdOp;
use rten_tensor::{Matrix, NdTensorView};
use rten_vecmath::Softmax;

/// Input of attention: the projections of all tokens.
#[derive(Clone, Copy)]
pub(super) struct AttentionInput<'a> {
    /// Query, key and value of each token, `[rows, 3·hidden]`, each `heads` × `hidden/heads`.
    pub(super) qkv: &'a [f32],
    /// Bias `[hidden]` of the queries, not added yet.
    pub(super) query_bias: &'a [f32],
    pub(super) hidden: usize,
    pub(super) heads: usize,
}

/// Buffers of one thread.
#[derive(Default)]
struct Scratch {
    queries: Vec<f32>,
    scores: Vec<f32>,
}

/// Computes scaled dot-product attention into `context` `[rows, hidden]`. `lengths` are the sequences' token
/// counts, in order; `mixed` is a buffer of `context`'s size.
pub(super) fn compute_attention(
    input: &AttentionInput<'_>,
    lengths: &[usize],
    mixed: &mut [f32],
    context: &mut [f32],
) {
    let &AttentionInput { qkv, hidden, heads, .. } = input;
    let depth = hidden / heads;
    // One piece per sequence and head, so that a single long text uses all cores, too.
    let mut pieces = Vec::with_capacity(lengths.len() * heads);
    let (mut inputs, mut outputs) = (qkv, &mut *mixed);
    for &length in lengths {
        let (sequence_qkv, rest_inputs) = inputs.split_at(length * hidden * 3);
        let (out, rest_outputs) = std::mem::take(&mut outputs).split_at_mut(length * hidden);
        let sequence = AttentionInput { qkv: sequence_qkv, ..*input };
        pieces.extend(
            out.chunks_exact_mut(length * depth).enumerate().map(move |(head, out)| (sequence, head, out)),
        );
        (inputs, outputs) = (rest_inputs, rest_outputs);
    }
    pieces.into_par_iter().for_each_init(Scratch::default, |scratch, (sequence, head, out)| {
        compute_head(&sequence, head, scratch, out);
    });
    // From one block per head to one row per token.
    let (mut mixed, mut context) = (&*mixed, context);
    for &length in lengths {
        let (blocks, rest_blocks) = mixed.split_at(length * hidden);
        let (rows, rest_rows) = std::mem::take(&mut context).split_at_mut(length * hidden);
        for (head, block) in blocks.chunks_exact(length * depth).enumerate() {
            for (row, part) in rows.chunks_exact_mut(hidden).zip(block.chunks_exact(depth)) {
                row[head * depth..(head + 1) * depth].copy_from_slice(part);
            }
        }
        (mixed, context) = (rest_blocks, rest_rows);
    }
}

/// Computes one head of one sequence into `out` `[length, depth]`.
fn compute_head(input: &AttentionInput<'_>, head: usize, scratch: &mut Scratch, out: &mut [f32]) {
    let gemm = GemmExecutor::<f32>::default();
    let &AttentionInput { qkv, query_bias, hidden, heads } = input;
    let (depth, stride) = (hidden / heads, 3 * hidden);
    let length = out.len() / depth;
    let Scratch { queries, scores } = scratch;
    scores.resize(length * length, 0.0);
    queries.clear();
    let scale = 1.0 / (depth as f32).sqrt();
    let head_columns = head * depth..(head + 1) * depth;
    for row in qkv.chunks_exact(stride) {
        let biased = row[head_columns.clone()].iter().zip(&query_bias[head_columns.clone()]);
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

#[cfg(test)]
mod tests {
    use super::*;

    const HIDDEN: usize = 6;
    const HEADS: usize = 2;
    const DEPTH: usize = HIDDEN / HEADS;

    /// Attention of one token by its definition: the values of its sequence, weighted by the softmax of the scaled
    /// products of its query and their keys.
    fn attend_by_definition(
        input: &AttentionInput<'_>,
        tokens: std::ops::Range<usize>,
        token: usize,
    ) -> Vec<f32> {
        let part = |token: usize, part: usize, at: usize| input.qkv[token * 3 * HIDDEN + part * HIDDEN + at];
        let mut context = vec![0.0; HIDDEN];
        for head in 0..HEADS {
            let columns = head * DEPTH..(head + 1) * DEPTH;
            let score = |other: usize| {
                let products = columns
                    .clone()
                    .map(|at| (part(token, 0, at) + input.query_bias[at]) * part(other, 1, at));
                (products.sum::<f32>() / (DEPTH as f32).sqrt()).exp()
            };
            let total: f32 = tokens.clone().map(score).sum();
            for at in columns.clone() {
                context[at] = tokens.clone().map(|other| score(other) / total * part(other, 2, at)).sum();
            }
        }
        context
    }

    #[test]
    fn each_token_attends_to_the_tokens_of_its_sequence() {
        let lengths = [3, 1, 5];
        let rows: usize = lengths.iter().sum();
        let qkv: Vec<f32> = (0..rows * 3 * HIDDEN).map(|at| (at as f32 * 0.7).sin()).collect();
        let query_bias: Vec<f32> = (0..HIDDEN).map(|at| 0.1 * at as f32).collect();
        let input = AttentionInput { qkv: &qkv, query_bias: &query_bias, hidden: HIDDEN, heads: HEADS };
        let (mut mixed, mut context) = (vec![0.0; rows * HIDDEN], vec![0.0; rows * HIDDEN]);
        compute_attention(&input, &lengths, &mut mixed, &mut context);
        let mut start = 0;
        for length in lengths {
            for token in start..start + length {
                let expected = attend_by_definition(&input, start..start + length, token);
                let found = &context[token * HIDDEN..(token + 1) * HIDDEN];
                let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst < 1e-5, "token {token}: off by {worst}");
            }
            start += length;
        }
    }
}
