//! Whisper models without training: a scripted one always gives the same words, a random one is as large as a real one
//! and chooses its words by the recording. Loading, encoding and decoding are the real ones.

mod model_file;

use std::path::Path;

use hearth_client::Client;
use hearth_domain::{ModelTask, SPEECH_SAMPLE_RATE};
use hearth_host::Directories;
use hearth_wire::NewModel;
use hearth_wire::operations::AddModel;

use self::model_file::{END_TOKEN, FIRST_TIME_TOKEN, FIRST_WORD_TOKEN, ModelFile, ModelShape, START_TOKEN};

/// Model, as a file of whisper.cpp's, that transcribes every recording as the same words (sixty at most).
///
/// # Panics
/// When there are more words.
pub fn build_scripted_whisper(text: &str) -> Vec<u8> {
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    build_model(ModelShape { state: 64, layers: 1, choices: 1, is_random: false }, &words)
}

/// Size of whisper's tiny model: values of a state, layers of each half.
pub const TINY_SIZE: (usize, usize) = (384, 4);
/// Size of whisper's base model: values of a state, layers of each half.
pub const BASE_SIZE: (usize, usize) = (512, 6);
/// Words among which a model of [`build_random_whisper`] chooses at each position.
const CHOICES_PER_POSITION: usize = 8;

/// Model with a real one's size and random weights; it transcribes a recording as `positions` words (sixty at most),
/// which depend on the recording.
///
/// # Panics
/// When there are more words.
pub fn build_random_whisper((state, layers): (usize, usize), positions: usize) -> Vec<u8> {
    let word = |n: usize| format!("w{}c{}", n / CHOICES_PER_POSITION, n % CHOICES_PER_POSITION);
    let words: Vec<String> = (0..positions * CHOICES_PER_POSITION).map(word).collect();
    build_model(ModelShape { state, layers, choices: CHOICES_PER_POSITION, is_random: true }, &words)
}

/// Model file in which each token predicts the words of the next position.
fn build_model(shape: ModelShape, words: &[String]) -> Vec<u8> {
    // From the start over the first time to the words and the end.
    let mut chain = vec![vec![START_TOKEN], vec![FIRST_TIME_TOKEN]];
    let ids: Vec<u32> = (0..words.len() as u32).map(|index| FIRST_WORD_TOKEN + index).collect();
    chain.extend(ids.chunks(shape.choices).map(<[u32]>::to_vec));
    chain.push(vec![END_TOKEN]);
    assert!(chain.len() <= 64, "sixty words at most");
    let mut file = ModelFile::new(shape, words);
    file.write_encoder();
    file.write_decoder(&chain);
    file.bytes
}

/// Creates a home of models (`HF_HOME`) in a folder, with the embedder in it and nothing else; returns its path.
///
/// # Panics
/// When it cannot be created.
pub fn create_models_home(folder: &Path) -> String {
    let models = Directories::from_environment(None).unwrap().models;
    let name = "models--sentence-transformers--all-MiniLM-L6-v2";
    let home = folder.join("home");
    std::fs::create_dir_all(home.join("hub")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(models.join(name), home.join("hub").join(name)).unwrap();
    home.display().to_string()
}

/// Adds a model of [`build_scripted_whisper`] to a node, which uses it if it has no other.
///
/// # Panics
/// When the node refuses it.
pub async fn add_scripted_whisper(client: &Client, folder: &Path, id: &str, transcript: &str) {
    let file = folder.join(format!("{id}.bin"));
    std::fs::write(&file, build_scripted_whisper(transcript)).unwrap();
    let path = file.display().to_string();
    let new = NewModel { id: id.into(), path, task: Some(ModelTask::Transcribe) };
    client.call::<AddModel>(&[], &(), &new).await.unwrap();
}

/// Speech of a text, synthesised by espeak-ng: a WAV.
///
/// # Panics
/// When espeak-ng is not installed; `cargo xtask test` installs it.
pub fn synthesise_speech(text: &str) -> Vec<u8> {
    synthesise_speech_with("en", text)
}

fn synthesise_speech_with(voice: &str, text: &str) -> Vec<u8> {
    let output = std::process::Command::new("espeak-ng").args(["--stdout", "-v", voice, text]).output();
    let output = output.expect("espeak-ng is there; `cargo xtask test` installs it");
    assert!(output.status.success() && output.stdout.len() > 1000, "espeak-ng gives speech");
    output.stdout
}

/// Samples of a WAV of [`synthesise_speech`] at 16 kHz, by linear interpolation; good enough to be transcribed.
///
/// # Panics
/// When it is no WAV.
pub fn decode_wav(wav: &[u8]) -> Vec<f32> {
    let rate = u32::from_le_bytes(wav[24..28].try_into().unwrap());
    let value = |bytes: &[u8]| f32::from(i16::from_le_bytes([bytes[0], bytes[1]])) / 32_768.0;
    let source: Vec<f32> = wav[44..].chunks_exact(2).map(value).collect();
    let step = rate as f32 / SPEECH_SAMPLE_RATE as f32;
    let interpolate = |position: f32| {
        let index = position as usize;
        let (before, after) = (source[index], source.get(index + 1).copied().unwrap_or(0.0));
        before + (after - before) * position.fract()
    };
    (0..(source.len() as f32 / step) as usize).map(|n| interpolate(n as f32 * step)).collect()
}

/// Adds the voice encoder to a home of [`create_models_home`].
///
/// # Panics
/// When it cannot be linked.
pub fn add_speaker_model(folder: &Path) {
    let models = Directories::from_environment(None).unwrap().models;
    let name = "models--3D-Speaker--campplus-zh-en";
    assert!(models.join(name).is_dir(), "`cargo xtask test` downloads {name}");
    #[cfg(unix)]
    std::os::unix::fs::symlink(models.join(name), folder.join("home").join("hub").join(name)).unwrap();
}

/// Conversation of two speakers, each with a voice of espeak-ng's and half a second between them: a WAV.
///
/// # Panics
/// When espeak-ng is not installed.
pub fn synthesise_conversation() -> Vec<u8> {
    let [question, answer] = [("en+f4", QUESTION_TEXT), ("en+m3", ANSWER_TEXT)]
        .map(|(voice, text)| synthesise_speech_with(voice, text));
    let rate = u32::from_le_bytes(question[24..28].try_into().unwrap()) as usize;
    let mut wav = [question.as_slice(), &vec![0; rate / 2 * 2], &answer[44..]].concat();
    // espeak-ng writes to a stream and leaves the lengths in the header unset.
    let length = wav.len() as u32;
    wav[4..8].copy_from_slice(&(length - 8).to_le_bytes());
    wav[40..44].copy_from_slice(&(length - 44).to_le_bytes());
    wav
}

/// Sentences of the first speaker of a conversation.
const QUESTION_TEXT: &str =
    "How often is the burner cleaned? Every year, I suppose, or is it every second year?";
/// Sentence of the second speaker of a conversation.
const ANSWER_TEXT: &str =
    "Clean the burner once a year before the heating season, with a soft brush and never with water.";
/// Transcript that a scripted model gives of a [`synthesise_conversation`]: one sentence of each speaker.
pub const CONVERSATION_TRANSCRIPT: &str =
    "How often is the burner cleaned this year? Clean the burner once a year before the heating season.";
