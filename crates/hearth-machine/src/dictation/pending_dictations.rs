//! Pending dictations: recorded, not yet text, after a failure or an undelivered text.

use std::path::PathBuf;

use hearth_domain::{DictationId, NotebookId, PendingDictation, SPEECH_SAMPLE_RATE};
use jiff::Timestamp;
use tokio::fs::{self, File};

use super::recording_file::{self, WAV_HEADER_BYTES};
use crate::{DictationLibrary, Machine, MachineError};

fn map_not_found(error: std::io::Error) -> MachineError {
    match error.kind() {
        std::io::ErrorKind::NotFound => MachineError::NotFound("dictation"),
        _ => MachineError::Io(error),
    }
}

impl Machine {
    /// Pending dictations, latest first.
    pub async fn list_pending_dictations(&self) -> Vec<PendingDictation> {
        let mut all = Vec::new();
        for (path, id) in recording_file::list_recordings(&self.0.folder).await.into_iter().rev() {
            let Ok(metadata) = fs::metadata(&path).await else { continue };
            let (seconds, nanoseconds) = id.0.get_timestamp().map_or((0, 0), |at| at.to_unix());
            let at = Timestamp::new(seconds.cast_signed(), nanoseconds.cast_signed()).unwrap_or_default();
            let samples = metadata.len().saturating_sub(WAV_HEADER_BYTES as u64) / 2;
            all.push(PendingDictation { id, at, seconds: samples as f64 / f64::from(SPEECH_SAMPLE_RATE) });
        }
        all
    }

    /// Path of a pending dictation's recording, a WAV file.
    pub fn pending_dictation_path(&self, id: DictationId) -> PathBuf {
        recording_file::recording_path(&self.0.folder, id)
    }

    /// Transcribes a pending dictation, which stays until a recipient of the text deletes it.
    pub async fn transcribe_pending_dictation(
        &self,
        id: DictationId,
        notebook: Option<NotebookId>,
        library: &dyn DictationLibrary,
    ) -> Result<String, MachineError> {
        let file = File::open(self.pending_dictation_path(id)).await.map_err(map_not_found)?;
        let transcriber = self.0.engines.transcriber(None)?;
        let mut options = self.build_transcribe_options(notebook, library).await;
        let (transcript, _) = self.transcribe_file(file.into_std().await, &transcriber, &mut options).await?;
        Ok(transcript.text())
    }

    /// Deletes a pending dictation.
    pub async fn delete_pending_dictation(&self, id: DictationId) -> Result<(), MachineError> {
        fs::remove_file(self.pending_dictation_path(id)).await.map_err(map_not_found)
    }
}
