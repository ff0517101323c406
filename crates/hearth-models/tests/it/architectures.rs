//! Embedders of every architecture in the catalogue, as tiny models with random weights: pooling, prefixes,
//! limits, tokenizers and number formats against the results of transformers.

use std::path::{Path, PathBuf};

use hearth_models::{BertEncoder, Pooling, Precision};
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    pooling: String,
    query_prefix: String,
    passage_prefix: String,
    max_tokens: usize,
    texts: Vec<String>,
    query_vectors: Vec<Vec<f32>>,
    passage_vectors: Vec<Vec<f32>>,
}

fn fixture_folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Compares all vectors with a folder's reference; every deliberate mistake (tanh GELU, another epsilon,
/// half-precision weights) differs by more than 2e-5.
fn check(name: &str) {
    let folder = fixture_folder(name);
    let reference: Reference =
        serde_json::from_slice(&std::fs::read(folder.join("reference.json")).unwrap()).unwrap();
    let pooling = match reference.pooling.as_str() {
        "cls" => Pooling::Cls,
        _ => Pooling::Mean,
    };
    let encoder = BertEncoder::load(&folder, pooling, reference.max_tokens, Precision::Full).unwrap();
    for (prefix, expected) in [
        (&reference.query_prefix, &reference.query_vectors),
        (&reference.passage_prefix, &reference.passage_vectors),
    ] {
        let sequences: Vec<Vec<u32>> = reference
            .texts
            .iter()
            .map(|text| encoder.token_ids(&format!("{prefix}{text}")).unwrap())
            .collect();
        let slices: Vec<&[u32]> = sequences.iter().map(Vec::as_slice).collect();
        for (index, (actual, reference_vector)) in encoder.encode(&slices).iter().zip(expected).enumerate() {
            let worst = actual.iter().zip(reference_vector).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-5, "{name}, text {index}: off by {worst}");
        }
    }
}

#[test]
fn cls_pooling_and_a_query_prefix_as_bge() {
    check("tiny-bge");
}

#[test]
fn mean_pooling_as_gte() {
    check("tiny-gte");
}

#[test]
fn weights_in_half_precision() {
    check("tiny-gte-f16");
}

#[test]
fn a_sentencepiece_tokenizer_and_two_prefixes_as_e5() {
    check("tiny-e5");
}
