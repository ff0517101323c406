//! Where recordings become text.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use hearth_domain::{
    Failure, SPEECH_RATE, SpeakerTurn, TranscribeError, TranscribeOptions, Transcriber, Transcript,
};
use hearth_store::StagedBlob;
use tokio::fs::File;
use uuid::Uuid;

use crate::{Engine, EngineError};

/// A recording as samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    pub seconds: f64,
    /// The stretches in which somebody speaks, in samples.
    pub speech: Vec<Range<usize>>,
    /// The same with what is around them, put together into parts that are short enough to be heard as one.
    pub parts: Vec<Range<usize>>,
    /// How loud it is in pieces of the same length, from 0 (silence) to 255.
    pub loudness: Vec<u8>,
    /// Pieces that were damaged and left out.
    pub damaged: u32,
    /// It is longer than what is read of one.
    pub is_cut: bool,
}

/// The ears of this machine.
#[async_trait]
pub trait Speech: Send + Sync {
    /// Reads a recording into a file of samples, and finds out where somebody speaks.
    async fn read(&self, recording: File, samples: &Path) -> Result<Recording, Failure>;

    /// The samples of a part of that file, at [`hearth_domain::SPEECH_RATE`].
    async fn part(&self, samples: &Path, part: Range<usize>) -> Result<Vec<f32>, Failure>;

    /// Who speaks when in those stretches of that file; nothing where that cannot be told: without a model that tells
    /// voices apart, or where there is one voice only. Tells the share that is done.
    async fn turns(
        &self,
        samples: &Path,
        speech: &[Range<usize>],
        progress: &(dyn Fn(f32) + Send + Sync),
    ) -> Result<Vec<SpeakerTurn>, Failure>;

    /// Where somebody speaks in some samples, from a first word to a pause.
    fn spoken(&self, samples: &[f32]) -> Vec<Range<usize>>;

    /// The language that is spoken here (ISO 639-1), where that was said; else it is heard.
    fn language(&self) -> Option<String>;

    /// A recogniser by its id, or the one in use.
    fn transcriber(&self, id: Option<&str>) -> Result<Arc<dyn Transcriber>, TranscribeError>;
}

/// A file that is gone when nobody needs it any more.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left is removed at the next start.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What was heard of a recording that is kept nowhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    pub transcript: Transcript,
    pub seconds: f64,
    pub model: String,
}

impl Engine {
    /// Writes a recording down for somebody who waits for it; nothing of it is kept.
    pub async fn transcribe(
        &self,
        recording: StagedBlob,
        model: Option<&str>,
        mut options: TranscribeOptions,
    ) -> Result<Heard, EngineError> {
        let transcriber = self.0.speech.transcriber(model)?;
        options.language = options.language.or_else(|| self.0.speech.language());
        let (transcript, seconds) =
            self.write_down(recording.reopened().await?, &transcriber, &mut options).await?;
        Ok(Heard { transcript, seconds, model: transcriber.id().to_owned() })
    }

    /// Writes down a file; with its length in seconds.
    pub(crate) async fn write_down(
        &self,
        file: File,
        transcriber: &Arc<dyn Transcriber>,
        options: &mut TranscribeOptions,
    ) -> Result<(Transcript, f64), EngineError> {
        let speech = &self.0.speech;
        transcriber.load().await?;
        let samples = Scratch(self.0.store.blobs().scratch(&format!("{}.samples", Uuid::now_v7())));
        let read = {
            let _reading = self.0.reading.acquire().await.expect("nobody closes it");
            speech.read(file, &samples.0).await.map_err(EngineError::Recording)?
        };
        let mut whole = Transcript::default();
        options.is_speech = true;
        for part in read.parts {
            let clip = speech.part(&samples.0, part.clone()).await.map_err(EngineError::Recording)?;
            let heard = transcriber.transcribe(&clip, options).await?;
            options.language = options.language.take().or_else(|| heard.language.clone());
            whole.append(heard, part.start as u64 * 1000 / u64::from(SPEECH_RATE));
        }
        whole.language = whole.language.or_else(|| options.language.clone());
        Ok((whole, read.seconds))
    }
}
