//! For tests: scripted engines of every contract, a library in a scratch folder, and a clock that is moved by hand.
//!
//! Invariant: nothing that ships depends on this crate, and nothing here waits for a time to pass.

mod chat;
mod clock;
mod embedder;
mod library;
mod reader;
mod speech;

pub use chat::{SCRIPTED_MODEL, ScriptedChat, ScriptedReply};
pub use clock::TestClock;
pub use embedder::{WordEmbedder, WordEmbedders};
pub use library::{TestLibrary, WORD_EMBEDDER};
pub use reader::InProcessReader;
pub use speech::{ScriptedSpeech, WORD_SAMPLES};
