//! Reading an encoder's configuration and weights.

use std::path::Path;

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::{Layer, LayerNorm};
use crate::Precision;
use crate::linear::Linear;

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("a model file could not be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("config.json is not of a BERT encoder: {0}")]
    Config(String),
    #[error("tokenizer.json is not usable: {0}")]
    Tokenizer(String),
    #[error("model.safetensors is not usable: {0}")]
    Weights(String),
}

/// The part of `config.json` that matters.
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
    pub(super) fn read(path: &Path) -> Result<Self, LoadError> {
        let config: Self = serde_json::from_slice(&std::fs::read(path)?)
            .map_err(|error| LoadError::Config(error.to_string()))?;
        if config.hidden_act != "gelu" {
            let reason = format!("its activation is {}, not gelu", config.hidden_act);
            return Err(LoadError::Config(reason));
        }
        if config.num_attention_heads == 0 || !config.hidden_size.is_multiple_of(config.num_attention_heads) {
            return Err(LoadError::Config("heads do not divide the width".into()));
        }
        Ok(config)
    }
}

pub(super) struct Weights<'a>(SafeTensors<'a>);

impl<'a> Weights<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, LoadError> {
        SafeTensors::deserialize(bytes).map(Self).map_err(|error| LoadError::Weights(error.to_string()))
    }

    fn tensor(&self, name: &str) -> Result<Vec<f32>, LoadError> {
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

    /// A matrix whose rows have `width` values.
    pub(super) fn matrix(&self, name: &str, width: usize) -> Result<Vec<f32>, LoadError> {
        let values = self.tensor(name)?;
        if values.is_empty() || values.len() % width != 0 {
            return Err(LoadError::Weights(format!("{name} has no rows of {width}")));
        }
        Ok(values)
    }

    fn vector(&self, name: &str, length: usize) -> Result<Vec<f32>, LoadError> {
        let values = self.tensor(name)?;
        if values.len() != length {
            return Err(LoadError::Weights(format!(
                "{name} has {} values instead of {length}",
                values.len()
            )));
        }
        Ok(values)
    }

    pub(super) fn norm(&self, name: &str, config: &Config) -> Result<LayerNorm, LoadError> {
        Ok(LayerNorm {
            scale: self.vector(&format!("{name}.weight"), config.hidden_size)?,
            bias: self.vector(&format!("{name}.bias"), config.hidden_size)?,
            epsilon: config.layer_norm_eps,
        })
    }

    /// The weights `[outputs, inputs]` of linear layers, one below the other.
    fn stacked(&self, names: &[String], inputs: usize) -> Result<Vec<f32>, LoadError> {
        let mut weights = Vec::new();
        for name in names {
            weights.extend(self.matrix(&format!("{name}.weight"), inputs)?);
        }
        Ok(weights)
    }

    pub(super) fn layer(
        &self,
        index: usize,
        config: &Config,
        precision: Precision,
    ) -> Result<Layer, LoadError> {
        let hidden = config.hidden_size;
        let at = |rest: &str| format!("encoder.layer.{index}.{rest}");
        let linear = |names: &[String], inputs: usize, outputs: usize| {
            let weights = self.stacked(names, inputs)?;
            if weights.len() != inputs * outputs {
                return Err(LoadError::Weights(format!("{} has not {outputs} rows", names.join(", "))));
            }
            Ok(Linear::new(&weights, inputs, precision))
        };
        let bias = |name: &str, length: usize| self.vector(&at(&format!("{name}.bias")), length);
        let up_bias = self.tensor(&at("intermediate.dense.bias"))?;
        let inner = up_bias.len();
        let mixing = self.stacked(&[at("attention.output.dense")], hidden)?;
        let mut attention_bias = bias("attention.output.dense", hidden)?;
        // What attention mixes are values by weights that sum to one: the values' bias comes out as it went in.
        let value_bias = bias("attention.self.value", hidden)?;
        for (sum, row) in attention_bias.iter_mut().zip(mixing.chunks_exact(hidden)) {
            *sum += row.iter().zip(&value_bias).map(|(weight, value)| weight * value).sum::<f32>();
        }
        Ok(Layer {
            query_key_value: linear(
                &["query", "key", "value"].map(|part| at(&format!("attention.self.{part}"))),
                hidden,
                3 * hidden,
            )?,
            // The keys' bias adds the same to all scores of a query, which softmax does not see.
            query_bias: bias("attention.self.query", hidden)?,
            attention_out: linear(&[at("attention.output.dense")], hidden, hidden)?,
            attention_bias,
            attention_norm: self.norm(&at("attention.output.LayerNorm"), config)?,
            up: linear(&[at("intermediate.dense")], hidden, inner)?,
            up_bias,
            down: linear(&[at("output.dense")], inner, hidden)?,
            down_bias: bias("output.dense", hidden)?,
            out_norm: self.norm(&at("output.LayerNorm"), config)?,
        })
    }
}
