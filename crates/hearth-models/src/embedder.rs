//! Local embedder: loads its model on first use, has bounded queues, batches by length, and skips requests
//! whose caller is gone.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use hearth_domain::{EmbedError, Embedder, EmbedderInfo, TextRole, TokenSpans};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use tokio::sync::{Semaphore, oneshot};

use crate::{BertEncoder, CatalogueEntry, EmbedderParameters, ModelCache, Precision};

/// Maximum tokens of a batch: enough to keep the matrix product busy, few enough to stay in the processor's
/// caches.
const BATCH_TOKENS: usize = 256;
/// Maximum tokens of passage requests that are computed in one round: a batch or more per lane, and short.
const MAX_ROUND_TOKENS: usize = 16 * BATCH_TOKENS;
/// Maximum number of requests at a time; more are refused as overloaded.
const QUEUE_CAPACITY: usize = 512;

/// Token sequences to embed, and the channel for their vectors.
struct Request {
    sequences: Vec<Vec<u32>>,
    reply: oneshot::Sender<Result<Vec<Vec<f32>>, EmbedError>>,
}

impl Request {
    /// Number of tokens of all sequences.
    fn token_count(&self) -> usize {
        self.sequences.iter().map(Vec::len).sum()
    }
}

/// Queue of the requests of one role. Passages delay only passages: a question is computed in parallel.
#[derive(Default)]
struct Queue {
    waiting: Mutex<Vec<Request>>,
    /// Lock of the thread that computes.
    computing: Mutex<()>,
}

/// Accumulated timings of a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EmbedderTimings {
    /// Duration of loading.
    pub load: Duration,
    /// Total duration of computing, over all rounds.
    pub busy: Duration,
    /// Number of computed rounds.
    pub batches: u64,
}

/// Loaded model with its thread pools.
struct LoadedModel {
    model: BertEncoder,
    /// Pool of all threads for one batch: for a question, whose caller waits.
    all_threads: ThreadPool,
    /// Pools of one thread each: for many texts, one batch per lane, so that threads do not wait for each
    /// other.
    lanes: Vec<ThreadPool>,
}

impl LoadedModel {
    fn new(model: BertEncoder, threads: usize) -> Result<Self, ThreadPoolBuildError> {
        let pool = |name: &'static str, threads| {
            ThreadPoolBuilder::new()
                .num_threads(threads)
                .thread_name(move |index| format!("{name}-{index}"))
                .build()
        };
        let all_threads = pool("embed", threads)?;
        let lanes = (0..all_threads.current_num_threads())
            .map(|_| pool("embed-lane", 1))
            .collect::<Result<_, _>>()?;
        Ok(Self { model, all_threads, lanes })
    }

    /// Computes the unit vectors of token sequences, in their order.
    fn compute_vectors(&self, sequences: &[&[u32]]) -> Vec<Vec<f32>> {
        let mut order: Vec<usize> = (0..sequences.len()).collect();
        order.sort_by_key(|&at| sequences[at].len());
        let mut batches = Vec::new();
        let mut remaining = order.as_slice();
        while !remaining.is_empty() {
            let mut tokens = 0;
            let batch_size = remaining
                .iter()
                .take_while(|&&at| {
                    tokens += sequences[at].len();
                    tokens <= BATCH_TOKENS
                })
                .count()
                .max(1);
            let (batch, next) = remaining.split_at(batch_size);
            batches.push(batch);
            remaining = next;
        }
        let encode = |batch: &[usize]| {
            let batch_sequences: Vec<&[u32]> = batch.iter().map(|&at| sequences[at]).collect();
            self.model.encode(&batch_sequences)
        };
        let mut vectors = vec![Vec::new(); sequences.len()];
        let mut store_vectors = |batch: &[usize], results: Vec<Vec<f32>>| {
            for (&at, vector) in batch.iter().zip(results) {
                vectors[at] = vector;
            }
        };
        if let [batch] = batches.as_slice() {
            store_vectors(batch, self.all_threads.install(|| encode(batch)));
            return vectors;
        }
        // Longest batches first, so that the last ones are short.
        let pending_batches = Mutex::new(batches);
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            for lane in &self.lanes {
                let (pending_batches, sender, encode) = (&pending_batches, sender.clone(), &encode);
                scope.spawn(move || {
                    lane.install(|| {
                        loop {
                            let Some(batch) = lock_unpoisoned(pending_batches).pop() else { return };
                            // The receiver outlives this scope.
                            let _ = sender.send((batch, encode(batch)));
                        }
                    });
                });
            }
        });
        drop(sender);
        for (batch, results) in receiver {
            store_vectors(batch, results);
        }
        vectors
    }
}

/// State that the clones of an embedder share.
struct SharedState {
    entry: CatalogueEntry,
    cache: ModelCache,
    threads: usize,
    parameters: EmbedderParameters,
    precision: Precision,
    encoder: Mutex<Option<Arc<LoadedModel>>>,
    queries: Queue,
    passages: Queue,
    permits: Semaphore,
    timings: Mutex<EmbedderTimings>,
}

/// Embedder of the catalogue that runs in this process. Cheap to clone; clones share the model and the
/// queues.
#[derive(Clone)]
pub struct LocalEmbedder {
    info: EmbedderInfo,
    shared: Arc<SharedState>,
}

/// Locks a mutex and ignores poisoning.
fn lock_unpoisoned<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic while computing leaves no partial state behind the lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LocalEmbedder {
    /// Embedder on `threads` threads (0: all cores), or `None` if the entry is no embedder. Loads nothing
    /// yet; the model's files may be downloaded later.
    pub fn new(
        entry: &CatalogueEntry,
        cache: &ModelCache,
        threads: usize,
        precision: Precision,
    ) -> Option<Self> {
        let parameters = entry.embed.clone()?;
        Some(Self {
            info: EmbedderInfo {
                id: entry.id.clone(),
                dimensions: parameters.dimensions,
                max_tokens: parameters.max_tokens,
                languages: entry.languages.clone(),
            },
            shared: Arc::new(SharedState {
                entry: entry.clone(),
                parameters,
                cache: cache.clone(),
                threads,
                precision,
                encoder: Mutex::new(None),
                queries: Queue::default(),
                passages: Queue::default(),
                permits: Semaphore::new(QUEUE_CAPACITY),
                timings: Mutex::default(),
            }),
        })
    }

    /// Decodes token ids to text, for clients that send tokens; `None` if they are not of this model's vocabulary.
    pub fn decode_tokens(&self, tokens: &[u32]) -> Result<Option<String>, EmbedError> {
        let encoder = self.shared.ensure_loaded()?;
        encoder.model.decode_tokens(tokens).map_err(|error| EmbedError::Inference(error.to_string()))
    }

    /// Number of tokens of a text, special tokens included, up to the model's limit.
    pub fn count_tokens(&self, text: &str) -> Result<usize, EmbedError> {
        let encoder = self.shared.ensure_loaded()?;
        let tokens =
            encoder.model.token_ids(text).map_err(|error| EmbedError::Inference(error.to_string()))?;
        Ok(tokens.len())
    }

    /// Tokens of a text without a limit, and the maximum that the model reads; special tokens included.
    pub fn measure_text(&self, text: &str) -> Result<(usize, usize), EmbedError> {
        let encoder = self.shared.ensure_loaded()?;
        let tokens =
            encoder.model.all_token_ids(text).map_err(|error| EmbedError::Inference(error.to_string()))?;
        Ok((tokens.len(), encoder.model.max_tokens()))
    }

    /// Accumulated timings of the model.
    pub fn timings(&self) -> EmbedderTimings {
        *lock_unpoisoned(&self.shared.timings)
    }

    /// True if the model is in memory.
    pub fn is_loaded(&self) -> bool {
        lock_unpoisoned(&self.shared.encoder).is_some()
    }
}

impl SharedState {
    /// Loaded model; loads it on the first call.
    fn ensure_loaded(&self) -> Result<Arc<LoadedModel>, EmbedError> {
        let mut slot = lock_unpoisoned(&self.encoder);
        if let Some(encoder) = slot.as_ref() {
            return Ok(Arc::clone(encoder));
        }
        let started = Instant::now();
        let load_error = |error: String| EmbedError::Load(error);
        let files =
            self.cache.find_files(&self.entry).ok_or_else(|| EmbedError::Missing(self.entry.id.clone()))?;
        let encoder = BertEncoder::load(
            &files.folder,
            self.parameters.pooling,
            self.parameters.max_tokens,
            self.precision,
        )
        .map_err(|error| load_error(error.to_string()))?;
        if encoder.dimensions() != self.parameters.dimensions {
            return Err(EmbedError::Load(format!(
                "its vectors have {} values, but the catalogue lists {}",
                encoder.dimensions(),
                self.parameters.dimensions
            )));
        }
        tracing::info!(model = self.entry.id, elapsed = ?started.elapsed(), "embedder loaded");
        let encoder =
            Arc::new(LoadedModel::new(encoder, self.threads).map_err(|error| load_error(error.to_string()))?);
        lock_unpoisoned(&self.timings).load = started.elapsed();
        *slot = Some(Arc::clone(&encoder));
        Ok(encoder)
    }

    /// Loaded model, and the texts' token ids with the prefix of their role.
    fn prepare_sequences(
        &self,
        role: TextRole,
        texts: &[String],
    ) -> Result<(Arc<LoadedModel>, Vec<Vec<u32>>), EmbedError> {
        let encoder = self.ensure_loaded()?;
        let prefix = match role {
            TextRole::Query => &self.parameters.query_prefix,
            TextRole::Passage => &self.parameters.passage_prefix,
        };
        let tokens = |text: &String| encoder.model.token_ids(&format!("{prefix}{text}"));
        let sequences: Result<Vec<_>, _> = match texts {
            [text] => tokens(text).map(|sequence| vec![sequence]),
            texts => encoder.all_threads.install(|| texts.par_iter().map(tokens).collect()),
        };
        let sequences = sequences.map_err(|error| EmbedError::Inference(error.to_string()))?;
        Ok((encoder, sequences))
    }

    /// Queue of a role.
    fn role_queue(&self, role: TextRole) -> &Queue {
        match role {
            TextRole::Query => &self.queries,
            TextRole::Passage => &self.passages,
        }
    }

    /// Computes the requests of a queue until it is empty. The thread with the computing lock serves all
    /// waiting requests, so that batches form by themselves: questions that arrive during a round are
    /// computed together.
    fn drain_queue(&self, encoder: &LoadedModel, role: TextRole) {
        let queue = self.role_queue(role);
        let _computing_guard = lock_unpoisoned(&queue.computing);
        loop {
            let mut requests = match role {
                TextRole::Query => std::mem::take(&mut *lock_unpoisoned(&queue.waiting)),
                // The requests of one round: small ones fill the lanes, and each is answered as early as possible.
                TextRole::Passage => {
                    let mut waiting = lock_unpoisoned(&queue.waiting);
                    let mut tokens = 0;
                    let round = waiting.iter().take_while(|request| {
                        let tokens_before = tokens;
                        tokens += request.token_count();
                        tokens_before == 0 || tokens <= MAX_ROUND_TOKENS
                    });
                    let count = round.count();
                    waiting.drain(..count).collect::<Vec<_>>()
                }
            };
            if requests.is_empty() {
                return;
            }
            requests.retain(|request| !request.reply.is_closed());
            if requests.is_empty() {
                continue;
            }
            let started = Instant::now();
            Self::answer_requests(encoder, requests);
            let mut timings = lock_unpoisoned(&self.timings);
            timings.busy += started.elapsed();
            timings.batches += 1;
        }
    }

    /// Computes the vectors of requests and sends them to their callers.
    fn answer_requests(encoder: &LoadedModel, requests: Vec<Request>) {
        let sequences: Vec<&[u32]> =
            requests.iter().flat_map(|request| request.sequences.iter().map(Vec::as_slice)).collect();
        let mut vectors = encoder.compute_vectors(&sequences).into_iter();
        for request in requests {
            let request_vectors = vectors.by_ref().take(request.sequences.len()).collect();
            // A closed receiver is no error: the caller is gone.
            let _ = request.reply.send(Ok(request_vectors));
        }
    }
}

#[async_trait]
impl Embedder for LocalEmbedder {
    fn info(&self) -> &EmbedderInfo {
        &self.info
    }

    async fn load(&self) -> Result<(), EmbedError> {
        let shared = Arc::clone(&self.shared);
        let loading = tokio::task::spawn_blocking(move || shared.ensure_loaded().map(drop));
        loading.await.map_err(|error| EmbedError::Load(error.to_string()))?
    }

    async fn embed(&self, role: TextRole, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let shared = Arc::clone(&self.shared);
        let _permit = self.shared.permits.try_acquire().map_err(|_| EmbedError::Overloaded)?;
        let (reply, answer) = oneshot::channel();
        // Not awaited: the computing thread continues with other requests after this one is answered.
        tokio::task::spawn_blocking(move || match shared.prepare_sequences(role, &texts) {
            Ok((encoder, sequences)) => {
                let request = Request { sequences, reply };
                lock_unpoisoned(&shared.role_queue(role).waiting).push(request);
                shared.drain_queue(&encoder, role);
            }
            // A closed receiver is no error: the caller is gone.
            Err(error) => drop(reply.send(Err(error))),
        });
        answer
            .await
            .map_err(|_| EmbedError::Inference("the search model stopped before it answered".into()))?
    }
}

impl TokenSpans for LocalEmbedder {
    fn token_spans(&self, text: &str) -> Vec<Range<usize>> {
        match self.shared.ensure_loaded() {
            Ok(encoder) => encoder.model.token_spans(text),
            Err(_) => Vec::new(),
        }
    }
}
