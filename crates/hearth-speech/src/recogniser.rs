//! A speech model in a process of its own: loaded when it is needed, kept for a while, started again when it dies.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use hearth_domain::{SPEECH_RATE, TranscribeError, TranscribeOptions, Transcriber, Transcript};
use hearth_worker::{Session, WorkerError};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_util::sync::CancellationToken;

use crate::activity::{parts, speech};
use crate::whisper::LONGEST;
use crate::worker::{SpeechWorker, clip_bytes, hear};

/// Seconds that a clip of half a minute may take, on a slow machine with a large model.
const PATIENCE: u64 = 600;

/// How long it may take to notice that nobody waits any more: whisper looks between its steps, and a large model's encoder
/// is one of them. Whoever has to load the model anew waits longer.
const STOPPING: Duration = Duration::from_mins(1);

/// Whether this build can use a graphics card.
pub const HAS_GRAPHICS: bool = cfg!(any(feature = "cuda", feature = "vulkan", feature = "metal"));

/// How a model is used.
#[derive(Clone, Debug)]
pub struct WhisperSettings {
    /// Threads; all cores where it is 0.
    pub threads: usize,
    /// How long the model stays in memory after its last use.
    pub keep: Duration,
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
    session: Arc<Mutex<Option<Session>>>,
    uses: AtomicU64,
    times: std::sync::Mutex<WhisperTimes>,
    /// The graphics card was tried, and could not do it.
    fell_back: AtomicBool,
}

impl Whisper {
    /// The model `id`, whose file is `model`.
    pub fn new(id: &str, model: PathBuf, worker: SpeechWorker, settings: WhisperSettings) -> Self {
        Self(Arc::new(Shared {
            id: id.to_owned(),
            model,
            worker,
            settings,
            session: Arc::default(),
            uses: AtomicU64::new(0),
            times: std::sync::Mutex::default(),
            fell_back: AtomicBool::new(false),
        }))
    }

    /// Whether the model is in memory.
    pub fn is_loaded(&self) -> bool {
        // Whoever holds it uses it.
        self.0.session.try_lock().map_or(true, |session| session.is_some())
    }

    /// Whether the model runs on the processor because the graphics card could not do it.
    pub fn has_fallen_back(&self) -> bool {
        self.0.fell_back.load(Ordering::SeqCst)
    }

    /// What it did so far.
    pub fn times(&self) -> WhisperTimes {
        *self.held_times()
    }

    fn held_times(&self) -> std::sync::MutexGuard<'_, WhisperTimes> {
        self.0.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process with the model in it.
    async fn session(&self) -> Result<OwnedMutexGuard<Option<Session>>, TranscribeError> {
        let shared = &self.0;
        let mut session = Arc::clone(&shared.session).lock_owned().await;
        if session.as_mut().is_none_or(|session| !session.is_alive()) {
            *session = None;
            if !shared.model.exists() {
                return Err(TranscribeError::Missing(shared.id.clone()));
            }
            let threads = match shared.settings.threads {
                0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
                threads => threads,
            };
            // What failed once is not tried again while the program runs.
            let gpu = HAS_GRAPHICS && !self.has_fallen_back();
            let begun = Instant::now();
            let mut opened = shared.worker.whisper(&shared.model, threads, gpu).await;
            if gpu && matches!(opened, Err(WorkerError::Died(_) | WorkerError::Protocol(_))) {
                // A driver that cannot do it must not keep anyone from being heard.
                tracing::warn!(
                    "the speech model ended while it was loaded on the graphics card; going on without"
                );
                shared.fell_back.store(true, Ordering::SeqCst);
                opened = shared.worker.whisper(&shared.model, threads, false).await;
            }
            *session = Some(opened.map_err(|error| TranscribeError::Load(error.to_string()))?);
            self.held_times().load = begun.elapsed();
        }
        Ok(session)
    }

    /// Lets go of the model once nobody has used it for a while.
    fn keep_for_a_while(&self) {
        let uses = self.used();
        let (shared, keep) = (Arc::downgrade(&self.0), self.0.settings.keep);
        tokio::spawn(async move {
            tokio::time::sleep(keep).await;
            let Some(shared) = shared.upgrade() else { return };
            // Whoever holds it uses it, and will keep it for a while again.
            if let Ok(mut session) = shared.session.try_lock()
                && shared.uses.load(Ordering::SeqCst) == uses
            {
                *session = None;
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
    mut session: OwnedMutexGuard<Option<Session>>,
    clip: Vec<u8>,
    options: TranscribeOptions,
    stop: CancellationToken,
) -> Result<Transcript, WorkerError> {
    // Taken out: a process that answers what was asked before is of no use.
    let Some(mut process) = session.take() else {
        return Err(WorkerError::Died("before it was asked".into()));
    };
    let heard = {
        let mut hearing = std::pin::pin!(hear(&mut process, &clip, options, PATIENCE, &stop));
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
    if matches!(heard, Ok(_) | Err(WorkerError::Refused(_))) {
        *session = Some(process);
    }
    heard
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
        drop(self.session().await?);
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
            let session = self.session().await?;
            // When nobody waits for it any more the process is told so, and the model stays in memory.
            let stop = CancellationToken::new();
            let _stops = stop.clone().drop_guard();
            let begun = Instant::now();
            let heard =
                tokio::spawn(heard(session, clip_bytes(&samples[part.clone()]), options.clone(), stop));
            let heard = heard.await.map_err(|error| TranscribeError::Failed(error.to_string()))?;
            let heard = heard.map_err(|error| TranscribeError::Failed(error.to_string()))?;
            {
                let mut times = self.held_times();
                times.busy += begun.elapsed();
                times.clips += 1;
            }
            let offset = part.start as u64 * 1000 / u64::from(SPEECH_RATE);
            whole.append(heard, offset);
        }
        Ok(whole)
    }
}
