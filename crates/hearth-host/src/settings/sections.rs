//! The settings, by section; `config/hearth.toml` describes each.

use serde::{Deserialize, Serialize};

/// All settings, by section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Settings {
    pub node: NodeSettings,
    pub models: ModelSettings,
    pub embed: EmbedSettings,
    pub speech: SpeechSettings,
    pub chat: ChatSettings,
    pub ask: AnswerSettings,
    pub ingest: IngestSettings,
    pub fetch: FetchSettings,
    pub desktop: DesktopSettings,
}

/// Section `node`: address, names and allowed networks.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct NodeSettings {
    pub listen: String,
    pub name: String,
    pub names: Vec<String>,
    pub allow: Vec<String>,
}

/// Section `models`: downloads of models.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ModelSettings {
    pub hub: String,
}

/// Section `embed`: the embedder.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct EmbedSettings {
    pub model: String,
    pub threads: usize,
    pub precision: EmbedPrecision,
}

/// Numeric precision of the embedder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EmbedPrecision {
    Full,
    Int8,
}

/// Section `speech`: the transcriber.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct SpeechSettings {
    pub model: String,
    pub language: String,
    pub threads: usize,
    pub keep_minutes: u64,
}

/// Protocol of the language model server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatServer {
    Ollama,
    OpenAi,
}

/// Section `chat`: the language model server.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ChatSettings {
    pub server: ChatServer,
    pub address: String,
    pub fallbacks: Vec<String>,
    pub key: String,
    pub model: String,
    pub context: u32,
    pub max_answer: u32,
    pub temperature: f32,
    pub keep_alive: String,
    pub patience_seconds: u64,
}

/// Section `ask`: answers and guides.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct AnswerSettings {
    pub passages: usize,
    pub follow_ups: bool,
    pub guides: bool,
}

/// Section `ingest`: reading documents.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct IngestSettings {
    pub readers: usize,
    pub reader_memory_mb: u64,
    pub reader_seconds: u64,
    pub max_upload_mb: u64,
    pub max_text_chars: usize,
}

/// Section `fetch`: web pages.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct FetchSettings {
    pub allow_private: bool,
    pub max_mb: u64,
    pub seconds: u64,
}

/// Section `desktop`: window, hotkeys, microphone and reading aloud.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DesktopSettings {
    pub ask_keys: String,
    pub keep_running: bool,
    pub open_with: bool,
    pub microphone: String,
    pub microphone_ready: bool,
    pub read_aloud: ReadAloudPolicy,
    pub voice: String,
    pub voice_rate: f64,
}

/// Answers that are read aloud without being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadAloudPolicy {
    Never,
    Spoken,
    Always,
}
