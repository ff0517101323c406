//! Reading an encoder's configuration and weights.

use std::path::Path;

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::linear::Linear;
use super::{Layer, LayerNorm};
use crate::Precision;

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

    fn linear(&self, names: &[String], inputs: usize, precision: Precision) -> Result<Linear, LoadError> {
        let (mut weights, mut bias) = (Vec::new(), Vec::new());
        for name in names {
            let own = self.tensor(&format!("{name}.bias"))?;
            weights.extend(self.vector(&format!("{name}.weight"), own.len() * inputs)?);
            bias.extend(own);
        }
        Ok(Linear::new(&weights, bias, precision))
    }

    pub(super) fn layer(
        &self,
        index: usize,
        config: &Config,
        precision: Precision,
    ) -> Result<Layer, LoadError> {
        let hidden = config.hidden_size;
        let at = |rest: &str| format!("encoder.layer.{index}.{rest}");
        let up = self.linear(&[at("intermediate.dense")], hidden, precision)?;
        let inner = up.outputs();
        Ok(Layer {
            query_key_value: self.linear(
                &["query", "key", "value"].map(|part| at(&format!("attention.self.{part}"))),
                hidden,
                precision,
            )?,
            attention_out: self.linear(&[at("attention.output.dense")], hidden, precision)?,
            attention_norm: self.norm(&at("attention.output.LayerNorm"), config)?,
            up,
            down: self.linear(&[at("output.dense")], inner, precision)?,
            out_norm: self.norm(&at("output.LayerNorm"), config)?,
        })
    }
}
