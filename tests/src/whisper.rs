//! Whisper models without training: one always says the same words, the other is as large as a real one and chooses its
//! words by what it hears. Loading, encoding and decoding are the real ones.

mod file;

use std::path::Path;

use hearth_client::Client;
use hearth_domain::SPEECH_RATE;
use hearth_host::Directories;
use hearth_wire::NewModel;
use hearth_wire::operations::AddModel;

use self::file::{END, FIRST_TIME, Model, START, Shape, WORDS};

/// A model, as a file of whisper.cpp's, that says these words (sixty at most): what it "hears" does not depend on the
/// recording.
///
/// # Panics
/// When there are more words.
pub fn scripted_whisper(text: &str) -> Vec<u8> {
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    model(Shape { state: 64, layers: 1, choices: 1, is_random: false }, &words)
}

/// The size of whisper's tiny and base model: values of a state, layers of each half.
pub const TINY: (usize, usize) = (384, 4);
pub const BASE: (usize, usize) = (512, 6);
/// Words that a model of [`random_whisper`] has for each place.
const CHOICES: usize = 8;

/// A model of a real one's size with random weights, that says so many words (sixty at most); which ones depends on
/// the recording.
///
/// # Panics
/// When there are more words.
pub fn random_whisper((state, layers): (usize, usize), places: usize) -> Vec<u8> {
    let word = |n: usize| format!("w{}c{}", n / CHOICES, n % CHOICES);
    let words: Vec<String> = (0..places * CHOICES).map(word).collect();
    model(Shape { state, layers, choices: CHOICES, is_random: true }, &words)
}

/// Each token asks for those of the next place.
fn model(shape: Shape, words: &[String]) -> Vec<u8> {
    // From the start over the first time to the words and the end.
    let mut chain = vec![vec![START], vec![FIRST_TIME]];
    let ids: Vec<u32> = (0..words.len() as u32).map(|nth| WORDS + nth).collect();
    chain.extend(ids.chunks(shape.choices).map(<[u32]>::to_vec));
    chain.push(vec![END]);
    assert!(chain.len() <= 64, "sixty words at most");
    let mut file = Model::new(shape, words);
    file.encoder();
    file.decoder(&chain);
    file.bytes
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

/// Adds a model of [`scripted_whisper`] to a node, which uses it where it has no other.
///
/// # Panics
/// When the node does not take it.
pub async fn add_scripted(client: &Client, folder: &Path, id: &str, words: &str) {
    let file = folder.join(format!("{id}.bin"));
    std::fs::write(&file, scripted_whisper(words)).unwrap();
    let path = file.display().to_string();
    let new = NewModel { id: id.into(), path, task: Some("transcribe".into()) };
    client.call::<AddModel>(&[], &(), &new).await.unwrap();
}

/// Speech for a recording, said by espeak-ng: a WAV.
///
/// # Panics
/// When it is not installed, which `cargo xtask test` does.
pub fn spoken(text: &str) -> Vec<u8> {
    spoken_by("en", text)
}

fn spoken_by(voice: &str, text: &str) -> Vec<u8> {
    let output = std::process::Command::new("espeak-ng").args(["--stdout", "-v", voice, text]).output();
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

/// Puts the model that tells voices apart into a home of [`models_home`].
///
/// # Panics
/// When it cannot be linked.
pub fn voices_too(folder: &Path) {
    let known = Directories::find(None).unwrap().models;
    let name = "models--3D-Speaker--campplus-zh-en";
    assert!(known.join(name).is_dir(), "`cargo xtask test` brings {name}");
    #[cfg(unix)]
    std::os::unix::fs::symlink(known.join(name), folder.join("home").join("hub").join(name)).unwrap();
}

/// Two who speak after each other, half a second between them, each by a voice of espeak-ng's: a WAV.
///
/// # Panics
/// When espeak-ng is not installed.
pub fn conversation() -> Vec<u8> {
    let [asks, answers] = [("en+f4", ASKS), ("en+m3", ANSWERS)].map(|(voice, text)| spoken_by(voice, text));
    let rate = u32::from_le_bytes(asks[24..28].try_into().unwrap()) as usize;
    let mut wav = [asks.as_slice(), &vec![0; rate / 2 * 2], &answers[44..]].concat();
    // espeak-ng, which does not know how much will come, writes no lengths.
    let length = wav.len() as u32;
    wav[4..8].copy_from_slice(&(length - 8).to_le_bytes());
    wav[40..44].copy_from_slice(&(length - 44).to_le_bytes());
    wav
}

const ASKS: &str = "How often is the burner cleaned? Every year, I suppose, or is it every second year?";
const ANSWERS: &str =
    "Clean the burner once a year before the heating season, with a soft brush and never with water.";
/// What a scripted model writes of a [`conversation`], a sentence of each.
pub const CONVERSATION: &str =
    "How often is the burner cleaned this year? Clean the burner once a year before the heating season.";
