//! A whisper model without training that always says the same words: each token asks for the next one. Loading,
//! encoding and decoding are the real ones; what it "hears" does not depend on the recording.

use std::path::Path;

use hearth_domain::SPEECH_RATE;
use hearth_host::Directories;

const VOCABULARY: u32 = 51_864; // of a model for English alone
const KNOWN: u32 = 50_257;
const START: u32 = 50_257;
const END: u32 = 50_256;
const FIRST_TIME: u32 = 50_363;
/// Where the words stand in the vocabulary.
const WORDS: u32 = 1000;
const STATE: usize = 64;
const AUDIO_CONTEXT: usize = 1500;
const TEXT_CONTEXT: usize = 448;
const MELS: usize = 80;
const BINS: usize = 201;
/// How far apart tokens lie, and how hard one asks for the next.
const APART: f32 = 4.0;
const HARD: f32 = 10.0;

/// A model, as a file of whisper.cpp's, that says these words (sixty at most).
///
/// # Panics
/// When there are more words.
pub fn scripted_whisper(text: &str) -> Vec<u8> {
    let words: Vec<&str> = text.split_whitespace().collect();
    // From the start over the first time to the words and the end.
    let chain: Vec<u32> = [START, FIRST_TIME]
        .into_iter()
        .chain((0..words.len() as u32).map(|n| WORDS + n))
        .chain([END])
        .collect();
    assert!(chain.len() <= STATE, "sixty words at most");
    let mut file = Model::default();
    file.numbers(&[0x6767_6d6c]);
    let state = STATE as u32;
    let (audio, words_context, mels) = (AUDIO_CONTEXT as u32, TEXT_CONTEXT as u32, MELS as u32);
    file.numbers(&[VOCABULARY, audio, state, 1, 1, words_context, state, 1, 1, mels, 1]);
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
    let waves = (0..AUDIO_CONTEXT * STATE).map(|at| {
        let (position, dimension) = (at / STATE, at % STATE);
        (position as f32 / 10_000_f32.powf(dimension as f32 / STATE as f32)).sin()
    });
    file.full("encoder.positional_embedding", &[STATE, AUDIO_CONTEXT], &waves.collect::<Vec<f32>>());
    file.half("encoder.conv1.weight", &[3, MELS, STATE], &[]);
    file.full("encoder.conv1.bias", &[1, STATE], &[0.0; STATE]);
    file.half("encoder.conv2.weight", &[3, STATE, STATE], &[]);
    file.full("encoder.conv2.bias", &[1, STATE], &[0.0; STATE]);
    file.norm("encoder.ln_post");
    file.block("encoder.blocks.0.", &["attn"], &[]);
    file.full("decoder.positional_embedding", &[STATE, TEXT_CONTEXT], &vec![0.0; STATE * TEXT_CONTEXT]);
    let embedding = chain.iter().enumerate().map(|(at, token)| (*token as usize * STATE + at, APART));
    file.half(
        "decoder.token_embedding.weight",
        &[STATE, VOCABULARY as usize],
        &embedding.collect::<Vec<_>>(),
    );
    file.norm("decoder.ln");
    let asks: Vec<(usize, f32)> = (1..chain.len()).map(|next| (next * 4 * STATE + next - 1, HARD)).collect();
    file.block("decoder.blocks.0.", &["attn", "cross_attn"], &asks);
    file.bytes
}

#[derive(Default)]
struct Model {
    bytes: Vec<u8>,
}

impl Model {
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
            self.bytes[start + 2 * at..start + 2 * at + 2].copy_from_slice(&to_half(*value).to_le_bytes());
        }
    }

    fn norm(&mut self, name: &str) {
        self.full(&format!("{name}.weight"), &[STATE], &[1.0; STATE]);
        self.full(&format!("{name}.bias"), &[STATE], &[0.0; STATE]);
    }

    /// A block whose attention adds nothing, and whose second half adds `asks` of what it sees.
    fn block(&mut self, name: &str, attentions: &[&str], asks: &[(usize, f32)]) {
        self.norm(&format!("{name}mlp_ln"));
        let same: Vec<(usize, f32)> = (0..STATE).map(|at| (at * STATE + at, 1.0)).collect();
        let same = if asks.is_empty() { &[][..] } else { &same };
        self.half(&format!("{name}mlp.0.weight"), &[STATE, 4 * STATE], same);
        self.full(&format!("{name}mlp.0.bias"), &[4 * STATE], &[0.0; 4 * STATE]);
        self.half(&format!("{name}mlp.2.weight"), &[4 * STATE, STATE], asks);
        self.full(&format!("{name}mlp.2.bias"), &[STATE], &[0.0; STATE]);
        for attention in attentions {
            let name = format!("{name}{attention}");
            self.norm(&format!("{name}_ln"));
            for part in ["query", "key", "value", "out"] {
                self.half(&format!("{name}.{part}.weight"), &[STATE, STATE], &[]);
                if part != "key" {
                    self.full(&format!("{name}.{part}.bias"), &[STATE], &[0.0; STATE]);
                }
            }
        }
    }
}

/// Half precision of a small whole number.
fn to_half(value: f32) -> u16 {
    let bits = value.to_bits();
    let exponent = (bits >> 23 & 0xff) as i32 - 127 + 15;
    ((exponent as u16) << 10) | (bits >> 13 & 0x3ff) as u16
}

/// A home of models (`HF_HOME`) in a folder, with the embedder in it and nothing else.
///
/// # Panics
/// When it cannot be made.
pub fn models_home(folder: &Path) -> String {
    let known = Directories::find(None).unwrap().models;
    let name = "models--sentence-transformers--all-MiniLM-L6-v2";
    let home = folder.join("home");
    std::fs::create_dir_all(home.join("hub")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(known.join(name), home.join("hub").join(name)).unwrap();
    home.display().to_string()
}

/// Speech for a recording, said by espeak-ng: a WAV.
///
/// # Panics
/// When it is not installed, which `cargo xtask test` does.
pub fn spoken(text: &str) -> Vec<u8> {
    let output = std::process::Command::new("espeak-ng").args(["--stdout", "-v", "en", text]).output();
    let output = output.expect("espeak-ng is there; `cargo xtask test` installs it");
    assert!(output.status.success() && output.stdout.len() > 1000, "espeak-ng says something");
    output.stdout
}

/// The samples of a WAV of [`spoken`], at 16 kHz; good enough to be understood.
///
/// # Panics
/// When it is none.
pub fn samples(wav: &[u8]) -> Vec<f32> {
    let rate = u32::from_le_bytes(wav[24..28].try_into().unwrap());
    let value = |two: &[u8]| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0;
    let all: Vec<f32> = wav[44..].chunks_exact(2).map(value).collect();
    let step = rate as f32 / SPEECH_RATE as f32;
    let between = |at: f32| {
        let (before, after) = (all[at as usize], all.get(at as usize + 1).copied().unwrap_or(0.0));
        before + (after - before) * at.fract()
    };
    (0..(all.len() as f32 / step) as usize).map(|n| between(n as f32 * step)).collect()
}
