//! A speech model in a process of its own: loaded when it is needed, kept for a while, started again when it dies.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use hearth_domain::{
    GraphicsProblem, SPEECH_RATE, TranscribeError, TranscribeOptions, Transcriber, Transcript,
};
use hearth_worker::{STOPPED, Session, WorkerError};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_util::sync::CancellationToken;

use crate::activity::{parts, speech};
use crate::graphics::{Graphics, NO_CARD};
use crate::whisper::LONGEST;
use crate::worker::{SpeechWorker, clip_bytes, hear};

/// Seconds that a clip of half a minute may take, on a slow machine with a large model.
const PATIENCE: u64 = 600;
/// And on a graphics card, which is quick or hangs.
const PATIENCE_ON_CARD: u64 = 120;

/// How long it may take to notice that nobody waits any more: whisper looks between its steps, and a large model's encoder
/// is one of them. Whoever has to load the model anew waits longer.
const STOPPING: Duration = Duration::from_mins(1);

/// How a model is used.
#[derive(Clone, Debug)]
pub struct WhisperSettings {
    /// Threads; all cores where it is 0.
    pub threads: usize,
    /// How long the model stays in memory after its last use.
    pub keep: Duration,
    /// The graphics card, which all models share.
    pub graphics: Graphics,
}

/// What a model did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WhisperTimes {
    /// Of the last time it was loaded.
    pub load: Duration,
    /// Spent hearing what became text, and how often.
    pub busy: Duration,
    pub clips: u64,
}

/// A whisper model. Cheap to clone: the clones share one process.
#[derive(Clone)]
pub struct Whisper(Arc<Shared>);

struct Shared {
    id: String,
    model: PathBuf,
    worker: SpeechWorker,
    settings: WhisperSettings,
    /// Held by whoever loads the model or uses it.
    loaded: Arc<Mutex<Option<Loaded>>>,
    /// It was on the graphics card, or to be, and that failed: it is not tried again.
    has_failed_on_card: Arc<AtomicBool>,
    uses: AtomicU64,
    times: std::sync::Mutex<WhisperTimes>,
}

/// A process with the model in it.
struct Loaded {
    process: Session,
    on_card: bool,
}

impl Whisper {
    /// The model `id`, whose file is `model`.
    pub fn new(id: &str, model: PathBuf, worker: SpeechWorker, settings: WhisperSettings) -> Self {
        Self(Arc::new(Shared {
            id: id.to_owned(),
            model,
            worker,
            settings,
            loaded: Arc::default(),
            has_failed_on_card: Arc::default(),
            uses: AtomicU64::new(0),
            times: std::sync::Mutex::default(),
        }))
    }

    /// Whether the model is in memory.
    pub fn is_loaded(&self) -> bool {
        // Whoever holds it uses it.
        self.0.loaded.try_lock().map_or(true, |loaded| loaded.is_some())
    }

    /// Why it is on the processor though it was to be on the graphics card.
    pub fn graphics_problem(&self) -> Option<GraphicsProblem> {
        if self.has_failed_on_card() {
            return Some(GraphicsProblem::Failed);
        }
        self.0.settings.graphics.problem().filter(|problem| *problem == GraphicsProblem::Missing)
    }

    fn has_failed_on_card(&self) -> bool {
        self.0.has_failed_on_card.load(Ordering::SeqCst)
    }

    /// What it did so far.
    pub fn times(&self) -> WhisperTimes {
        *self.held_times()
    }

    fn held_times(&self) -> std::sync::MutexGuard<'_, WhisperTimes> {
        self.0.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process with the model in it.
    async fn loaded(&self) -> Result<OwnedMutexGuard<Option<Loaded>>, TranscribeError> {
        let Shared { id, model, settings, .. } = &*self.0;
        let mut loaded = Arc::clone(&self.0.loaded).lock_owned().await;
        if loaded.as_mut().is_none_or(|it| !it.process.is_alive()) {
            *loaded = None;
            if !model.exists() {
                return Err(TranscribeError::Missing(id.clone()));
            }
            let begun = Instant::now();
            let is_tried = settings.graphics.is_tried() && !self.has_failed_on_card();
            let opened = if is_tried { self.on_card().await } else { self.on_processor().await };
            *loaded = Some(opened.map_err(|error| TranscribeError::Load(error.to_string()))?);
            self.held_times().load = begun.elapsed();
        }
        Ok(loaded)
    }

    /// Loads it on the graphics card; where that cannot be, on the processor.
    async fn on_card(&self) -> Result<Loaded, WorkerError> {
        let Shared { model, worker, settings, has_failed_on_card, .. } = &*self.0;
        let error = match worker.whisper(model, self.threads(), true).await {
            Ok(process) => return Ok(Loaded { process, on_card: true }),
            Err(error) => error,
        };
        // A driver that cannot do it must not keep anyone from being heard; and a file that is none is no fault of a card.
        let loaded = self.on_processor().await?;
        tracing::warn!(%error, "the speech model is not on the graphics card; going on without");
        if matches!(&error, WorkerError::Refused(refusal) if refusal.code == NO_CARD) {
            settings.graphics.is_let_down(GraphicsProblem::Missing);
        } else {
            has_failed_on_card.store(true, Ordering::SeqCst);
            settings.graphics.is_let_down(GraphicsProblem::Failed);
        }
        Ok(loaded)
    }

    async fn on_processor(&self) -> Result<Loaded, WorkerError> {
        let process = self.0.worker.whisper(&self.0.model, self.threads(), false).await?;
        Ok(Loaded { process, on_card: false })
    }

    fn threads(&self) -> usize {
        match self.0.settings.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        }
    }

    /// What is said in a clip of [`LONGEST`] samples at most; once more on the processor, where the card could not hear it.
    async fn hear(&self, clip: &[f32], options: &TranscribeOptions) -> Result<Transcript, TranscribeError> {
        loop {
            let loaded = self.loaded().await?;
            let on_card = loaded.as_ref().is_some_and(|it| it.on_card);
            // When nobody waits for it any more the process is told so, and the model stays in memory.
            let stop = CancellationToken::new();
            let _stops = stop.clone().drop_guard();
            let begun = Instant::now();
            let has_failed = Arc::clone(&self.0.has_failed_on_card);
            let hearing = heard(loaded, clip_bytes(clip), options.clone(), stop, has_failed);
            let heard = tokio::spawn(hearing).await;
            match heard.map_err(|error| TranscribeError::Failed(error.to_string()))? {
                Ok(heard) => {
                    let mut times = self.held_times();
                    times.busy += begun.elapsed();
                    times.clips += 1;
                    if !on_card && self.has_failed_on_card() {
                        // What the processor hears, the card should have heard, too.
                        self.0.settings.graphics.is_let_down(GraphicsProblem::Failed);
                    }
                    return Ok(heard);
                }
                Err(error) if on_card && is_of_a_driver(&error) => {
                    tracing::warn!(%error, "the graphics card could not hear; going on without");
                }
                Err(error) => return Err(TranscribeError::Failed(error.to_string())),
            }
        }
    }

    /// Lets go of the model once nobody has used it for a while.
    fn keep_for_a_while(&self) {
        let uses = self.used();
        let (shared, keep) = (Arc::downgrade(&self.0), self.0.settings.keep);
        tokio::spawn(async move {
            tokio::time::sleep(keep).await;
            let Some(shared) = shared.upgrade() else { return };
            // Whoever holds it uses it, and will keep it for a while again.
            if let Ok(mut loaded) = shared.loaded.try_lock()
                && shared.uses.load(Ordering::SeqCst) == uses
            {
                *loaded = None;
            }
        });
    }

    fn used(&self) -> u64 {
        self.0.uses.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Keeps the model while it is used, and for a while after, however that ends.
    fn in_use(&self) -> InUse<'_> {
        self.used();
        InUse(self)
    }
}

/// Has the process hear a clip, and keeps it where it can hear the next one.
async fn heard(
    mut loaded: OwnedMutexGuard<Option<Loaded>>,
    clip: Vec<u8>,
    options: TranscribeOptions,
    stop: CancellationToken,
    has_failed_on_card: Arc<AtomicBool>,
) -> Result<Transcript, WorkerError> {
    // Taken out: a process that answers what was asked before is of no use.
    let Some(mut model) = loaded.take() else {
        return Err(WorkerError::Died("before it was asked".into()));
    };
    let heard = {
        let patience = if model.on_card { PATIENCE_ON_CARD } else { PATIENCE };
        let mut hearing = std::pin::pin!(hear(&mut model.process, &clip, options, patience, &stop));
        let stopped = async {
            stop.cancelled().await;
            tokio::time::sleep(STOPPING).await;
        };
        tokio::select! {
            biased;
            heard = &mut hearing => heard,
            () = stopped => Err(WorkerError::TimedOut(STOPPING.as_secs())),
        }
    };
    // Known before anyone else may load it, and though nobody may wait any more.
    let card_failed = model.on_card && heard.as_ref().is_err_and(is_of_a_driver);
    if card_failed {
        has_failed_on_card.store(true, Ordering::SeqCst);
    } else if matches!(heard, Ok(_) | Err(WorkerError::Refused(_))) {
        *loaded = Some(model);
    }
    heard
}

/// Whether a model on a graphics card may have failed because of that.
fn is_of_a_driver(error: &WorkerError) -> bool {
    match error {
        WorkerError::Died(_) | WorkerError::Protocol(_) | WorkerError::TimedOut(_) => true,
        WorkerError::Refused(refusal) => refusal.code != STOPPED,
        WorkerError::Spawn(_) => false,
    }
}

struct InUse<'a>(&'a Whisper);

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        // Where the runtime has ended, so has the model's process.
        if tokio::runtime::Handle::try_current().is_ok() {
            self.0.keep_for_a_while();
        }
    }
}

#[async_trait]
impl Transcriber for Whisper {
    fn id(&self) -> &str {
        &self.0.id
    }

    async fn load(&self) -> Result<(), TranscribeError> {
        let _in_use = self.in_use();
        drop(self.loaded().await?);
        Ok(())
    }

    async fn transcribe(
        &self,
        samples: &[f32],
        options: &TranscribeOptions,
    ) -> Result<Transcript, TranscribeError> {
        let _in_use = self.in_use();
        let mut whole = Transcript { language: options.language.clone(), segments: Vec::new() };
        // Where nobody speaks, whisper invents text.
        let parts = if options.is_speech && samples.len() <= LONGEST {
            Vec::from([Range { start: 0, end: samples.len() }])
        } else {
            parts(&speech(samples), samples.len(), LONGEST)
        };
        for part in parts {
            let heard = self.hear(&samples[part.clone()], options).await?;
            let offset = part.start as u64 * 1000 / u64::from(SPEECH_RATE);
            whole.append(heard, offset);
        }
        Ok(whole)
    }
}
