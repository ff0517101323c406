//! Encoders against reference vectors of sentence-transformers, transformers, candle and 3D-Speaker.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod architectures;
mod candle;
mod minilm;
mod voiceprints;
