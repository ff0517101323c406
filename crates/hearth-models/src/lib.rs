//! Models that run on this machine: the catalogue, the model cache, downloads, the embedder and the voice
//! encoder.
//!
//! Invariants: a model file is used only after its checksum was verified once; models are loaded on first
//! use; requests whose caller is gone are skipped.

mod bert;
mod cache;
mod catalogue;
mod download;
mod embedder;
mod linear;
mod voiceprint;

pub use bert::{BertEncoder, LoadError};
pub use cache::{ModelCache, ModelFiles};
pub use catalogue::{
    Catalogue, CatalogueEntry, CatalogueError, EmbedderParameters, FileEntry, Pooling, PypiPackage,
};
pub use download::{DownloadError, DownloadProgress, download_model};
pub use embedder::LocalEmbedder;
pub use linear::Precision;
pub use voiceprint::{LocalVoiceEncoder, VOICEPRINT_WINDOW_SAMPLES, VoiceEncoderError};
