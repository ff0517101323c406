//! What can be set, by section; `config/hearth.toml` says what each is.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Settings {
    pub node: Node,
    pub models: Models,
    pub embed: Embed,
    pub speech: Speech,
    pub chat: Chat,
    pub ask: Ask,
    pub ingest: Ingest,
    pub fetch: Fetch,
    pub desktop: Desktop,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Node {
    pub listen: String,
    pub name: String,
    pub names: Vec<String>,
    pub allow: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Models {
    pub hub: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Embed {
    pub model: String,
    pub threads: usize,
    pub precision: EmbedPrecision,
}

/// How exactly the embedder computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EmbedPrecision {
    Full,
    Int8,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Speech {
    pub model: String,
    pub language: String,
    pub threads: usize,
    pub keep_minutes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatServer {
    Ollama,
    OpenAi,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Chat {
    pub server: ChatServer,
    pub address: String,
    pub key: String,
    pub model: String,
    pub context: u32,
    pub max_answer: u32,
    pub temperature: f32,
    pub keep_alive: String,
    pub patience_seconds: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Ask {
    pub passages: usize,
    pub follow_ups: bool,
    pub guides: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Ingest {
    pub readers: usize,
    pub reader_memory_mb: u64,
    pub reader_seconds: u64,
    pub max_upload_mb: u64,
    pub max_text_chars: usize,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Fetch {
    pub allow_private: bool,
    pub max_mb: u64,
    pub seconds: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Desktop {
    pub ask_keys: String,
    pub keep_running: bool,
    pub open_with: bool,
    pub microphone: String,
    pub microphone_ready: bool,
    pub read_aloud: ReadAloud,
    pub voice: String,
    pub voice_rate: f64,
}

/// Which answers are read aloud by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadAloud {
    Never,
    Spoken,
    Always,
}
