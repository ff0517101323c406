//! Speech engines of this node: recordings decoded by confined processes, and the speech model in use.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hearth_domain::{
    DecodedRecording, ErrorCode, Failure, GraphicsProblem, ModelTask, SPEECH_SAMPLE_RATE, SpeakerSegment,
    SpeechEngines, TranscribeError, Transcriber, VoiceEncodeError, VoiceEncoder,
};
use hearth_host::Settings;
use hearth_models::{LocalVoiceEncoder, VOICEPRINT_WINDOW_SAMPLES};
use hearth_speech::{
    Diariser, GraphicsCard, RecordingError, SpeechWorker, WhisperSettings, WhisperTranscriber,
    analyse_recording, detect_speech, read_part, select_voiceprint_windows,
};
use hearth_worker::Limits;

use crate::{LocalModels, ModelTimes};

/// Model that is named if none is on this machine.
const DEFAULT_MODEL: &str = "whisper-base";
/// Speech models from the best: without a choice, the first of these that is on this machine is used.
const PREFERRED_MODELS: [&str; 4] =
    ["whisper-large-v3-turbo-q5_0", "whisper-small", "whisper-small-q5_1", "whisper-base"];
/// Address space of a worker with a large model, in bytes.
const WORKER_MEMORY_BYTES: u64 = 12 << 30;
/// Time limit of a worker in seconds: enough to decode a day's recording.
const WORKER_TIMEOUT_SECONDS: u64 = 1800;

/// Speech engines of this machine: workers, the chosen model, diarisation.
pub struct LocalSpeech {
    models: Arc<LocalModels>,
    decoding_worker: SpeechWorker,
    transcription_worker: SpeechWorker,
    settings: WhisperSettings,
    language: Option<String>,
    chosen_model: Mutex<String>,
    /// The one model in memory.
    loaded_model: Mutex<Option<WhisperTranscriber>>,
    /// Lock held during diarisation.
    diarisation_lock: tokio::sync::Mutex<()>,
}

impl LocalSpeech {
    /// Engines by the settings; `worker` is the program that serves as worker, `graphics` lets models try the card.
    pub fn new(settings: &Settings, worker: &Path, graphics: bool, models: &Arc<LocalModels>) -> Self {
        let Settings { speech, ingest, .. } = settings;
        let program = worker;
        let worker = |memory_bytes| {
            let limits = Limits {
                memory_bytes,
                seconds: WORKER_TIMEOUT_SECONDS,
                input_bytes: ingest.max_upload_mb << 20,
                ..Limits::default()
            };
            SpeechWorker::new(program.to_owned(), &["worker", "speech"], limits)
        };
        Self {
            models: Arc::clone(models),
            // The decoding worker holds a whole recording in memory.
            decoding_worker: worker((ingest.reader_memory_mb + ingest.max_upload_mb) << 20),
            transcription_worker: worker(WORKER_MEMORY_BYTES),
            settings: WhisperSettings {
                threads: speech.threads,
                idle_timeout: Duration::from_secs(speech.keep_minutes * 60),
                graphics: GraphicsCard::new(graphics),
            },
            language: Some(speech.language.clone()).filter(|code| !code.is_empty()),
            chosen_model: Mutex::new(speech.model.clone()),
            loaded_model: Mutex::default(),
            diarisation_lock: tokio::sync::Mutex::default(),
        }
    }

    /// Chooses another model, from the next recording on.
    pub fn choose_model(&self, id: &str) {
        id.clone_into(&mut self.chosen_model.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Id of the model in use, the reason for it, and true if it is on this machine.
    pub fn chosen_model(&self) -> (String, &'static str, bool) {
        let chosen = self.chosen_model.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !chosen.is_empty() {
            let is_on_machine = self.models.is_on_machine(&chosen);
            return (chosen, "chosen in the settings", is_on_machine);
        }
        let installed: Vec<String> = self
            .models
            .list_entries()
            .into_iter()
            .filter(|entry| {
                entry.task == ModelTask::Transcribe && self.models.cache.find_files(entry).is_some()
            })
            .map(|entry| entry.id)
            .collect();
        let best = PREFERRED_MODELS
            .iter()
            .find(|id| installed.iter().any(|other| other == *id))
            .map(|id| (*id).to_owned());
        match best.or_else(|| installed.into_iter().next()) {
            Some(best) => (best, "the best that is on this machine", true),
            None => (DEFAULT_MODEL.to_owned(), "the default", false),
        }
    }

    /// Id and file of the voice encoder, or `None` if it is not on this machine.
    pub fn find_voice_encoder(&self) -> Option<(&str, PathBuf)> {
        self.models.task_entries(ModelTask::Speakers).find_map(|entry| {
            let file = self.models.cache.find_files(entry)?.path(&entry.files.first()?.path);
            Some((entry.id.as_str(), file))
        })
    }

    /// True if a model is in memory.
    pub fn is_loaded(&self, id: &str) -> bool {
        let loaded = self.loaded_model.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.as_ref().is_some_and(|whisper| whisper.id() == id && whisper.is_loaded())
    }

    /// Load and inference times of the model in use.
    pub fn model_times(&self) -> Option<ModelTimes> {
        let loaded = self.loaded_model.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.as_ref().map(|whisper| {
            let times = whisper.work_times();
            ModelTimes {
                id: whisper.id().to_owned(),
                loaded: whisper.is_loaded(),
                load_seconds: times.load.as_secs_f64(),
                busy_seconds: times.busy.as_secs_f64(),
                batches: times.clips,
            }
        })
    }

    /// Problem that keeps a model on the processor instead of the graphics card, or `None`.
    pub fn graphics_problem(&self, id: &str) -> Option<GraphicsProblem> {
        let loaded = self.loaded_model.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.as_ref().filter(|whisper| whisper.id() == id).and_then(WhisperTranscriber::graphics_problem)
    }

    /// State of the graphics card, shared by the models.
    pub fn graphics_card(&self) -> &GraphicsCard {
        &self.settings.graphics
    }

    /// Drops a model from memory, for example when its files are deleted.
    pub fn unload_model(&self, id: &str) {
        let mut loaded = self.loaded_model.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.take_if(|whisper| whisper.id() == id);
    }

    fn get_model(&self, id: &str) -> Result<WhisperTranscriber, TranscribeError> {
        let mut loaded = self.loaded_model.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(whisper) = loaded.as_ref().filter(|whisper| whisper.id() == id) {
            return Ok(whisper.clone());
        }
        let entry = self.models.find_entry(id).filter(|entry| entry.task == ModelTask::Transcribe);
        let entry = entry.ok_or_else(|| TranscribeError::Unknown(id.to_owned()))?;
        let files =
            self.models.cache.find_files(&entry).ok_or_else(|| TranscribeError::Missing(id.to_owned()))?;
        let file = entry.files.first().ok_or_else(|| TranscribeError::Unknown(id.to_owned()))?;
        let whisper = WhisperTranscriber::new(
            id,
            files.path(&file.path),
            self.transcription_worker.clone(),
            self.settings.clone(),
        );
        *loaded = Some(whisper.clone());
        Ok(whisper)
    }
}

fn recording_failure(error: &RecordingError) -> Failure {
    let code = match error {
        RecordingError::Refused { code, .. } => *code,
        RecordingError::TooLong(_) => ErrorCode::TooLarge,
        RecordingError::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => {
            ErrorCode::ResourceExhausted
        }
        RecordingError::Crashed | RecordingError::Unavailable(_) | RecordingError::Io(_) => {
            ErrorCode::Internal
        }
    };
    Failure { code, message: error.to_string() }
}

fn samples_failure(error: &dyn std::fmt::Display) -> Failure {
    Failure {
        code: ErrorCode::Internal,
        message: format!("the recording's samples could not be read: {error}"),
    }
}

fn encoding_failure(error: &VoiceEncodeError) -> Failure {
    Failure { code: error.error_code(), message: error.to_string() }
}

impl LocalSpeech {
    /// Speaker segments of a file of samples, by the voiceprints of an encoder.
    async fn find_speakers(
        &self,
        encoder: &dyn VoiceEncoder,
        samples: &Path,
        speech: &[Range<usize>],
        progress: &(dyn Fn(f32) + Send + Sync),
    ) -> Result<Vec<SpeakerSegment>, Failure> {
        let groups = select_voiceprint_windows(speech, VOICEPRINT_WINDOW_SAMPLES);
        let (count, mut diariser) = (groups.len() as f32, Diariser::default());
        for (index, windows) in groups.into_iter().enumerate() {
            progress(index as f32 / count);
            let range = windows[0].start..windows[windows.len() - 1].end;
            let audio = self.read_samples(samples, range.clone()).await?;
            let relative = |window: &Range<usize>| window.start - range.start..window.end - range.start;
            let relative: Vec<_> = windows.iter().map(relative).collect();
            let voiceprints = encoder.encode_voices(audio, relative).await;
            let voiceprints = voiceprints.map_err(|error| encoding_failure(&error))?;
            for (window, voiceprint) in windows.into_iter().zip(voiceprints) {
                diariser.push(window, &voiceprint);
            }
        }
        let segments = tokio::task::spawn_blocking(move || diariser.finish()).await;
        segments.map_err(|error| encoding_failure(&VoiceEncodeError::Failed(error.to_string())))
    }
}

#[async_trait]
impl SpeechEngines for LocalSpeech {
    async fn decode_recording(&self, recording: File, samples: &Path) -> Result<DecodedRecording, Failure> {
        let decoded = self
            .decoding_worker
            .decode_recording(recording.into(), samples)
            .await
            .map_err(|error| recording_failure(&error))?;
        let path = samples.to_owned();
        let overview = tokio::task::spawn_blocking(move || analyse_recording(&path)).await;
        let overview =
            overview.map_err(|error| samples_failure(&error))?.map_err(|error| samples_failure(&error))?;
        Ok(DecodedRecording {
            seconds: decoded.samples as f64 / f64::from(SPEECH_SAMPLE_RATE),
            speech_spans: overview.speech,
            parts: overview.parts,
            loudness: overview.loudness,
            damaged: decoded.damaged,
            is_truncated: decoded.is_cut,
        })
    }

    async fn read_samples(&self, samples: &Path, part: Range<usize>) -> Result<Vec<f32>, Failure> {
        let path = samples.to_owned();
        let read = tokio::task::spawn_blocking(move || read_part(&path, part)).await;
        read.map_err(|error| samples_failure(&error))?.map_err(|error| samples_failure(&error))
    }

    async fn diarise_recording(
        &self,
        samples: &Path,
        speech: &[Range<usize>],
        progress: &(dyn Fn(f32) + Send + Sync),
    ) -> Result<Vec<SpeakerSegment>, Failure> {
        let Some((_, file)) = self.find_voice_encoder() else { return Ok(Vec::new()) };
        // One at a time: each diarisation has the encoder in memory and uses all processors.
        let _guard = self.diarisation_lock.lock().await;
        let threads = self.settings.threads;
        let encoder = tokio::task::spawn_blocking(move || LocalVoiceEncoder::load(&file, threads)).await;
        let encoder = match encoder {
            Ok(loaded) => loaded.map_err(|error| VoiceEncodeError::Load(error.to_string())),
            Err(error) => Err(VoiceEncodeError::Failed(error.to_string())),
        };
        let encoder = encoder.map_err(|error| encoding_failure(&error))?;
        self.find_speakers(&encoder, samples, speech, progress).await
    }

    fn detect_speech(&self, samples: &[f32]) -> Vec<Range<usize>> {
        detect_speech(samples)
    }

    fn speech_language(&self) -> Option<String> {
        self.language.clone()
    }

    fn transcriber(&self, id: Option<&str>) -> Result<Arc<dyn Transcriber>, TranscribeError> {
        let (chosen, ..) = self.chosen_model();
        Ok(Arc::new(self.get_model(id.unwrap_or(&chosen))?))
    }
}
