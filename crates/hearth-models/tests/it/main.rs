//! Encoders against reference vectors of sentence-transformers, transformers, candle and 3D-Speaker; downloads from a
//! hub on this computer.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod architectures;
mod candle;
mod download;
mod minilm;
mod voiceprints;
