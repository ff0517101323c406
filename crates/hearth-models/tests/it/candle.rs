//! Encoder against candle, an independent implementation on the same files.

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use hearth_models::{BertEncoder, Pooling, Precision};

#[test]
fn vectors_are_those_of_candle() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-gte");
    let encoder = BertEncoder::load(&folder, Pooling::Mean, 64, Precision::Full).unwrap();
    let config: Config = serde_json::from_slice(&std::fs::read(folder.join("config.json")).unwrap()).unwrap();
    let weights = std::fs::read(folder.join("model.safetensors")).unwrap();
    let variables = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu).unwrap();
    let candle_model = BertModel::load(variables, &config).unwrap();
    for text in ["a question", "Passages are packed without padding, one after the other.", "x"] {
        let tokens = encoder.token_ids(text).unwrap();
        let ids = Tensor::new(&tokens[..], &Device::Cpu).unwrap().unsqueeze(0).unwrap();
        let token_types = ids.zeros_like().unwrap();
        let states = candle_model.forward(&ids, &token_types, None).unwrap();
        let mean = states.squeeze(0).unwrap().mean(0).unwrap().to_vec1::<f32>().unwrap();
        let norm = mean.iter().map(|value| value * value).sum::<f32>().sqrt();
        let vector = &encoder.encode(&[&tokens])[0];
        let worst = vector.iter().zip(&mean).map(|(a, b)| (a - b / norm).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-5, "{text}: off by {worst}");
    }
}
