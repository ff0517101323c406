//! A file of whisper.cpp's: the head, the vocabulary, and the weights of a model that was never trained.

use half::f16;

use crate::random::Random;

const VOCABULARY: u32 = 51_864; // of a model for English alone
const KNOWN: u32 = 50_257;
pub(super) const START: u32 = 50_257;
pub(super) const END: u32 = 50_256;
pub(super) const FIRST_TIME: u32 = 50_363;
/// Where the words stand in the vocabulary.
pub(super) const WORDS: u32 = 1000;
const AUDIO_CONTEXT: usize = 1500;
const TEXT_CONTEXT: usize = 448;
const MELS: usize = 80;
const BINS: usize = 201;
/// The values by which places are told apart; the others tell the words of a place apart.
const PLACES: usize = 64;
/// How far what is heard moves the choice of a word, and what the decoder's other blocks do.
const HEARD: f32 = 6.0;
const FAINT: f32 = 0.02;

/// How large a model is, and how many words each place has.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) state: usize,
    pub(super) layers: usize,
    pub(super) choices: usize,
    pub(super) is_random: bool,
}

impl Shape {
    /// How far apart places lie, and how hard one asks for the next: harder where other values take part.
    fn apart(self) -> f32 {
        if self.is_random { 16.0 } else { 4.0 }
    }

    fn hard(self) -> f32 {
        if self.is_random { 40.0 } else { 10.0 }
    }
}

pub(super) struct Model {
    pub(super) bytes: Vec<u8>,
    shape: Shape,
    random: Random,
}

impl Model {
    pub(super) fn new(shape: Shape, words: &[String]) -> Self {
        let mut file = Self { bytes: Vec::new(), shape, random: Random(7) };
        file.numbers(&[0x6767_6d6c]);
        let (state, heads, layers) = (shape.state as u32, (shape.state / 64) as u32, shape.layers as u32);
        let (audio, text, mels) = (AUDIO_CONTEXT as u32, TEXT_CONTEXT as u32, MELS as u32);
        file.numbers(&[VOCABULARY, audio, state, heads, layers, text, state, heads, layers, mels, 1]);
        file.numbers(&[mels, BINS as u32]);
        // Each filter takes two bins of its own.
        let mut filters = vec![0.0; MELS * BINS];
        for mel in 0..MELS {
            filters[mel * BINS + 1 + 2 * mel..][..2].fill(0.5);
        }
        file.floats(&filters);
        file.numbers(&[KNOWN]);
        for id in 0..KNOWN {
            let word = match words.get(id.wrapping_sub(WORDS) as usize) {
                Some(word) => format!(" {word}"),
                // whisper looks for the blank by itself.
                None if id == 220 => " ".to_owned(),
                None => format!("t{id}"),
            };
            file.numbers(&[word.len() as u32]);
            file.bytes.extend(word.bytes());
        }
        file
    }

    pub(super) fn encoder(&mut self) {
        let state = self.shape.state;
        let waves = (0..AUDIO_CONTEXT * state).map(|at| {
            let (position, dimension) = (at / state, at % state);
            (position as f32 / 10_000_f32.powf(dimension as f32 / state as f32)).sin()
        });
        self.full("encoder.positional_embedding", &[state, AUDIO_CONTEXT], &waves.collect::<Vec<f32>>());
        let strength = if self.shape.is_random { 1.0 } else { 0.0 };
        self.random("encoder.conv1.weight", &[3, MELS, state], 3 * MELS, 4.0 * strength);
        self.full("encoder.conv1.bias", &[1, state], &vec![0.0; state]);
        self.random("encoder.conv2.weight", &[3, state, state], 3 * state, 4.0 * strength);
        self.full("encoder.conv2.bias", &[1, state], &vec![0.0; state]);
        self.norm("encoder.ln_post");
        for layer in 0..self.shape.layers {
            let block = format!("encoder.blocks.{layer}.");
            self.attention(&format!("{block}attn"), strength);
            self.perceptron(&block, strength);
        }
    }

    /// The words of each place ask for the next place.
    pub(super) fn decoder(&mut self, chain: &[Vec<u32>]) {
        let state = self.shape.state;
        let none = vec![0.0; state * TEXT_CONTEXT];
        self.full("decoder.positional_embedding", &[state, TEXT_CONTEXT], &none);
        let mut embedding = Vec::new();
        for (place, tokens) in chain.iter().enumerate() {
            for token in tokens {
                let start = *token as usize * state;
                embedding.push((start + place, self.shape.apart()));
                if tokens.len() > 1 {
                    embedding.extend((PLACES..state).map(|at| (start + at, self.next())));
                }
            }
        }
        self.half("decoder.token_embedding.weight", &[state, VOCABULARY as usize], &embedding);
        self.norm("decoder.ln");
        let (faint, heard) = if self.shape.is_random { (FAINT, HEARD) } else { (0.0, 0.0) };
        for layer in 0..self.shape.layers {
            let block = format!("decoder.blocks.{layer}.");
            let is_last = layer + 1 == self.shape.layers;
            self.attention(&format!("{block}attn"), faint);
            self.attention(&format!("{block}cross_attn"), if is_last { heard } else { faint });
            if !is_last {
                self.perceptron(&block, faint);
                continue;
            }
            let same: Vec<(usize, f32)> = (0..PLACES).map(|at| (at * state + at, 1.0)).collect();
            let asks: Vec<(usize, f32)> =
                (1..chain.len()).map(|next| (next * 4 * state + next - 1, self.shape.hard())).collect();
            self.norm(&format!("{block}mlp_ln"));
            self.half(&format!("{block}mlp.0.weight"), &[state, 4 * state], &same);
            self.full(&format!("{block}mlp.0.bias"), &[4 * state], &vec![0.0; 4 * state]);
            self.half(&format!("{block}mlp.2.weight"), &[4 * state, state], &asks);
            self.full(&format!("{block}mlp.2.bias"), &[state], &vec![0.0; state]);
        }
    }

    fn attention(&mut self, name: &str, strength: f32) {
        let state = self.shape.state;
        self.norm(&format!("{name}_ln"));
        for part in ["query", "key", "value", "out"] {
            // What comes out is added to what was there.
            let strength = if part == "out" { strength } else { strength.min(1.0) };
            self.random(&format!("{name}.{part}.weight"), &[state, state], state, strength);
            if part != "key" {
                self.full(&format!("{name}.{part}.bias"), &[state], &vec![0.0; state]);
            }
        }
    }

    fn perceptron(&mut self, block: &str, strength: f32) {
        let state = self.shape.state;
        self.norm(&format!("{block}mlp_ln"));
        self.random(&format!("{block}mlp.0.weight"), &[state, 4 * state], state, strength);
        self.full(&format!("{block}mlp.0.bias"), &[4 * state], &vec![0.0; 4 * state]);
        self.random(&format!("{block}mlp.2.weight"), &[4 * state, state], 4 * state, strength);
        self.full(&format!("{block}mlp.2.bias"), &[state], &vec![0.0; state]);
    }

    fn norm(&mut self, name: &str) {
        let state = self.shape.state;
        self.full(&format!("{name}.weight"), &[state], &vec![1.0; state]);
        self.full(&format!("{name}.bias"), &[state], &vec![0.0; state]);
    }

    /// From -1 to 1, always the same ones.
    fn next(&mut self) -> f32 {
        self.random.unit() * 2.0 - 1.0
    }

    fn numbers(&mut self, numbers: &[u32]) {
        self.bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    }

    fn floats(&mut self, floats: &[f32]) {
        self.bytes.extend(floats.iter().flat_map(|float| float.to_le_bytes()));
    }

    fn head(&mut self, name: &str, shape: &[usize], kind: u32) {
        self.numbers(&[shape.len() as u32, name.len() as u32, kind]);
        self.numbers(&shape.iter().map(|size| *size as u32).collect::<Vec<u32>>());
        self.bytes.extend(name.bytes());
    }

    fn full(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        assert_eq!(values.len(), shape.iter().product::<usize>(), "{name}");
        self.head(name, shape, 0);
        self.floats(values);
    }

    /// In half precision, zero but for some values.
    fn half(&mut self, name: &str, shape: &[usize], values: &[(usize, f32)]) {
        self.head(name, shape, 1);
        let start = self.bytes.len();
        self.bytes.resize(start + 2 * shape.iter().product::<usize>(), 0);
        for (at, value) in values {
            let value = f16::from_f32(*value).to_le_bytes();
            self.bytes[start + 2 * at..start + 2 * at + 2].copy_from_slice(&value);
        }
    }

    /// In half precision, random, so that what comes of so many values is about as strong as one of them. In the decoder
    /// nothing of it reaches the values by which places are told apart.
    fn random(&mut self, name: &str, shape: &[usize], of: usize, strength: f32) {
        self.head(name, shape, 1);
        let scale = strength * (3.0 / of as f32).sqrt();
        let is_added = name.ends_with("out.weight") || name.ends_with("mlp.2.weight");
        let spared = if is_added && name.starts_with("decoder") { PLACES * shape[0] } else { 0 };
        for at in 0..shape.iter().product::<usize>() {
            let value = if strength == 0.0 || at < spared { 0.0 } else { self.next() * scale };
            self.bytes.extend(f16::from_f32(value).to_le_bytes());
        }
    }
}
