//! Configuration and weights of an encoder.

use std::path::Path;

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::layer::{Layer, LayerNorm};
use crate::linear::{Linear, Precision};

/// Error of loading an encoder, or of its tokenizer.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("a model file could not be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("config.json does not describe a BERT encoder: {0}")]
    Config(String),
    #[error("tokenizer.json cannot be used: {0}")]
    Tokenizer(String),
    #[error("model.safetensors cannot be used: {0}")]
    Weights(String),
}

/// Relevant fields of `config.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Config {
    pub(super) hidden_size: usize,
    pub(super) num_hidden_layers: usize,
    pub(super) num_attention_heads: usize,
    pub(super) max_position_embeddings: usize,
    pub(super) layer_norm_eps: f32,
    hidden_act: String,
}

impl Config {
    /// Reads the configuration; an error unless it is a BERT encoder with GELU.
    pub(super) fn read(path: &Path) -> Result<Self, LoadError> {
        let config: Self = serde_json::from_slice(&std::fs::read(path)?)
            .map_err(|error| LoadError::Config(error.to_string()))?;
        if config.hidden_act != "gelu" {
            let reason = format!("its activation is {}, not gelu", config.hidden_act);
            return Err(LoadError::Config(reason));
        }
        if config.num_attention_heads == 0
            || config.hidden_size == 0
            || !config.hidden_size.is_multiple_of(config.num_attention_heads)
        {
            return Err(LoadError::Config(
                "the width is not a multiple of the number of attention heads".into(),
            ));
        }
        Ok(config)
    }
}

/// Weights of a safetensors file.
pub(super) struct Weights<'a>(SafeTensors<'a>);

impl<'a> Weights<'a> {
    /// Parses the bytes of a safetensors file.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, LoadError> {
        SafeTensors::deserialize(bytes).map(Self).map_err(|error| LoadError::Weights(error.to_string()))
    }

    /// Values of a tensor as single precision, with or without the prefix `bert.` in its name.
    fn read_tensor(&self, name: &str) -> Result<Vec<f32>, LoadError> {
        let tensor = self
            .0
            .tensor(name)
            .or_else(|_| self.0.tensor(&format!("bert.{name}")))
            .map_err(|error| LoadError::Weights(format!("{name}: {error}")))?;
        let data = tensor.data();
        Ok(match tensor.dtype() {
            Dtype::F32 => {
                data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
            }
            Dtype::F16 => data.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            Dtype::BF16 => data.chunks_exact(2).map(|b| bf16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            other => return Err(LoadError::Weights(format!("{name} is of type {other:?}"))),
        })
    }

    /// Values of a matrix whose rows have `width` values.
    pub(super) fn read_matrix(&self, name: &str, width: usize) -> Result<Vec<f32>, LoadError> {
        let values = self.read_tensor(name)?;
        if values.is_empty() || values.len() % width != 0 {
            return Err(LoadError::Weights(format!("{name} has no rows of {width}")));
        }
        Ok(values)
    }

    /// Values of a vector with `length` values.
    fn read_vector(&self, name: &str, length: usize) -> Result<Vec<f32>, LoadError> {
        let values = self.read_tensor(name)?;
        if values.len() != length {
            return Err(LoadError::Weights(format!(
                "{name} has {} values instead of {length}",
                values.len()
            )));
        }
        Ok(values)
    }

    /// Layer normalisation with this name.
    pub(super) fn read_layer_norm(&self, name: &str, config: &Config) -> Result<LayerNorm, LoadError> {
        Ok(LayerNorm {
            scale: self.read_vector(&format!("{name}.weight"), config.hidden_size)?,
            bias: self.read_vector(&format!("{name}.bias"), config.hidden_size)?,
            epsilon: config.layer_norm_eps,
        })
    }

    /// Weights `[outputs, inputs]` of several linear layers, stacked along the outputs.
    fn read_stacked(&self, names: &[String], inputs: usize) -> Result<Vec<f32>, LoadError> {
        let mut weights = Vec::new();
        for name in names {
            weights.extend(self.read_matrix(&format!("{name}.weight"), inputs)?);
        }
        Ok(weights)
    }

    /// Transformer layer with this index, from 0.
    pub(super) fn read_layer(
        &self,
        index: usize,
        config: &Config,
        precision: Precision,
    ) -> Result<Layer, LoadError> {
        let hidden = config.hidden_size;
        let tensor_name = |rest: &str| format!("encoder.layer.{index}.{rest}");
        let linear = |names: &[String], inputs: usize, outputs: usize| {
            let weights = self.read_stacked(names, inputs)?;
            if weights.len() != inputs * outputs {
                return Err(LoadError::Weights(format!("{} does not have {outputs} rows", names.join(", "))));
            }
            Ok(Linear::new(&weights, inputs, precision))
        };
        let bias =
            |name: &str, length: usize| self.read_vector(&tensor_name(&format!("{name}.bias")), length);
        let up_bias = self.read_tensor(&tensor_name("intermediate.dense.bias"))?;
        let inner = up_bias.len();
        let output_weights = self.read_stacked(&[tensor_name("attention.output.dense")], hidden)?;
        let mut attention_bias = bias("attention.output.dense", hidden)?;
        // Attention weights sum to one, so that the bias of the values passes through attention unchanged: it
        // is folded into the bias of the output.
        let value_bias = bias("attention.self.value", hidden)?;
        for (sum, row) in attention_bias.iter_mut().zip(output_weights.chunks_exact(hidden)) {
            *sum += row.iter().zip(&value_bias).map(|(weight, value)| weight * value).sum::<f32>();
        }
        Ok(Layer {
            query_key_value: linear(
                &["query", "key", "value"].map(|part| tensor_name(&format!("attention.self.{part}"))),
                hidden,
                3 * hidden,
            )?,
            // The bias of the keys adds the same to all scores of a query, which softmax cancels.
            query_bias: bias("attention.self.query", hidden)?,
            attention_out: linear(&[tensor_name("attention.output.dense")], hidden, hidden)?,
            attention_bias,
            attention_norm: self.read_layer_norm(&tensor_name("attention.output.LayerNorm"), config)?,
            up: linear(&[tensor_name("intermediate.dense")], hidden, inner)?,
            up_bias,
            down: linear(&[tensor_name("output.dense")], inner, hidden)?,
            down_bias: bias("output.dense", hidden)?,
            out_norm: self.read_layer_norm(&tensor_name("output.LayerNorm"), config)?,
        })
    }
}
