//! Engines as a library asks a machine for them.

use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{EmbedError, Embedder, Failure, SpeakerSegment, TokenSpans, TranscribeError, Transcriber};

/// An embedder with its tokeniser.
#[derive(Clone)]
pub struct EmbeddingModel {
    pub embedder: Arc<dyn Embedder>,
    pub token_spans: Arc<dyn TokenSpans>,
}

/// The embedders that there are.
pub trait EmbedderCatalogue: Send + Sync {
    /// An embedder by its id; its files may be missing until it is used.
    fn embedding_model(&self, id: &str) -> Result<EmbeddingModel, EmbedError>;
}

/// A decoded recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecodedRecording {
    pub seconds: f64,
    /// Speech spans, in samples.
    pub speech_spans: Vec<Range<usize>>,
    /// Speech spans with the silence around them, joined into parts that are short enough for one
    /// transcription.
    pub parts: Vec<Range<usize>>,
    /// Loudness in pieces of equal length, from 0 (silence) to 255.
    pub loudness: Vec<u8>,
    /// Damaged pieces that were left out.
    pub damaged: u32,
    /// True if the recording is longer than the limit and was truncated.
    pub is_truncated: bool,
}

/// Engines for recordings and speech.
#[async_trait]
pub trait SpeechEngines: Send + Sync {
    /// Decodes a recording into a file of samples, and detects speech in it.
    async fn decode_recording(&self, recording: File, samples: &Path) -> Result<DecodedRecording, Failure>;

    /// Samples of a part of that file, at [`crate::SPEECH_SAMPLE_RATE`].
    async fn read_samples(&self, samples: &Path, part: Range<usize>) -> Result<Vec<f32>, Failure>;

    /// Diarisation: the speaker segments in speech spans of that file; none without a voice encoder, or if
    /// there is one voice only. Reports the share done.
    async fn diarise_recording(
        &self,
        samples: &Path,
        speech: &[Range<usize>],
        progress: &(dyn Fn(f32) + Send + Sync),
    ) -> Result<Vec<SpeakerSegment>, Failure>;

    /// Speech spans in samples, each from a first word to a pause.
    fn detect_speech(&self, samples: &[f32]) -> Vec<Range<usize>>;

    /// Language of speech in the settings (ISO 639-1), or `None` if it is detected.
    fn speech_language(&self) -> Option<String>;

    /// A transcriber by its id, or the one in use.
    fn transcriber(&self, id: Option<&str>) -> Result<Arc<dyn Transcriber>, TranscribeError>;
}
