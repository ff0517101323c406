//! The encoder against reference vectors that sentence-transformers and transformers made.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod architectures;
mod candle;
mod minilm;
mod voices;
