//! Transcription of recordings that are not sources.

use std::fs::File;
use std::sync::Arc;

use hearth_domain::{SPEECH_SAMPLE_RATE, TranscribeOptions, Transcriber, Transcript};

use crate::{Machine, MachineError};

/// Transcript of a recording that is not stored.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordingTranscript {
    pub transcript: Transcript,
    pub seconds: f64,
    pub model: String,
}

impl Machine {
    /// Transcribes a recording for a waiting caller; nothing of it is stored.
    pub async fn transcribe_recording(
        &self,
        recording: File,
        model: Option<&str>,
        mut options: TranscribeOptions,
    ) -> Result<RecordingTranscript, MachineError> {
        let transcriber = self.0.engines.transcriber(model)?;
        options.language = options.language.or_else(|| self.0.engines.speech_language());
        let (transcript, seconds) = self.transcribe_file(recording, &transcriber, &mut options).await?;
        Ok(RecordingTranscript { transcript, seconds, model: transcriber.id().to_owned() })
    }

    /// Transcribes a file; also returns its length in seconds.
    pub(crate) async fn transcribe_file(
        &self,
        file: File,
        transcriber: &Arc<dyn Transcriber>,
        options: &mut TranscribeOptions,
    ) -> Result<(Transcript, f64), MachineError> {
        let speech = &self.0.engines;
        transcriber.load().await?;
        std::fs::create_dir_all(&self.0.scratch)?;
        let samples = tempfile::NamedTempFile::new_in(&self.0.scratch)?.into_temp_path();
        let decoded = {
            let _permit = self.0.decoding_permits.acquire().await.expect("the semaphore is never closed");
            speech.decode_recording(file, &samples).await.map_err(MachineError::Recording)?
        };
        let mut transcript = Transcript::default();
        options.is_speech = true;
        for part in decoded.parts {
            let clip = speech.read_samples(&samples, part.clone()).await.map_err(MachineError::Recording)?;
            let segment = transcriber.transcribe(&clip, options).await?;
            options.language = options.language.take().or_else(|| segment.language.clone());
            transcript.append(segment, part.start as u64 * 1000 / u64::from(SPEECH_SAMPLE_RATE));
        }
        transcript.language = transcript.language.or_else(|| options.language.clone());
        Ok((transcript, decoded.seconds))
    }
}
