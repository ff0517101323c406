//! The ears of this node: recordings read by confined processes, and the speech model in use.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hearth_domain::{Failure, GraphicsProblem, SPEECH_RATE, SpeakerTurn, TranscribeError, Transcriber};
use hearth_engine::{Recording, Speech};
use hearth_host::Settings;
use hearth_models::{VOICE_WINDOW, VoiceEncoder};
use hearth_speech::{
    Graphics, RecordingError, SpeechWorker, Voices, Whisper, WhisperSettings, look_over, read_part, speech,
    voice_windows,
};
use hearth_worker::Limits;
use tokio::fs::File;

use crate::compose::Composition;
use crate::metrics::ModelTimes;
use crate::models::LocalModels;

/// What the models of the catalogue do that hear.
pub(crate) const TRANSCRIBE: &str = "transcribe";
/// And what those do that tell voices apart.
pub(crate) const SPEAKERS: &str = "speakers";
/// The one that is spoken of where none is on this machine.
const DEFAULT: &str = "whisper-base";
/// From the best: where nothing was chosen, the first of these that is on this machine is used.
const PREFERRED: [&str; 4] =
    ["whisper-large-v3-turbo-q5_0", "whisper-small", "whisper-small-q5_1", "whisper-base"];
/// Address space of a process with a large model in it, in bytes.
const MEMORY: u64 = 12 << 30;
/// Seconds that a day's recording may take to be read.
const PATIENCE: u64 = 1800;

pub(crate) struct LocalSpeech {
    models: Arc<LocalModels>,
    reader: SpeechWorker,
    ears: SpeechWorker,
    settings: WhisperSettings,
    language: Option<String>,
    chosen: Mutex<String>,
    /// One model is in memory.
    used: Mutex<Option<Whisper>>,
    /// Held while voices are told apart.
    telling: tokio::sync::Mutex<()>,
}

impl LocalSpeech {
    pub(crate) fn new(parts: &Composition, models: &Arc<LocalModels>) -> Self {
        let Settings { speech, ingest, .. } = &parts.settings;
        let worker = |memory_bytes| {
            let limits = Limits {
                memory_bytes,
                seconds: PATIENCE,
                input_bytes: ingest.max_upload_mb << 20,
                ..Limits::default()
            };
            SpeechWorker::new(parts.worker.clone(), &["worker", "speech"], limits)
        };
        Self {
            models: Arc::clone(models),
            // A recording stands whole in its reader's memory.
            reader: worker((ingest.reader_memory_mb + ingest.max_upload_mb) << 20),
            ears: worker(MEMORY),
            settings: WhisperSettings {
                threads: speech.threads,
                keep: Duration::from_secs(speech.keep_minutes * 60),
                graphics: Graphics::new(parts.graphics),
            },
            language: Some(speech.language.clone()).filter(|code| !code.is_empty()),
            chosen: Mutex::new(speech.model.clone()),
            used: Mutex::default(),
            telling: tokio::sync::Mutex::default(),
        }
    }

    /// Uses another model from the next recording on.
    pub(crate) fn choose(&self, id: &str) {
        id.clone_into(&mut self.chosen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The model in use, and why that one; whether it is on this machine.
    pub(crate) fn chosen(&self) -> (String, &'static str, bool) {
        let chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !chosen.is_empty() {
            let is_here = self.models.is_here(&chosen);
            return (chosen, "chosen in the settings", is_here);
        }
        let here: Vec<String> = self
            .models
            .entries()
            .into_iter()
            .filter(|entry| entry.task == TRANSCRIBE && self.models.cache.find(entry).is_some())
            .map(|entry| entry.id)
            .collect();
        let best =
            PREFERRED.iter().find(|id| here.iter().any(|other| other == *id)).map(|id| (*id).to_owned());
        match best.or_else(|| here.into_iter().next()) {
            Some(best) => (best, "the best that is on this machine", true),
            None => (DEFAULT.to_owned(), "the default", false),
        }
    }

    /// The id and the file of the model that tells voices apart, where it is on this machine.
    pub(crate) fn voices(&self) -> Option<(&str, PathBuf)> {
        self.models.of(SPEAKERS).find_map(|entry| {
            let file = self.models.cache.find(entry)?.path(&entry.files.first()?.path);
            Some((entry.id.as_str(), file))
        })
    }

    /// Whether a model is in memory.
    pub(crate) fn is_loaded(&self, id: &str) -> bool {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.as_ref().is_some_and(|whisper| whisper.id() == id && whisper.is_loaded())
    }

    /// What the model in use did so far.
    pub(crate) fn times(&self) -> Option<ModelTimes> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.as_ref().map(|whisper| {
            let times = whisper.times();
            ModelTimes {
                id: whisper.id().to_owned(),
                loaded: whisper.is_loaded(),
                load_seconds: times.load.as_secs_f64(),
                busy_seconds: times.busy.as_secs_f64(),
                batches: times.clips,
            }
        })
    }

    /// Why a model is on the processor though it was to be on the graphics card.
    pub(crate) fn graphics_problem(&self, id: &str) -> Option<GraphicsProblem> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.as_ref().filter(|whisper| whisper.id() == id).and_then(Whisper::graphics_problem)
    }

    /// The graphics card, as the models see it.
    pub(crate) fn graphics(&self) -> &Graphics {
        &self.settings.graphics
    }

    /// Lets go of a model whose files are deleted.
    pub(crate) fn forget(&self, id: &str) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.take_if(|whisper| whisper.id() == id);
    }

    fn model(&self, id: &str) -> Result<Whisper, TranscribeError> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(whisper) = used.as_ref().filter(|whisper| whisper.id() == id) {
            return Ok(whisper.clone());
        }
        let entry = self.models.entry(id).filter(|entry| entry.task == TRANSCRIBE);
        let entry = entry.ok_or_else(|| TranscribeError::Unknown(id.to_owned()))?;
        let files = self.models.cache.find(&entry).ok_or_else(|| TranscribeError::Missing(id.to_owned()))?;
        let file = entry.files.first().ok_or_else(|| TranscribeError::Unknown(id.to_owned()))?;
        let whisper = Whisper::new(id, files.path(&file.path), self.ears.clone(), self.settings.clone());
        *used = Some(whisper.clone());
        Ok(whisper)
    }
}

fn failure(error: &RecordingError) -> Failure {
    let code = match error {
        RecordingError::Refused { code, .. } => code.as_str(),
        RecordingError::TooLong(_) => "TOO_LARGE",
        RecordingError::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => "RESOURCE_EXHAUSTED",
        RecordingError::Crashed | RecordingError::Unavailable(_) | RecordingError::Io(_) => "INTERNAL",
    };
    Failure { code: code.to_owned(), message: error.to_string() }
}

fn unread(error: &dyn std::fmt::Display) -> Failure {
    Failure {
        code: "INTERNAL".into(),
        message: format!("the recording's samples could not be read: {error}"),
    }
}

#[async_trait]
impl Speech for LocalSpeech {
    async fn read(&self, recording: File, samples: &Path) -> Result<Recording, Failure> {
        let decoded = self.reader.decode(recording, samples).await.map_err(|error| failure(&error))?;
        let path = samples.to_owned();
        let overview = tokio::task::spawn_blocking(move || look_over(&path)).await;
        let overview = overview.map_err(|error| unread(&error))?.map_err(|error| unread(&error))?;
        Ok(Recording {
            seconds: decoded.samples as f64 / f64::from(SPEECH_RATE),
            speech: overview.speech,
            parts: overview.parts,
            loudness: overview.loudness,
            damaged: decoded.damaged,
            is_cut: decoded.is_cut,
        })
    }

    async fn part(&self, samples: &Path, part: Range<usize>) -> Result<Vec<f32>, Failure> {
        let path = samples.to_owned();
        let read = tokio::task::spawn_blocking(move || read_part(&path, part)).await;
        read.map_err(|error| unread(&error))?.map_err(|error| unread(&error))
    }

    async fn turns(
        &self,
        samples: &Path,
        speech: &[Range<usize>],
        progress: &(dyn Fn(f32) + Send + Sync),
    ) -> Result<Vec<SpeakerTurn>, Failure> {
        let Some((_, file)) = self.voices() else { return Ok(Vec::new()) };
        let untold = |error: &dyn std::fmt::Display| Failure {
            code: "INFERENCE_FAILED".into(),
            message: format!("who speaks could not be told: {error}"),
        };
        // Each has the encoder in memory, and all processors at work.
        let _telling = self.telling.lock().await;
        let threads = self.settings.threads;
        let encoder = tokio::task::spawn_blocking(move || VoiceEncoder::load(&file, threads)).await;
        let encoder = Arc::new(encoder.map_err(|error| untold(&error))?.map_err(|error| untold(&error))?);
        let groups = voice_windows(speech, VOICE_WINDOW);
        let (count, mut voices) = (groups.len() as f32, Voices::default());
        for (at, windows) in groups.into_iter().enumerate() {
            progress(at as f32 / count);
            let range = windows[0].start..windows[windows.len() - 1].end;
            let heard = self.part(samples, range.clone()).await?;
            let encoder = Arc::clone(&encoder);
            let gathered = tokio::task::spawn_blocking(move || {
                let here = |window: &Range<usize>| window.start - range.start..window.end - range.start;
                let here: Vec<_> = windows.iter().map(here).collect();
                for (window, print) in windows.into_iter().zip(encoder.voiceprints(&heard, &here)) {
                    voices.push(window, &print);
                }
                voices
            });
            voices = gathered.await.map_err(|error| untold(&error))?;
        }
        let turns = tokio::task::spawn_blocking(move || voices.finish()).await;
        turns.map_err(|error| untold(&error))
    }

    fn spoken(&self, samples: &[f32]) -> Vec<Range<usize>> {
        speech(samples)
    }

    fn language(&self) -> Option<String> {
        self.language.clone()
    }

    fn transcriber(&self, id: Option<&str>) -> Result<Arc<dyn Transcriber>, TranscribeError> {
        let (chosen, ..) = self.chosen();
        Ok(Arc::new(self.model(id.unwrap_or(&chosen))?))
    }
}
