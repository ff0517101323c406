//! A BERT sentence encoder on the CPU, straight from safetensors.
//!
//! The sequences of a batch are packed: all their tokens are rows of one matrix, so that no
//! padding is computed. Follows Devlin et al. 2018 (arXiv:1810.04805) as `BertModel` of the
//! transformers library computes it; pooling and normalisation as sentence-transformers do.

mod attention;
mod weights;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use rten_simd::{SimdOp, SimdUnaryOp};
use rten_vecmath::{Normalize, NormalizeOptions, Sum, SumSquareSub};
use tokenizers::Tokenizer;

use crate::Pooling;
use crate::linear::{Linear, Scratch};
use attention::{Projected, attend};
pub use weights::LoadError;
use weights::{Config, Weights};

/// How exactly an encoder computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Single precision, as the reference does.
    #[default]
    Full,
    /// Weights and activations in eight bits, about twice as fast; the vectors differ a little and can stand
    /// beside those of full precision.
    Int8,
}

/// Rows that one thread normalises at a time.
const ROWS: usize = 16;

struct LayerNorm {
    scale: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

impl LayerNorm {
    /// Adds `shift` to every row of `x`, `[rows, width]`, and normalises it, in place.
    fn apply(&self, x: &mut [f32], shift: &[f32]) {
        let width = self.scale.len();
        x.par_chunks_mut(width).with_min_len(ROWS).for_each(|row| {
            add(row, shift);
            let mean = Sum::new(row).dispatch() / width as f32;
            let variance = SumSquareSub::new(row, mean).dispatch() / width as f32;
            Normalize::new_mut(
                row,
                NormalizeOptions {
                    pre_scale_bias: mean,
                    scale: 1.0 / (variance + self.epsilon).sqrt(),
                    element_scale: Some(&self.scale),
                    bias: 0.0,
                    element_bias: Some(&self.bias),
                },
            )
            .dispatch();
        });
    }
}

fn add(row: &mut [f32], shift: &[f32]) {
    for (value, shift) in row.iter_mut().zip(shift) {
        *value += shift;
    }
}

/// The matrix products of a layer, and what is added to their outputs by whoever reads those next.
struct Layer {
    query_key_value: Linear,
    query_bias: Vec<f32>,
    attention_out: Linear,
    attention_bias: Vec<f32>,
    attention_norm: LayerNorm,
    up: Linear,
    up_bias: Vec<f32>,
    down: Linear,
    down_bias: Vec<f32>,
    out_norm: LayerNorm,
}

/// What a pass works in, kept for the next one: fresh memory is cleared by the system first, which takes its time.
#[derive(Default)]
struct Memory {
    x: Vec<f32>,
    qkv: Vec<f32>,
    mixed: Vec<f32>,
    context: Vec<f32>,
    inner: Vec<f32>,
    scratch: Scratch,
}

/// A loaded encoder. Cheap to share; all methods take `&self`.
pub struct BertEncoder {
    tokenizer: Tokenizer,
    hidden: usize,
    heads: usize,
    max_tokens: usize,
    pooling: Pooling,
    /// `[vocabulary, hidden]`
    words: Vec<f32>,
    /// `[positions, hidden]`, with the embedding of token type 0 added.
    positions: Vec<f32>,
    norm: LayerNorm,
    layers: Vec<Layer>,
    memory: Mutex<Vec<Memory>>,
}

impl BertEncoder {
    /// Loads `config.json`, `tokenizer.json` and `model.safetensors` of a folder.
    pub fn load(
        folder: &Path,
        pooling: Pooling,
        max_tokens: usize,
        precision: Precision,
    ) -> Result<Self, LoadError> {
        let config = Config::read(&folder.join("config.json"))?;
        let mut tokenizer = Tokenizer::from_file(folder.join("tokenizer.json"))
            .map_err(|error| LoadError::Tokenizer(error.to_string()))?;
        // Published files carry limits of their own (MiniLM's: cut and pad at 128).
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|error| LoadError::Tokenizer(error.to_string()))?;
        let bytes = std::fs::read(folder.join("model.safetensors"))?;
        let weights = Weights::parse(&bytes)?;
        let hidden = config.hidden_size;
        let words = weights.matrix("embeddings.word_embeddings.weight", hidden)?;
        let mut positions = weights.matrix("embeddings.position_embeddings.weight", hidden)?;
        let types = weights.matrix("embeddings.token_type_embeddings.weight", hidden)?;
        for row in positions.chunks_exact_mut(hidden) {
            for (value, of_type) in row.iter_mut().zip(&types[..hidden]) {
                *value += of_type;
            }
        }
        let norm = weights.norm("embeddings.LayerNorm", &config)?;
        let layers = (0..config.num_hidden_layers)
            .map(|index| weights.layer(index, &config, precision))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            tokenizer,
            hidden,
            heads: config.num_attention_heads,
            max_tokens: max_tokens.min(config.max_position_embeddings),
            pooling,
            words,
            positions,
            norm,
            layers,
            memory: Mutex::default(),
        })
    }

    /// Length of the vectors.
    pub fn dimensions(&self) -> usize {
        self.hidden
    }

    /// The token ids of a text, special tokens included, cut at the model's limit.
    pub fn tokens(&self, text: &str) -> Result<Vec<u32>, LoadError> {
        let encoding = self
            .tokenizer
            .encode_fast(text, true)
            .map_err(|error| LoadError::Tokenizer(error.to_string()))?;
        let mut ids = encoding.get_ids().to_vec();
        if ids.len() > self.max_tokens {
            // The last token is the special one that ends a sequence: it stays.
            let end = ids[ids.len() - 1];
            ids.truncate(self.max_tokens - 1);
            ids.push(end);
        }
        Ok(ids)
    }

    /// The text that tokens were made from, as far as they tell.
    pub fn text_of(&self, tokens: &[u32]) -> Result<String, LoadError> {
        self.tokenizer.decode(tokens, true).map_err(|error| LoadError::Tokenizer(error.to_string()))
    }

    /// The byte ranges of a text's tokens, without special ones.
    pub fn spans(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        let Ok(encoding) = self.tokenizer.encode(text, false) else {
            return Vec::new();
        };
        encoding.get_offsets().iter().map(|&(start, end)| start..end).collect()
    }

    /// One unit vector a sequence of token ids. Runs in the current rayon pool.
    pub fn encode(&self, sequences: &[&[u32]]) -> Vec<Vec<f32>> {
        let hidden = self.hidden;
        let lengths: Vec<usize> = sequences.iter().map(|ids| ids.len()).collect();
        let rows: usize = lengths.iter().sum();
        let mut memory = self.memory().pop().unwrap_or_default();
        let Memory { x, qkv, mixed, context, inner, scratch } = &mut memory;
        for (values, width) in [(&mut *x, hidden), (&mut *qkv, 3 * hidden), (&mut *mixed, hidden)] {
            values.resize(rows * width, 0.0);
        }
        context.resize(rows * hidden, 0.0);
        inner.resize(rows * self.layers.first().map_or(0, |layer| layer.up_bias.len()), 0.0);
        self.embed_tokens(sequences, x);
        self.norm.apply(x, &[]);
        for layer in &self.layers {
            layer.query_key_value.forward(x, qkv, scratch);
            let qkv = Projected { qkv, query_bias: &layer.query_bias, hidden, heads: self.heads };
            attend(&qkv, &lengths, mixed, context);
            layer.attention_out.add_forward(context, x, scratch);
            layer.attention_norm.apply(x, &layer.attention_bias);
            layer.up.forward(x, inner, scratch);
            inner.par_chunks_mut(layer.up_bias.len()).with_min_len(ROWS).for_each(|row| {
                add(row, &layer.up_bias);
                rten_vecmath::Gelu {}.map_mut(row);
            });
            layer.down.add_forward(inner, x, scratch);
            layer.out_norm.apply(x, &layer.down_bias);
        }
        let vectors = self.pool(x, &lengths);
        self.memory().push(memory);
        vectors
    }

    fn memory(&self) -> MutexGuard<'_, Vec<Memory>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn embed_tokens(&self, sequences: &[&[u32]], x: &mut [f32]) {
        let hidden = self.hidden;
        let mut rows = x.chunks_exact_mut(hidden);
        for ids in sequences {
            for (position, (&id, row)) in ids.iter().zip(rows.by_ref()).enumerate() {
                // An id beyond the table can only come from a tokenizer of another model.
                let word = (id as usize * hidden).min(self.words.len() - hidden);
                let position = position * hidden;
                for ((value, word), place) in row
                    .iter_mut()
                    .zip(&self.words[word..word + hidden])
                    .zip(&self.positions[position..position + hidden])
                {
                    *value = word + place;
                }
            }
        }
    }

    fn pool(&self, x: &[f32], lengths: &[usize]) -> Vec<Vec<f32>> {
        let hidden = self.hidden;
        let mut start = 0;
        lengths
            .iter()
            .map(|&length| {
                let rows = &x[start * hidden..(start + length) * hidden];
                start += length;
                let mut vector = vec![0.0; hidden];
                let pooled = match self.pooling {
                    Pooling::Cls => &rows[..hidden.min(rows.len())],
                    Pooling::Mean => rows,
                };
                for row in pooled.chunks_exact(hidden) {
                    for (sum, value) in vector.iter_mut().zip(row) {
                        *sum += value;
                    }
                }
                // The scale of a sum does not matter to a unit vector.
                let norm = vector.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-12);
                for value in &mut vector {
                    *value /= norm;
                }
                vector
            })
            .collect()
    }
}
