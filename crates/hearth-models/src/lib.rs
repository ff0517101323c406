//! The models that this machine runs itself: the catalogue, the cache they are kept in, the
//! embedder, and the encoder that tells voices apart.
//!
//! Invariants: a model file is used only after its checksum was verified once; nothing is loaded
//! before it is needed; work that nobody waits for any more is not done.

mod bert;
mod cache;
mod catalogue;
mod download;
mod embedder;
mod linear;
mod voice;

pub use bert::{BertEncoder, LoadError, Precision};
pub use cache::{ModelCache, ModelFiles};
pub use catalogue::{Catalogue, CatalogueEntry, CatalogueError, EmbedShape, FileEntry, Pooling, PypiPackage};
pub use download::{DownloadError, Progress, download};
pub use embedder::LocalEmbedder;
pub use voice::{VOICE_WINDOW, VoiceEncoder, VoiceError};
