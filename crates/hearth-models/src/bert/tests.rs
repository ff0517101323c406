//! Tests of the encoder with a model of one layer and eight values per token.

use std::collections::BTreeMap;

use half::f16;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::*;

const HIDDEN: usize = 8;
const INNER: usize = 16;
/// Rows of the table of positions.
const POSITIONS: usize = 6;

const TOKENIZER: &str = r#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
    "pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":null,
    "model":{"type":"WordLevel","vocab":{"[UNK]":0,"a":1,"b":2,"c":3,"d":4},"unk_token":"[UNK]"}}"#;

/// Files of a model, which tests change before it is loaded.
struct ModelFixture {
    config: serde_json::Value,
    /// Shape and values by name.
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    dtype: Dtype,
}

impl ModelFixture {
    fn new() -> Self {
        let mut tensors = BTreeMap::new();
        let mut state = 1_u32;
        let mut add = |name: &str, shape: &[usize]| {
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 24) as f32 - 0.5
            };
            let count: usize = shape.iter().product();
            let values = (0..count).map(|_| next()).collect();
            tensors.insert(name.to_owned(), (shape.to_vec(), values));
        };
        add("embeddings.word_embeddings.weight", &[5, HIDDEN]);
        add("embeddings.position_embeddings.weight", &[POSITIONS, HIDDEN]);
        add("embeddings.token_type_embeddings.weight", &[2, HIDDEN]);
        for name in ["query", "key", "value"].map(|name| format!("attention.self.{name}")) {
            add(&format!("encoder.layer.0.{name}.weight"), &[HIDDEN, HIDDEN]);
            add(&format!("encoder.layer.0.{name}.bias"), &[HIDDEN]);
        }
        for (name, outputs, inputs) in [
            ("attention.output.dense", HIDDEN, HIDDEN),
            ("intermediate.dense", INNER, HIDDEN),
            ("output.dense", HIDDEN, INNER),
        ] {
            add(&format!("encoder.layer.0.{name}.weight"), &[outputs, inputs]);
            add(&format!("encoder.layer.0.{name}.bias"), &[outputs]);
        }
        for name in ["embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"] {
            add(&format!("{name}.LayerNorm.weight"), &[HIDDEN]);
            add(&format!("{name}.LayerNorm.bias"), &[HIDDEN]);
        }
        let config = serde_json::json!({
            "hidden_size": HIDDEN, "num_hidden_layers": 1, "num_attention_heads": 2,
            "max_position_embeddings": POSITIONS, "layer_norm_eps": 1e-12, "hidden_act": "gelu",
        });
        Self { config, tensors, dtype: Dtype::F32 }
    }

    fn load(&self, max_tokens: usize) -> Result<BertEncoder, LoadError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), self.config.to_string()).unwrap();
        std::fs::write(folder.path().join("tokenizer.json"), TOKENIZER).unwrap();
        let encode = |value: &f32| match self.dtype {
            Dtype::F16 => f16::from_f32(*value).to_le_bytes().to_vec(),
            // Of the other types, the tests use the size alone.
            _ => value.to_le_bytes().to_vec(),
        };
        let bytes: Vec<(&str, Vec<usize>, Vec<u8>)> = self
            .tensors
            .iter()
            .map(|(name, (shape, values))| {
                (name.as_str(), shape.clone(), values.iter().flat_map(encode).collect())
            })
            .collect();
        let views = bytes
            .iter()
            .map(|(name, shape, bytes)| (*name, TensorView::new(self.dtype, shape.clone(), bytes).unwrap()));
        let file = safetensors::serialize(views, None).unwrap();
        std::fs::write(folder.path().join("model.safetensors"), file).unwrap();
        BertEncoder::load(folder.path(), Pooling::Mean, max_tokens, Precision::Full)
    }

    fn load_error(&self) -> String {
        self.load(POSITIONS).err().unwrap().to_string()
    }
}

fn max_difference(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.concat().iter().zip(b.concat()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_vector_does_not_depend_on_the_other_texts_of_a_batch() {
    let model = ModelFixture::new().load(POSITIONS).unwrap();
    let sequences: [&[u32]; 4] = [&[1, 2, 3], &[4], &[2, 1, 3], &[1, 2, 3, 4, 0, 1]];
    let batch = model.encode(&sequences);
    let single: Vec<Vec<f32>> = sequences.iter().flat_map(|sequence| model.encode(&[sequence])).collect();
    assert!(max_difference(&batch, &single) < 1e-5);
    for vector in &batch {
        let length: f32 = vector.iter().map(|value| value * value).sum();
        assert!((length - 1.0).abs() < 1e-5, "{length}");
    }
    // The order of the words counts.
    assert!(max_difference(&batch[..1], &batch[2..3]) > 1e-3);
}

#[test]
fn names_may_have_the_prefix_of_the_library_that_wrote_them() {
    let plain = ModelFixture::new();
    let mut prefixed = ModelFixture::new();
    prefixed.tensors =
        prefixed.tensors.into_iter().map(|(name, tensor)| (format!("bert.{name}"), tensor)).collect();
    let vectors = [plain, prefixed].map(|model| model.load(POSITIONS).unwrap().encode(&[&[1, 2]]));
    assert_eq!(vectors[0], vectors[1]);
}

#[test]
fn weights_in_half_precision_give_nearly_the_same_vectors() {
    let full = ModelFixture::new().load(POSITIONS).unwrap().encode(&[&[1, 2, 3]]);
    let half = ModelFixture { dtype: Dtype::F16, ..ModelFixture::new() }.load(POSITIONS).unwrap();
    let difference = max_difference(&full, &half.encode(&[&[1, 2, 3]]));
    assert!(difference > 0.0 && difference < 1e-2, "{difference}");
}

#[test]
fn a_text_is_cut_at_the_limit_and_keeps_its_last_token() {
    let model = ModelFixture::new().load(4).unwrap();
    assert_eq!(model.token_ids("a b c d").unwrap(), [1, 2, 3, 4]);
    assert_eq!(model.token_ids("a b c a b d").unwrap(), [1, 2, 3, 4]);
    assert_eq!(model.token_ids("a x").unwrap(), [1, 0]);
    // Spans are those of the text itself, without a limit.
    assert_eq!(model.token_spans("é b  c d a"), [0..2, 3..4, 6..7, 8..9, 10..11]);
}

#[test]
fn a_table_of_positions_below_the_configured_limit_is_the_limit() {
    let mut model = ModelFixture::new();
    model.config["max_position_embeddings"] = 512.into();
    let model = model.load(256).unwrap();
    let ids = model.token_ids(&"a ".repeat(20)).unwrap();
    assert_eq!(ids.len(), POSITIONS);
    assert_eq!(model.encode(&[&ids])[0].len(), HIDDEN);
}

#[test]
fn a_configuration_of_another_kind_of_model_is_refused() {
    for (field, value, reason) in [
        ("hidden_act", serde_json::json!("relu"), "activation is relu"),
        ("num_attention_heads", 3.into(), "attention heads"),
        ("num_attention_heads", 0.into(), "attention heads"),
        ("hidden_size", 0.into(), "attention heads"),
        ("num_hidden_layers", serde_json::Value::Null, "config.json"),
    ] {
        let mut model = ModelFixture::new();
        model.config[field] = value;
        let error = model.load_error();
        assert!(error.contains(reason), "{field}: {error}");
    }
}

#[test]
fn weights_that_do_not_fit_are_refused_by_their_name() {
    let missing = "encoder.layer.0.output.dense.weight";
    let mut model = ModelFixture::new();
    model.tensors.remove(missing);
    assert!(model.load_error().contains(missing), "{}", model.load_error());
    for (name, shape) in [
        ("embeddings.LayerNorm.bias", vec![HIDDEN - 1]),
        ("embeddings.word_embeddings.weight", vec![3, HIDDEN + 1]),
        ("encoder.layer.0.intermediate.dense.weight", vec![INNER - 1, HIDDEN]),
    ] {
        let mut model = ModelFixture::new();
        let count = shape.iter().product();
        model.tensors.insert(name.to_owned(), (shape, vec![0.0; count]));
        let error = model.load_error();
        assert!(error.contains(name.trim_end_matches(".weight")), "{name}: {error}");
    }
    let error = ModelFixture { dtype: Dtype::I32, ..ModelFixture::new() }.load_error();
    assert!(error.contains("I32"), "{error}");
}
