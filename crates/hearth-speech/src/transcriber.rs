//! Transcriber with whisper in a worker process: loaded on demand, unloaded when idle, restarted after a
//! crash.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use hearth_domain::{
    GraphicsProblem, SPEECH_SAMPLE_RATE, TranscribeError, TranscribeOptions, Transcriber, Transcript,
};
use hearth_worker::{Refusal, WorkerError, WorkerSession};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::graphics_card::GraphicsCard;
use crate::voice_activity::{detect_speech, split_at_pauses};
use crate::whisper::MAX_CLIP_SAMPLES;
use crate::worker::{SpeechWorker, encode_clip, request_transcript};

/// Timeout of transcribing a clip, in seconds: half a minute of speech, on a slow machine with a large model.
const CLIP_TIMEOUT_SECONDS: u64 = 600;
/// Timeout of transcribing a clip on a graphics card, in seconds: a card is fast or hangs.
const CARD_CLIP_TIMEOUT_SECONDS: u64 = 120;

/// Timeout of stopping a cancelled clip: whisper checks between its steps, and a large model's encoder is one
/// step. Killing the process earlier would cost more, as the model would be loaded anew.
const STOP_TIMEOUT: Duration = Duration::from_mins(1);

/// Settings of a whisper model.
#[derive(Clone, Debug)]
pub struct WhisperSettings {
    /// Number of threads; 0 for all cores.
    pub threads: usize,
    /// Time that the model stays in memory after its last use.
    pub idle_timeout: Duration,
    /// Graphics card, shared by all models.
    pub graphics: GraphicsCard,
}

/// Times and counts of a model's work so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WhisperTimes {
    /// Duration of the last load.
    pub load: Duration,
    /// Time spent on clips that were transcribed, and their number.
    pub busy: Duration,
    pub clips: u64,
}

/// Transcriber with a whisper model. Cheap to clone: clones share one worker process.
#[derive(Clone)]
pub struct WhisperTranscriber(Arc<Shared>);

/// State shared by the clones.
struct Shared {
    id: String,
    model: PathBuf,
    worker: SpeechWorker,
    settings: WhisperSettings,
    /// Locked while the model is loaded or used.
    loaded: Arc<Mutex<Option<LoadedModel>>>,
    /// True after the model failed on the graphics card: the card is not tried again.
    has_failed_on_card: Arc<AtomicBool>,
    use_count: AtomicU64,
    /// Unloads the model after its idle timeout; replaced at each use.
    unload_task: std::sync::Mutex<Option<AbortOnDropHandle<()>>>,
    times: std::sync::Mutex<WhisperTimes>,
}

/// A worker process with the model in memory.
struct LoadedModel {
    process: WorkerSession,
    is_on_card: bool,
}

impl WhisperTranscriber {
    /// A transcriber for the model `id` in the file `model`; loads nothing yet.
    pub fn new(id: &str, model: PathBuf, worker: SpeechWorker, settings: WhisperSettings) -> Self {
        Self(Arc::new(Shared {
            id: id.to_owned(),
            model,
            worker,
            settings,
            loaded: Arc::default(),
            has_failed_on_card: Arc::default(),
            use_count: AtomicU64::new(0),
            unload_task: std::sync::Mutex::default(),
            times: std::sync::Mutex::default(),
        }))
    }

    /// True if the model is in memory.
    pub fn is_loaded(&self) -> bool {
        // A held lock means that the model is in use.
        self.0.loaded.try_lock().map_or(true, |loaded| loaded.is_some())
    }

    /// The reason that the model is on the processor instead of the graphics card, or `None`.
    pub fn graphics_problem(&self) -> Option<GraphicsProblem> {
        if self.has_failed_on_card() {
            return Some(GraphicsProblem::Failed);
        }
        self.0.settings.graphics.last_problem().filter(|problem| *problem == GraphicsProblem::Missing)
    }

    fn has_failed_on_card(&self) -> bool {
        self.0.has_failed_on_card.load(Ordering::SeqCst)
    }

    /// Times of the model's work so far.
    pub fn work_times(&self) -> WhisperTimes {
        *self.lock_times()
    }

    fn lock_times(&self) -> std::sync::MutexGuard<'_, WhisperTimes> {
        self.0.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the worker process with the model, and starts it if it does not run.
    async fn ensure_loaded(&self) -> Result<OwnedMutexGuard<Option<LoadedModel>>, TranscribeError> {
        let Shared { id, model, settings, .. } = &*self.0;
        let mut loaded = Arc::clone(&self.0.loaded).lock_owned().await;
        if loaded.as_mut().is_none_or(|loaded_model| !loaded_model.process.is_alive()) {
            *loaded = None;
            if !model.exists() {
                return Err(TranscribeError::Missing(id.clone()));
            }
            let started_at = Instant::now();
            let use_card = settings.graphics.is_usable() && !self.has_failed_on_card();
            let result = if use_card { self.load_on_card().await } else { self.load_on_processor().await };
            *loaded = Some(result.map_err(|error| TranscribeError::Load(error.to_string()))?);
            self.lock_times().load = started_at.elapsed();
        }
        Ok(loaded)
    }

    /// Loads the model on the graphics card; on the processor if that fails.
    async fn load_on_card(&self) -> Result<LoadedModel, WorkerError> {
        let Shared { model, worker, settings, has_failed_on_card, .. } = &*self.0;
        let error = match worker.open_whisper(model, self.thread_count(), true).await {
            Ok(process) => return Ok(LoadedModel { process, is_on_card: true }),
            Err(error) => error,
        };
        // A broken driver must not prevent transcription; and a broken model file is no fault of the card: it
        // fails on the processor as well.
        let loaded = self.load_on_processor().await?;
        tracing::warn!(%error, "the graphics card could not load the speech model; using the processor");
        if matches!(&error, WorkerError::Refused(Refusal::Unavailable { .. })) {
            settings.graphics.record_problem(GraphicsProblem::Missing);
        } else {
            has_failed_on_card.store(true, Ordering::SeqCst);
            settings.graphics.record_problem(GraphicsProblem::Failed);
        }
        Ok(loaded)
    }

    /// Loads the model on the processor.
    async fn load_on_processor(&self) -> Result<LoadedModel, WorkerError> {
        let process = self.0.worker.open_whisper(&self.0.model, self.thread_count(), false).await?;
        Ok(LoadedModel { process, is_on_card: false })
    }

    fn thread_count(&self) -> usize {
        match self.0.settings.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        }
    }

    /// Transcribes a clip of at most [`MAX_CLIP_SAMPLES`] samples; again on the processor if the card fails.
    async fn transcribe_clip(
        &self,
        clip: &[f32],
        options: &TranscribeOptions,
    ) -> Result<Transcript, TranscribeError> {
        loop {
            let loaded = self.ensure_loaded().await?;
            let on_card = loaded.as_ref().is_some_and(|model| model.is_on_card);
            // If the caller drops this future the process is sent a stop, and the model stays in memory.
            let stop = CancellationToken::new();
            let _stop_guard = stop.clone().drop_guard();
            let started_at = Instant::now();
            let has_failed = Arc::clone(&self.0.has_failed_on_card);
            let transcription =
                transcribe_in_process(loaded, encode_clip(clip), options.clone(), stop, has_failed);
            let result = tokio::spawn(transcription).await;
            match result.map_err(|error| TranscribeError::Failed(error.to_string()))? {
                Ok(transcript) => {
                    let mut times = self.lock_times();
                    times.busy += started_at.elapsed();
                    times.clips += 1;
                    if !on_card && self.has_failed_on_card() {
                        // The processor transcribed the same clip: the fault was the card's.
                        self.0.settings.graphics.record_problem(GraphicsProblem::Failed);
                    }
                    return Ok(transcript);
                }
                Err(error) if on_card && is_driver_failure(&error) => {
                    tracing::warn!(%error, "transcription on the graphics card failed; using the processor");
                }
                Err(error) => return Err(TranscribeError::Failed(error.to_string())),
            }
        }
    }

    /// Schedules unloading of the model for the end of the idle timeout, unless it is used again.
    fn schedule_unload(&self) {
        let use_number = self.count_use();
        let (shared, idle_timeout) = (Arc::downgrade(&self.0), self.0.settings.idle_timeout);
        let unload = async move {
            tokio::time::sleep(idle_timeout).await;
            let Some(shared) = shared.upgrade() else { return };
            // A held lock means a later use, which schedules its own unloading.
            if let Ok(mut loaded) = shared.loaded.try_lock()
                && shared.use_count.load(Ordering::SeqCst) == use_number
            {
                *loaded = None;
            }
        };
        *self.0.unload_task.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(AbortOnDropHandle::new(tokio::spawn(unload)));
    }

    /// Counts a use of the model; returns its number.
    fn count_use(&self) -> u64 {
        self.0.use_count.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Begins a use of the model: unloading is scheduled when the guard is dropped, however the use ends.
    fn begin_use(&self) -> UseGuard<'_> {
        self.count_use();
        UseGuard(self)
    }
}

/// Transcribes a clip in the worker process, and keeps the process if it can take the next clip.
async fn transcribe_in_process(
    mut loaded: OwnedMutexGuard<Option<LoadedModel>>,
    clip: Vec<u8>,
    options: TranscribeOptions,
    stop: CancellationToken,
    has_failed_on_card: Arc<AtomicBool>,
) -> Result<Transcript, WorkerError> {
    // Taken out of the slot: a process with an unread response cannot be used again.
    let Some(mut model) = loaded.take() else {
        return Err(WorkerError::Died("before the request".into()));
    };
    let result = {
        let timeout = if model.is_on_card { CARD_CLIP_TIMEOUT_SECONDS } else { CLIP_TIMEOUT_SECONDS };
        let mut transcription =
            std::pin::pin!(request_transcript(&mut model.process, &clip, options, timeout, &stop));
        let stop_timed_out = async {
            stop.cancelled().await;
            tokio::time::sleep(STOP_TIMEOUT).await;
        };
        tokio::select! {
            biased;
            result = &mut transcription => result,
            () = stop_timed_out => Err(WorkerError::TimedOut(STOP_TIMEOUT.as_secs())),
        }
    };
    // Recorded before the lock is released, and even if the caller has gone.
    let card_failed = model.is_on_card && result.as_ref().is_err_and(is_driver_failure);
    if card_failed {
        has_failed_on_card.store(true, Ordering::SeqCst);
    } else if matches!(result, Ok(_) | Err(WorkerError::Refused(_))) {
        *loaded = Some(model);
    }
    result
}

/// True if an error of a model on a graphics card may be the driver's fault.
fn is_driver_failure(error: &WorkerError) -> bool {
    match error {
        WorkerError::Died(_) | WorkerError::Protocol(_) | WorkerError::TimedOut(_) => true,
        WorkerError::Refused(refusal) => *refusal != Refusal::Stopped,
        WorkerError::Spawn(_) => false,
    }
}

/// Guard of a use of the model.
struct UseGuard<'a>(&'a WhisperTranscriber);

impl Drop for UseGuard<'_> {
    fn drop(&mut self) {
        // Without a runtime the model's process has ended as well.
        if tokio::runtime::Handle::try_current().is_ok() {
            self.0.schedule_unload();
        }
    }
}

#[async_trait]
impl Transcriber for WhisperTranscriber {
    fn id(&self) -> &str {
        &self.0.id
    }

    async fn load(&self) -> Result<(), TranscribeError> {
        let _in_use = self.begin_use();
        drop(self.ensure_loaded().await?);
        Ok(())
    }

    async fn transcribe(
        &self,
        samples: &[f32],
        options: &TranscribeOptions,
    ) -> Result<Transcript, TranscribeError> {
        let _in_use = self.begin_use();
        let mut transcript = Transcript { language: options.language.clone(), segments: Vec::new() };
        // Whisper invents text where there is no speech.
        let parts = if options.is_speech && samples.len() <= MAX_CLIP_SAMPLES {
            Vec::from([Range { start: 0, end: samples.len() }])
        } else {
            split_at_pauses(&detect_speech(samples), samples.len(), MAX_CLIP_SAMPLES)
        };
        for part in parts {
            let part_transcript = self.transcribe_clip(&samples[part.clone()], options).await?;
            let offset = part.start as u64 * 1000 / u64::from(SPEECH_SAMPLE_RATE);
            transcript.append(part_transcript, offset);
        }
        Ok(transcript)
    }
}
