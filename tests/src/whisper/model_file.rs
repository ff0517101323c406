//! A model file of whisper.cpp's: the header, the vocabulary, and the weights of a model that was never trained.

use half::f16;

use crate::random::Random;

/// Tokens of a model for English alone.
const VOCABULARY_SIZE: u32 = 51_864;
/// Tokens whose text is in the file.
const NAMED_TOKENS: u32 = 50_257;
pub(super) const START_TOKEN: u32 = 50_257;
pub(super) const END_TOKEN: u32 = 50_256;
pub(super) const FIRST_TIME_TOKEN: u32 = 50_363;
/// First token of the words in the vocabulary.
pub(super) const FIRST_WORD_TOKEN: u32 = 1000;
const AUDIO_CONTEXT: usize = 1500;
const TEXT_CONTEXT: usize = 448;
const MEL_BANDS: usize = 80;
const FREQUENCY_BINS: usize = 201;
/// Values of a state that encode the position; the others distinguish the words of a position.
const POSITION_VALUES: usize = 64;
/// Strength with which the recording moves the choice of a word.
const AUDIO_STRENGTH: f32 = 6.0;
/// Strength of the decoder's other blocks.
const NOISE_STRENGTH: f32 = 0.02;

/// Size of a model: values of a state, layers of each half, and words to choose from at each position.
#[derive(Clone, Copy)]
pub(super) struct ModelShape {
    pub(super) state: usize,
    pub(super) layers: usize,
    pub(super) choices: usize,
    pub(super) is_random: bool,
}

impl ModelShape {
    /// Strength of the position in a token's embedding: larger in a random model, where other values take part.
    fn position_strength(self) -> f32 {
        if self.is_random { 16.0 } else { 4.0 }
    }

    /// Strength with which a position predicts the next one.
    fn next_position_strength(self) -> f32 {
        if self.is_random { 40.0 } else { 10.0 }
    }
}

/// A model file that is being written.
pub(super) struct ModelFile {
    pub(super) bytes: Vec<u8>,
    shape: ModelShape,
    random: Random,
}

impl ModelFile {
    /// File with the header, the filters and the vocabulary.
    pub(super) fn new(shape: ModelShape, words: &[String]) -> Self {
        let mut file = Self { bytes: Vec::new(), shape, random: Random(7) };
        file.write_numbers(&[0x6767_6d6c]);
        let (state, heads, layers) = (shape.state as u32, (shape.state / 64) as u32, shape.layers as u32);
        let (audio, text, mels) = (AUDIO_CONTEXT as u32, TEXT_CONTEXT as u32, MEL_BANDS as u32);
        file.write_numbers(&[
            VOCABULARY_SIZE,
            audio,
            state,
            heads,
            layers,
            text,
            state,
            heads,
            layers,
            mels,
            1,
        ]);
        file.write_numbers(&[mels, FREQUENCY_BINS as u32]);
        // Each filter takes two bins of its own.
        let mut filters = vec![0.0; MEL_BANDS * FREQUENCY_BINS];
        for mel in 0..MEL_BANDS {
            filters[mel * FREQUENCY_BINS + 1 + 2 * mel..][..2].fill(0.5);
        }
        file.write_floats(&filters);
        file.write_numbers(&[NAMED_TOKENS]);
        for id in 0..NAMED_TOKENS {
            let word = match words.get(id.wrapping_sub(FIRST_WORD_TOKEN) as usize) {
                Some(word) => format!(" {word}"),
                // whisper looks for the blank by itself.
                None if id == 220 => " ".to_owned(),
                None => format!("t{id}"),
            };
            file.write_numbers(&[word.len() as u32]);
            file.bytes.extend(word.bytes());
        }
        file
    }

    /// Writes the encoder; its weights are zero unless the model is random.
    pub(super) fn write_encoder(&mut self) {
        let state = self.shape.state;
        let waves = (0..AUDIO_CONTEXT * state).map(|index| {
            let (position, dimension) = (index / state, index % state);
            (position as f32 / 10_000_f32.powf(dimension as f32 / state as f32)).sin()
        });
        self.write_f32_tensor(
            "encoder.positional_embedding",
            &[state, AUDIO_CONTEXT],
            &waves.collect::<Vec<f32>>(),
        );
        let strength = if self.shape.is_random { 1.0 } else { 0.0 };
        self.write_random_tensor(
            "encoder.conv1.weight",
            &[3, MEL_BANDS, state],
            3 * MEL_BANDS,
            4.0 * strength,
        );
        self.write_f32_tensor("encoder.conv1.bias", &[1, state], &vec![0.0; state]);
        self.write_random_tensor("encoder.conv2.weight", &[3, state, state], 3 * state, 4.0 * strength);
        self.write_f32_tensor("encoder.conv2.bias", &[1, state], &vec![0.0; state]);
        self.write_norm("encoder.ln_post");
        for layer in 0..self.shape.layers {
            let block = format!("encoder.blocks.{layer}.");
            self.write_attention(&format!("{block}attn"), strength);
            self.write_perceptron(&block, strength);
        }
    }

    /// Writes the decoder, in which the tokens of each position predict those of the next.
    pub(super) fn write_decoder(&mut self, chain: &[Vec<u32>]) {
        let state = self.shape.state;
        let zeros = vec![0.0; state * TEXT_CONTEXT];
        self.write_f32_tensor("decoder.positional_embedding", &[state, TEXT_CONTEXT], &zeros);
        let mut embedding = Vec::new();
        for (position, tokens) in chain.iter().enumerate() {
            for token in tokens {
                let start = *token as usize * state;
                embedding.push((start + position, self.shape.position_strength()));
                if tokens.len() > 1 {
                    embedding
                        .extend((POSITION_VALUES..state).map(|value| (start + value, self.next_weight())));
                }
            }
        }
        self.write_sparse_tensor(
            "decoder.token_embedding.weight",
            &[state, VOCABULARY_SIZE as usize],
            &embedding,
        );
        self.write_norm("decoder.ln");
        let (noise, audio) = if self.shape.is_random { (NOISE_STRENGTH, AUDIO_STRENGTH) } else { (0.0, 0.0) };
        for layer in 0..self.shape.layers {
            let block = format!("decoder.blocks.{layer}.");
            let is_last = layer + 1 == self.shape.layers;
            self.write_attention(&format!("{block}attn"), noise);
            self.write_attention(&format!("{block}cross_attn"), if is_last { audio } else { noise });
            if !is_last {
                self.write_perceptron(&block, noise);
                continue;
            }
            let identity: Vec<(usize, f32)> =
                (0..POSITION_VALUES).map(|value| (value * state + value, 1.0)).collect();
            let successors: Vec<(usize, f32)> = (1..chain.len())
                .map(|next| (next * 4 * state + next - 1, self.shape.next_position_strength()))
                .collect();
            self.write_norm(&format!("{block}mlp_ln"));
            self.write_sparse_tensor(&format!("{block}mlp.0.weight"), &[state, 4 * state], &identity);
            self.write_f32_tensor(&format!("{block}mlp.0.bias"), &[4 * state], &vec![0.0; 4 * state]);
            self.write_sparse_tensor(&format!("{block}mlp.2.weight"), &[4 * state, state], &successors);
            self.write_f32_tensor(&format!("{block}mlp.2.bias"), &[state], &vec![0.0; state]);
        }
    }

    fn write_attention(&mut self, name: &str, strength: f32) {
        let state = self.shape.state;
        self.write_norm(&format!("{name}_ln"));
        for part in ["query", "key", "value", "out"] {
            // The output is added to the block's input.
            let strength = if part == "out" { strength } else { strength.min(1.0) };
            self.write_random_tensor(&format!("{name}.{part}.weight"), &[state, state], state, strength);
            if part != "key" {
                self.write_f32_tensor(&format!("{name}.{part}.bias"), &[state], &vec![0.0; state]);
            }
        }
    }

    fn write_perceptron(&mut self, block: &str, strength: f32) {
        let state = self.shape.state;
        self.write_norm(&format!("{block}mlp_ln"));
        self.write_random_tensor(&format!("{block}mlp.0.weight"), &[state, 4 * state], state, strength);
        self.write_f32_tensor(&format!("{block}mlp.0.bias"), &[4 * state], &vec![0.0; 4 * state]);
        self.write_random_tensor(&format!("{block}mlp.2.weight"), &[4 * state, state], 4 * state, strength);
        self.write_f32_tensor(&format!("{block}mlp.2.bias"), &[state], &vec![0.0; state]);
    }

    fn write_norm(&mut self, name: &str) {
        let state = self.shape.state;
        self.write_f32_tensor(&format!("{name}.weight"), &[state], &vec![1.0; state]);
        self.write_f32_tensor(&format!("{name}.bias"), &[state], &vec![0.0; state]);
    }

    /// Next random weight, from -1 to 1; the sequence is always the same.
    fn next_weight(&mut self) -> f32 {
        self.random.next_unit() * 2.0 - 1.0
    }

    fn write_numbers(&mut self, numbers: &[u32]) {
        self.bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    }

    fn write_floats(&mut self, floats: &[f32]) {
        self.bytes.extend(floats.iter().flat_map(|float| float.to_le_bytes()));
    }

    /// Writes the header of a tensor; `kind` is 0 for f32 and 1 for f16.
    fn write_tensor_header(&mut self, name: &str, shape: &[usize], kind: u32) {
        self.write_numbers(&[shape.len() as u32, name.len() as u32, kind]);
        self.write_numbers(&shape.iter().map(|size| *size as u32).collect::<Vec<u32>>());
        self.bytes.extend(name.bytes());
    }

    /// Writes a tensor of f32 values.
    fn write_f32_tensor(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        assert_eq!(values.len(), shape.iter().product::<usize>(), "{name}");
        self.write_tensor_header(name, shape, 0);
        self.write_floats(values);
    }

    /// Writes a tensor of f16 values that is zero but for the values at some indices.
    fn write_sparse_tensor(&mut self, name: &str, shape: &[usize], values: &[(usize, f32)]) {
        self.write_tensor_header(name, shape, 1);
        let start = self.bytes.len();
        self.bytes.resize(start + 2 * shape.iter().product::<usize>(), 0);
        for (index, value) in values {
            let value = f16::from_f32(*value).to_le_bytes();
            self.bytes[start + 2 * index..start + 2 * index + 2].copy_from_slice(&value);
        }
    }

    /// Writes a tensor of random f16 values, scaled so that an output of `inputs` values is about as strong as one of
    /// them. In the decoder it does not reach the values that encode the position.
    fn write_random_tensor(&mut self, name: &str, shape: &[usize], inputs: usize, strength: f32) {
        self.write_tensor_header(name, shape, 1);
        let scale = strength * (3.0 / inputs as f32).sqrt();
        let is_added = name.ends_with("out.weight") || name.ends_with("mlp.2.weight");
        let zero_count = if is_added && name.starts_with("decoder") { POSITION_VALUES * shape[0] } else { 0 };
        for index in 0..shape.iter().product::<usize>() {
            let value = if strength == 0.0 || index < zero_count { 0.0 } else { self.next_weight() * scale };
            self.bytes.extend(f16::from_f32(value).to_le_bytes());
        }
    }
}
