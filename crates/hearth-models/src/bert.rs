//! BERT sentence encoder on the CPU, loaded from safetensors.
//!
//! The sequences of a batch are packed: all their tokens are rows of one matrix, so that no
//! padding is computed. Follows Devlin et al. 2018 (arXiv:1810.04805) as `BertModel` of the
//! transformers library computes it; pooling and normalisation as sentence-transformers do.

mod attention;
mod layer;
mod weights;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use rten_simd::SimdUnaryOp;
use tokenizers::Tokenizer;

use crate::Pooling;
use crate::linear::{Precision, Scratch};
use attention::{AttentionInput, compute_attention};
use layer::{Layer, LayerNorm, MIN_ROWS_PER_THREAD, add_assign};
pub use weights::LoadError;
use weights::{Config, Weights};

/// Buffers of a forward pass, reused by the next one, because the system clears newly allocated memory first.
#[derive(Default)]
struct ForwardBuffers {
    x: Vec<f32>,
    qkv: Vec<f32>,
    mixed: Vec<f32>,
    context: Vec<f32>,
    inner: Vec<f32>,
    scratch: Scratch,
}

/// Loaded BERT encoder. All methods take `&self`, so that threads can share it.
pub struct BertEncoder {
    tokenizer: Tokenizer,
    hidden: usize,
    heads: usize,
    max_tokens: usize,
    pooling: Pooling,
    /// Word embeddings `[vocabulary, hidden]`.
    word_embeddings: Vec<f32>,
    /// Position embeddings `[positions, hidden]`, with the embedding of token type 0 added.
    position_embeddings: Vec<f32>,
    norm: LayerNorm,
    layers: Vec<Layer>,
    free_buffers: Mutex<Vec<ForwardBuffers>>,
}

impl BertEncoder {
    /// Loads `config.json`, `tokenizer.json` and `model.safetensors` of a folder; `max_tokens` is lowered to
    /// the model's own limit.
    pub fn load(
        folder: &Path,
        pooling: Pooling,
        max_tokens: usize,
        precision: Precision,
    ) -> Result<Self, LoadError> {
        let config = Config::read(&folder.join("config.json"))?;
        let mut tokenizer = Tokenizer::from_file(folder.join("tokenizer.json"))
            .map_err(|error| LoadError::Tokenizer(error.to_string()))?;
        // Published tokenizers have their own limits (MiniLM: truncate and pad at 128).
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|error| LoadError::Tokenizer(error.to_string()))?;
        let bytes = std::fs::read(folder.join("model.safetensors"))?;
        let weights = Weights::parse(&bytes)?;
        let hidden = config.hidden_size;
        let words = weights.read_matrix("embeddings.word_embeddings.weight", hidden)?;
        let mut positions = weights.read_matrix("embeddings.position_embeddings.weight", hidden)?;
        let types = weights.read_matrix("embeddings.token_type_embeddings.weight", hidden)?;
        for row in positions.chunks_exact_mut(hidden) {
            for (value, type_value) in row.iter_mut().zip(&types[..hidden]) {
                *value += type_value;
            }
        }
        let norm = weights.read_layer_norm("embeddings.LayerNorm", &config)?;
        let layers = (0..config.num_hidden_layers)
            .map(|index| weights.read_layer(index, &config, precision))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            tokenizer,
            hidden,
            heads: config.num_attention_heads,
            // Each token needs a row of the table, whatever the configuration says.
            max_tokens: max_tokens.min(config.max_position_embeddings).min(positions.len() / hidden),
            pooling,
            word_embeddings: words,
            position_embeddings: positions,
            norm,
            layers,
            free_buffers: Mutex::default(),
        })
    }

    /// Length of the vectors.
    pub fn dimensions(&self) -> usize {
        self.hidden
    }

    /// Maximum tokens that the model reads of a text, special tokens included.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// Token ids of a text, special tokens included, without a limit.
    pub fn all_token_ids(&self, text: &str) -> Result<Vec<u32>, LoadError> {
        let encoding = self.tokenizer.encode_fast(text, true);
        Ok(encoding.map_err(|error| LoadError::Tokenizer(error.to_string()))?.get_ids().to_vec())
    }

    /// Token ids of a text, special tokens included, truncated to the model's limit.
    pub fn token_ids(&self, text: &str) -> Result<Vec<u32>, LoadError> {
        let mut ids = self.all_token_ids(text)?;
        if ids.len() > self.max_tokens {
            // The special token that ends a sequence stays.
            let end = ids[ids.len() - 1];
            ids.truncate(self.max_tokens - 1);
            ids.push(end);
        }
        Ok(ids)
    }

    /// Decodes the token ids of a text, without its special tokens; what the tokenizer normalised away is lost.
    /// `None` if the ids are not of this model's vocabulary: those of another model's seldom begin and end with this
    /// one's special tokens.
    pub fn decode_tokens(&self, tokens: &[u32]) -> Result<Option<String>, LoadError> {
        let frame = self.all_token_ids("")?;
        let size = self.tokenizer.get_vocab_size(true);
        let is_framed =
            tokens.len() >= frame.len() && tokens.first() == frame.first() && tokens.last() == frame.last();
        if !is_framed || tokens.iter().any(|id| *id as usize >= size) {
            return Ok(None);
        }
        self.tokenizer.decode(tokens, true).map(Some).map_err(|error| LoadError::Tokenizer(error.to_string()))
    }

    /// Byte ranges of a text's tokens, without special tokens; empty if the tokenizer fails.
    pub fn token_spans(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        let Ok(encoding) = self.tokenizer.encode(text, false) else {
            return Vec::new();
        };
        encoding.get_offsets().iter().map(|&(start, end)| start..end).collect()
    }

    /// Encodes each sequence of token ids to one unit vector. Runs in the current rayon pool.
    pub fn encode(&self, sequences: &[&[u32]]) -> Vec<Vec<f32>> {
        let hidden = self.hidden;
        let lengths: Vec<usize> = sequences.iter().map(|ids| ids.len()).collect();
        let rows: usize = lengths.iter().sum();
        let mut buffers = self.lock_buffers().pop().unwrap_or_default();
        let ForwardBuffers { x, qkv, mixed, context, inner, scratch } = &mut buffers;
        for (values, width) in [(&mut *x, hidden), (&mut *qkv, 3 * hidden), (&mut *mixed, hidden)] {
            values.resize(rows * width, 0.0);
        }
        context.resize(rows * hidden, 0.0);
        inner.resize(rows * self.layers.first().map_or(0, |layer| layer.up_bias.len()), 0.0);
        self.embed_tokens(sequences, x);
        self.norm.normalise_rows(x, &[]);
        for layer in &self.layers {
            layer.query_key_value.forward(x, qkv, scratch);
            let qkv = AttentionInput { qkv, query_bias: &layer.query_bias, hidden, heads: self.heads };
            compute_attention(&qkv, &lengths, mixed, context);
            layer.attention_out.add_forward(context, x, scratch);
            layer.attention_norm.normalise_rows(x, &layer.attention_bias);
            layer.up.forward(x, inner, scratch);
            inner.par_chunks_mut(layer.up_bias.len()).with_min_len(MIN_ROWS_PER_THREAD).for_each(|row| {
                add_assign(row, &layer.up_bias);
                rten_vecmath::Gelu {}.map_mut(row);
            });
            layer.down.add_forward(inner, x, scratch);
            layer.out_norm.normalise_rows(x, &layer.down_bias);
        }
        let vectors = self.pool_rows(x, &lengths);
        self.lock_buffers().push(buffers);
        vectors
    }

    /// Locks the list of idle buffers.
    fn lock_buffers(&self) -> MutexGuard<'_, Vec<ForwardBuffers>> {
        self.free_buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the sum of word and position embeddings into `x` `[tokens, hidden]`.
    fn embed_tokens(&self, sequences: &[&[u32]], x: &mut [f32]) {
        let hidden = self.hidden;
        let mut rows = x.chunks_exact_mut(hidden);
        for ids in sequences {
            for (position, (&id, row)) in ids.iter().zip(rows.by_ref()).enumerate() {
                // Only a tokenizer of another model has an id beyond the table.
                let word = (id as usize * hidden).min(self.word_embeddings.len() - hidden);
                let position = position * hidden;
                for ((value, word), position) in row
                    .iter_mut()
                    .zip(&self.word_embeddings[word..word + hidden])
                    .zip(&self.position_embeddings[position..position + hidden])
                {
                    *value = word + position;
                }
            }
        }
    }

    /// Pools the rows of each sequence in `x` `[tokens, hidden]` to a unit vector.
    fn pool_rows(&self, x: &[f32], lengths: &[usize]) -> Vec<Vec<f32>> {
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

#[cfg(test)]
mod tests;
