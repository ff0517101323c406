//! Default embedder against sentence-transformers on 200 texts. Needs the model in the cache;
//! `cargo xtask test` downloads it.

use std::path::Path;

use hearth_domain::{Embedder, TextRole};
use hearth_host::Directories;
use hearth_models::{Catalogue, LocalEmbedder, ModelCache, Precision};

fn model_cache() -> ModelCache {
    ModelCache::new(Directories::from_environment(None).unwrap().models)
}

fn default_embedder(precision: Precision) -> LocalEmbedder {
    let catalogue = Catalogue::load_built_in().unwrap();
    let entry = catalogue.find_model("all-MiniLM-L6-v2").unwrap();
    assert!(model_cache().find_files(entry).is_some(), "the default embedder in the cache");
    LocalEmbedder::new(entry, &model_cache(), 0, precision).unwrap()
}

/// Loads 200 texts and their reference vectors `[200, 384]`.
fn load_reference() -> (Vec<String>, Vec<f32>) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let texts: Vec<String> =
        serde_json::from_slice(&std::fs::read(fixtures.join("embed_texts.json")).unwrap()).unwrap();
    let vectors = std::fs::read(fixtures.join("embed_reference.f32"))
        .unwrap()
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    assert_eq!(texts.len(), 200);
    (texts, vectors)
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_are_those_of_sentence_transformers() {
    let (texts, reference) = load_reference();
    let vectors = default_embedder(Precision::Full).embed(TextRole::Passage, texts).await.unwrap();
    for (index, (actual, expected)) in vectors.iter().zip(reference.chunks_exact(384)).enumerate() {
        let cosine: f32 = actual.iter().zip(expected).map(|(a, b)| a * b).sum();
        let worst = actual.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(cosine >= 0.9999, "text {index}: cosine {cosine}");
        assert!(worst < 1e-5, "text {index}: off by {worst}");
    }
}

/// Measured cosines on other texts: at least 0.998; with seven-bit weights (processors without VNNI) 0.994.
#[tokio::test(flavor = "multi_thread")]
async fn vectors_in_eight_bits_are_near_them() {
    let (texts, reference) = load_reference();
    let vectors = default_embedder(Precision::Int8).embed(TextRole::Passage, texts).await.unwrap();
    let cosines: Vec<f32> = vectors
        .iter()
        .zip(reference.chunks_exact(384))
        .map(|(actual, expected)| actual.iter().zip(expected).map(|(a, b)| a * b).sum())
        .collect();
    let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
    let lowest = cosines.iter().copied().fold(1.0, f32::min);
    assert!(lowest > 0.985 && mean > 0.995, "lowest {lowest}, mean {mean}");
    assert!(mean < 0.99999, "eight bits were not used");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_all_answered_in_order() {
    let embedder = default_embedder(Precision::Full);
    let alone = embedder.embed(TextRole::Query, vec!["a question".into()]).await.unwrap();
    let all = futures::future::join_all((0..40).map(|number| {
        let embedder = embedder.clone();
        async move {
            let texts = vec![format!("text {number}"), "a question".to_owned()];
            embedder.embed(TextRole::Query, texts).await
        }
    }))
    .await;
    for result in all {
        let vectors = result.unwrap();
        let cosine: f32 = vectors[1].iter().zip(&alone[0]).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.9999);
    }
}
