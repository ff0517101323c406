//! Arithmetic of the vector scan: quantisation, inner products, selection of the best.

/// Quantises a vector: its 8-bit codes, and the value of one step.
pub(crate) fn quantise_vector(vector: &[f32]) -> (Vec<i8>, f32) {
    let largest = vector.iter().fold(0.0_f32, |max, value| max.max(value.abs())).max(1e-12);
    let scale = largest / 127.0;
    let codes = vector.iter().map(|value| (value / scale).round() as i8).collect();
    (codes, scale)
}

/// Inner products of a query with every row of codes, whose bytes are signed.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512bw", "x86_64+avx2", "aarch64+neon"))]
pub(crate) fn inner_products(query: &[i8], rows: &[u8], out: &mut [i32]) {
    for (row, out) in rows.chunks_exact(query.len()).zip(out) {
        let mut sum = 0;
        for (a, b) in row.iter().zip(query) {
            sum += i32::from(i16::from(a.cast_signed()) * i16::from(*b));
        }
        *out = sum;
    }
}

/// Inner product at full precision.
pub(crate) fn dot(query: &[f32], row: impl Iterator<Item = f32>) -> f32 {
    query.iter().zip(row).map(|(a, b)| a * b).sum()
}

/// Keeps the `limit` highest scores, in no order.
pub(crate) fn keep_best<T: Copy + Ord>(found: &mut Vec<(T, f32)>, limit: usize) {
    if found.len() > limit {
        found.select_nth_unstable_by(limit, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(limit);
    }
}
