//! Speech: recordings become text.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use hearth_domain::{
    Failure, SPEECH_SAMPLE_RATE, SpeakerSegment, TranscribeError, TranscribeOptions, Transcriber, Transcript,
};
use hearth_store::StagedBlob;
use tokio::fs::File;
use uuid::Uuid;

use crate::{Library, LibraryError};

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

/// Speech engines of this machine.
#[async_trait]
pub trait SpeechEngines: Send + Sync {
    /// Decodes a recording into a file of samples, and detects speech in it.
    async fn decode_recording(&self, recording: File, samples: &Path) -> Result<DecodedRecording, Failure>;

    /// Samples of a part of that file, at [`hearth_domain::SPEECH_SAMPLE_RATE`].
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

/// A temporary file, removed when dropped.
pub(crate) struct TemporaryFile(pub(crate) PathBuf);

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // A file that is left is removed at the next start.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Transcript of a recording that is not stored.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordingTranscript {
    pub transcript: Transcript,
    pub seconds: f64,
    pub model: String,
}

impl Library {
    /// Transcribes a recording for a waiting caller; nothing of it is stored.
    pub async fn transcribe_recording(
        &self,
        recording: StagedBlob,
        model: Option<&str>,
        mut options: TranscribeOptions,
    ) -> Result<RecordingTranscript, LibraryError> {
        let transcriber = self.0.speech.transcriber(model)?;
        options.language = options.language.or_else(|| self.0.speech.speech_language());
        let (transcript, seconds) =
            self.transcribe_file(recording.open_for_reading().await?, &transcriber, &mut options).await?;
        Ok(RecordingTranscript { transcript, seconds, model: transcriber.id().to_owned() })
    }

    /// Transcribes a file; also returns its length in seconds.
    pub(crate) async fn transcribe_file(
        &self,
        file: File,
        transcriber: &Arc<dyn Transcriber>,
        options: &mut TranscribeOptions,
    ) -> Result<(Transcript, f64), LibraryError> {
        let speech = &self.0.speech;
        transcriber.load().await?;
        let samples =
            TemporaryFile(self.0.store.blobs().scratch_path(&format!("{}.samples", Uuid::now_v7())));
        let read = {
            let _reading = self.0.read_permits.acquire().await.expect("nobody closes it");
            speech.decode_recording(file, &samples.0).await.map_err(LibraryError::Recording)?
        };
        let mut whole = Transcript::default();
        options.is_speech = true;
        for part in read.parts {
            let clip =
                speech.read_samples(&samples.0, part.clone()).await.map_err(LibraryError::Recording)?;
            let heard = transcriber.transcribe(&clip, options).await?;
            options.language = options.language.take().or_else(|| heard.language.clone());
            whole.append(heard, part.start as u64 * 1000 / u64::from(SPEECH_SAMPLE_RATE));
        }
        whole.language = whole.language.or_else(|| options.language.clone());
        Ok((whole, read.seconds))
    }
}
