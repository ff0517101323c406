//! Voiceprints: what tells one person's voice from another's, as a vector.
//!
//! The encoder is CAM++ (Wang et al. 2023, "CAM++: A fast and efficient network for speaker verification using
//! context-aware masking", arXiv:2303.00332) with the weights that 3D-Speaker made of it for Chinese and English
//! (Apache-2.0). The cosine of two voiceprints tells how alike two voices are.

mod filterbank;
mod layers;
mod network;
mod weights;

use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use self::filterbank::{FRAME, Filterbank, HOP};
use self::network::Network;
pub use self::weights::VoiceError;
use self::weights::Weights;

/// Samples of the longest window that one voiceprint is of: 1.5 s at 16 kHz, as what it is compared with.
pub const VOICE_WINDOW: usize = 24_000;

/// The encoder, in memory.
pub struct VoiceEncoder {
    filterbank: Filterbank,
    network: Network,
    pool: ThreadPool,
}

impl VoiceEncoder {
    /// Reads the file of the weights; so many threads compute later (0 for one a core).
    pub fn load(file: &Path, threads: usize) -> Result<Self, VoiceError> {
        let weights = Weights::read(file)?;
        let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(|at| format!("voices-{at}"));
        Ok(Self {
            filterbank: Filterbank::new(),
            network: Network::new(&weights)?,
            pool: pool.build().map_err(std::io::Error::other)?,
        })
    }

    /// The voiceprints (192 values, of length one) of windows in `samples` (16 kHz), none longer than
    /// [`VOICE_WINDOW`]; what is shorter is heard again and again until it fills one.
    pub fn voiceprints(&self, samples: &[f32], windows: &[Range<usize>]) -> Vec<Vec<f32>> {
        let print = |window: &Range<usize>| {
            let heard: Vec<f32> =
                samples[window.clone()].iter().copied().cycle().take(VOICE_WINDOW).collect();
            self.network.voiceprint(&self.filterbank.frames(&heard))
        };
        self.pool.install(|| windows.par_iter().map(print).collect())
    }
}

/// Frames of a window.
const FRAMES: usize = 1 + (VOICE_WINDOW - FRAME) / HOP;
