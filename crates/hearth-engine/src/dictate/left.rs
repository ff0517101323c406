//! What was said and has not become text: it failed, or whoever spoke was gone before.

use std::path::PathBuf;

use hearth_domain::{DictationId, LeftDictation, NotebookId, SPEECH_RATE};
use hearth_store::StoreError;
use jiff::Timestamp;
use tokio::fs::{self, File};

use super::kept::{self, HEADER};
use crate::{Engine, EngineError};

fn none(error: std::io::Error) -> EngineError {
    match error.kind() {
        std::io::ErrorKind::NotFound => StoreError::NotFound("dictation").into(),
        _ => StoreError::Io(error).into(),
    }
}

impl Engine {
    /// Those that are there, the latest first.
    pub async fn dictations(&self) -> Vec<LeftDictation> {
        let mut all = Vec::new();
        for (path, id) in kept::kept(self.0.store.folder()).await.into_iter().rev() {
            let Ok(about) = fs::metadata(&path).await else { continue };
            let (seconds, nanoseconds) = id.0.get_timestamp().map_or((0, 0), |at| at.to_unix());
            let at = Timestamp::new(seconds.cast_signed(), nanoseconds.cast_signed()).unwrap_or_default();
            let samples = about.len().saturating_sub(HEADER as u64) / 2;
            all.push(LeftDictation { id, at, seconds: samples as f64 / f64::from(SPEECH_RATE) });
        }
        all
    }

    /// The recording of one, a WAV file.
    pub fn dictation_file(&self, id: DictationId) -> PathBuf {
        kept::place(self.0.store.folder(), id)
    }

    /// Makes text of one; it stays until somebody who has the text deletes it.
    pub async fn write_dictation(
        &self,
        id: DictationId,
        notebook: Option<NotebookId>,
    ) -> Result<String, EngineError> {
        let file = File::open(self.dictation_file(id)).await.map_err(none)?;
        let transcriber = self.0.speech.transcriber(None)?;
        let mut options = self.dictation_options(notebook).await;
        let (heard, _) = self.write_down(file, &transcriber, &mut options).await?;
        Ok(heard.text())
    }

    pub async fn delete_dictation(&self, id: DictationId) -> Result<(), EngineError> {
        fs::remove_file(self.dictation_file(id)).await.map_err(none)
    }
}
