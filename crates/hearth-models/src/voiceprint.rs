//! Voiceprints (speaker embeddings): vectors that distinguish the voices of speakers.
//!
//! The voice encoder is CAM++ (Wang et al. 2023, "CAM++: A fast and efficient network for speaker
//! verification using context-aware masking", arXiv:2303.00332) with 3D-Speaker's weights for Chinese and
//! English (Apache-2.0). The cosine of two voiceprints measures the similarity of two voices.

mod filterbank;
mod layers;
mod network;
mod weights;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use hearth_domain::{VoiceEncodeError, VoiceEncoder};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use self::filterbank::Filterbank;
pub use self::filterbank::VOICEPRINT_WINDOW_SAMPLES;
use self::network::Network;
pub use self::weights::VoiceEncoderError;
use self::weights::Weights;

/// Loaded voice encoder with its thread pool. Cheap to clone.
#[derive(Clone)]
pub struct LocalVoiceEncoder(Arc<Encoder>);

struct Encoder {
    filterbank: Filterbank,
    network: Network,
    pool: ThreadPool,
}

impl LocalVoiceEncoder {
    /// Loads the file of the weights; `threads` threads compute (0: one per core).
    pub fn load(file: &Path, threads: usize) -> Result<Self, VoiceEncoderError> {
        let weights = Weights::read(file)?;
        let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(|at| format!("voices-{at}"));
        Ok(Self(Arc::new(Encoder {
            filterbank: Filterbank::new(),
            network: Network::new(&weights)?,
            pool: pool.build().map_err(std::io::Error::other)?,
        })))
    }

    /// Computes the voiceprints (unit vectors of 192 values) of windows in `samples` (16 kHz). A window is
    /// cut at [`VOICEPRINT_WINDOW_SAMPLES`]; a shorter one is repeated until it fills that.
    pub fn compute_voiceprints(&self, samples: &[f32], windows: &[Range<usize>]) -> Vec<Vec<f32>> {
        let compute = |window: &Range<usize>| {
            let window_samples: Vec<f32> =
                samples[window.clone()].iter().copied().cycle().take(VOICEPRINT_WINDOW_SAMPLES).collect();
            self.0.network.compute_voiceprint(&self.0.filterbank.compute_features(&window_samples))
        };
        self.0.pool.install(|| windows.par_iter().map(compute).collect())
    }
}

#[async_trait]
impl VoiceEncoder for LocalVoiceEncoder {
    async fn encode_voices(
        &self,
        samples: Vec<f32>,
        windows: Vec<Range<usize>>,
    ) -> Result<Vec<Vec<f32>>, VoiceEncodeError> {
        let encoder = self.clone();
        tokio::task::spawn_blocking(move || encoder.compute_voiceprints(&samples, &windows))
            .await
            .map_err(|error| VoiceEncodeError::Failed(error.to_string()))
    }
}
