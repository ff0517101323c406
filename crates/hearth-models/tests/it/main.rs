//! The encoder against reference vectors that sentence-transformers and transformers made.

mod architectures;
mod minilm;
