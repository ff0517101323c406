//! The local embedder: loads on first use, queues within bounds, batches by length, and leaves out
//! what nobody waits for any more.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use hearth_domain::{EmbedError, Embedder, EmbedderInfo, TextRole, TokenSpans};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use tokio::sync::{Semaphore, oneshot};

use crate::{BertEncoder, CatalogueEntry, EmbedShape, ModelCache, Precision};

/// Tokens that go through the model together: enough to keep the matrix product busy, small
/// enough to stay in the caches.
const BATCH_TOKENS: usize = 256;
/// Tokens of several requests that are computed together: a batch or more for each lane, and soon over.
const TOGETHER_TOKENS: usize = 16 * BATCH_TOKENS;
/// Requests that may wait; more are refused.
const QUEUE: usize = 512;

struct Request {
    sequences: Vec<Vec<u32>>,
    reply: oneshot::Sender<Result<Vec<Vec<f32>>, EmbedError>>,
}

impl Request {
    fn tokens(&self) -> usize {
        self.sequences.iter().map(Vec::len).sum()
    }
}

/// Requests of one role. Documents keep nothing waiting but documents: a question is computed
/// beside them.
#[derive(Default)]
struct Queue {
    waiting: Mutex<Vec<Request>>,
    /// Held by whichever thread is computing.
    computing: Mutex<()>,
}

/// What a model did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// How long loading took.
    pub load: Duration,
    /// How long it computed, over all batches.
    pub busy: Duration,
    pub batches: u64,
}

/// A model in memory, and the threads that compute it.
struct Loaded {
    model: BertEncoder,
    /// All threads on one batch: for a question, which somebody waits for.
    together: ThreadPool,
    /// One thread each: for many texts, a batch a lane, which spares the threads waiting for each other.
    lanes: Vec<ThreadPool>,
}

impl Loaded {
    fn new(model: BertEncoder, threads: usize) -> Result<Self, ThreadPoolBuildError> {
        let pool = |name: &'static str, threads| {
            ThreadPoolBuilder::new()
                .num_threads(threads)
                .thread_name(move |index| format!("{name}-{index}"))
                .build()
        };
        let together = pool("embed", threads)?;
        let lanes =
            (0..together.current_num_threads()).map(|_| pool("embed-lane", 1)).collect::<Result<_, _>>()?;
        Ok(Self { model, together, lanes })
    }

    /// The vectors of token sequences, in their order.
    fn vectors(&self, sequences: &[&[u32]]) -> Vec<Vec<f32>> {
        let mut order: Vec<usize> = (0..sequences.len()).collect();
        order.sort_by_key(|&at| sequences[at].len());
        let mut batches = Vec::new();
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            let mut tokens = 0;
            let fitting = rest
                .iter()
                .take_while(|&&at| {
                    tokens += sequences[at].len();
                    tokens <= BATCH_TOKENS
                })
                .count()
                .max(1);
            let (batch, others) = rest.split_at(fitting);
            batches.push(batch);
            rest = others;
        }
        let encode = |batch: &[usize]| {
            let own: Vec<&[u32]> = batch.iter().map(|&at| sequences[at]).collect();
            self.model.encode(&own)
        };
        let mut vectors = vec![Vec::new(); sequences.len()];
        let mut put = |batch: &[usize], results: Vec<Vec<f32>>| {
            for (&at, vector) in batch.iter().zip(results) {
                vectors[at] = vector;
            }
        };
        if let [only] = batches.as_slice() {
            put(only, self.together.install(|| encode(only)));
            return vectors;
        }
        // The long ones first: what is left at the end is short.
        let waiting = Mutex::new(batches);
        let (done, results) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            for lane in &self.lanes {
                let (waiting, done, encode) = (&waiting, done.clone(), &encode);
                scope.spawn(move || {
                    lane.install(|| {
                        loop {
                            let Some(batch) = locked(waiting).pop() else { return };
                            // The receiver outlives this scope.
                            let _ = done.send((batch, encode(batch)));
                        }
                    });
                });
            }
        });
        drop(done);
        for (batch, results) in results {
            put(batch, results);
        }
        vectors
    }
}

struct Shared {
    entry: CatalogueEntry,
    cache: ModelCache,
    threads: usize,
    shape: EmbedShape,
    precision: Precision,
    encoder: Mutex<Option<Arc<Loaded>>>,
    queries: Queue,
    passages: Queue,
    permits: Semaphore,
    times: Mutex<Times>,
}

/// An embedder of the catalogue, run by this process.
#[derive(Clone)]
pub struct LocalEmbedder {
    info: EmbedderInfo,
    shared: Arc<Shared>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic while computing leaves nothing half done behind the lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LocalEmbedder {
    /// An embedder on `threads` threads (0: all cores); `None` where the model does something else. Loads nothing yet,
    /// and its files may come later.
    pub fn new(
        entry: &CatalogueEntry,
        cache: &ModelCache,
        threads: usize,
        precision: Precision,
    ) -> Option<Self> {
        let shape = entry.embed.clone()?;
        Some(Self {
            info: EmbedderInfo {
                id: entry.id.clone(),
                dimensions: shape.dimensions,
                max_tokens: shape.max_tokens,
                languages: entry.languages.clone(),
            },
            shared: Arc::new(Shared {
                entry: entry.clone(),
                shape,
                cache: cache.clone(),
                threads,
                precision,
                encoder: Mutex::new(None),
                queries: Queue::default(),
                passages: Queue::default(),
                permits: Semaphore::new(QUEUE),
                times: Mutex::default(),
            }),
        })
    }

    /// Token ids as text, for clients that send tokens.
    pub fn text_of(&self, tokens: &[u32]) -> Result<String, EmbedError> {
        let encoder = self.shared.encoder()?;
        encoder.model.text_of(tokens).map_err(|error| EmbedError::Inference(error.to_string()))
    }

    /// How many tokens a text has, special ones included, as far as the model looks at it.
    pub fn count_tokens(&self, text: &str) -> Result<usize, EmbedError> {
        let encoder = self.shared.encoder()?;
        let tokens = encoder.model.tokens(text).map_err(|error| EmbedError::Inference(error.to_string()))?;
        Ok(tokens.len())
    }

    /// What the model did so far.
    pub fn times(&self) -> Times {
        *locked(&self.shared.times)
    }

    /// Whether the model is in memory.
    pub fn is_loaded(&self) -> bool {
        locked(&self.shared.encoder).is_some()
    }
}

impl Shared {
    fn encoder(&self) -> Result<Arc<Loaded>, EmbedError> {
        let mut slot = locked(&self.encoder);
        if let Some(encoder) = slot.as_ref() {
            return Ok(Arc::clone(encoder));
        }
        let started = Instant::now();
        let load = |error: String| EmbedError::Load(error);
        let files = self.cache.find(&self.entry).ok_or_else(|| EmbedError::Missing(self.entry.id.clone()))?;
        let encoder =
            BertEncoder::load(&files.folder, self.shape.pooling, self.shape.max_tokens, self.precision)
                .map_err(|error| load(error.to_string()))?;
        if encoder.dimensions() != self.shape.dimensions {
            return Err(EmbedError::Load(format!(
                "its vectors have {} values, the catalogue says {}",
                encoder.dimensions(),
                self.shape.dimensions
            )));
        }
        tracing::info!(model = self.entry.id, elapsed = ?started.elapsed(), "embedder loaded");
        let encoder = Arc::new(Loaded::new(encoder, self.threads).map_err(|error| load(error.to_string()))?);
        locked(&self.times).load = started.elapsed();
        *slot = Some(Arc::clone(&encoder));
        Ok(encoder)
    }

    /// The model and a text's tokens, with the prefix for its role.
    fn prepared(&self, role: TextRole, texts: &[String]) -> Result<(Arc<Loaded>, Vec<Vec<u32>>), EmbedError> {
        let encoder = self.encoder()?;
        let prefix = match role {
            TextRole::Query => &self.shape.query_prefix,
            TextRole::Passage => &self.shape.passage_prefix,
        };
        let tokens = |text: &String| encoder.model.tokens(&format!("{prefix}{text}"));
        let sequences: Result<Vec<_>, _> = match texts {
            [only] => tokens(only).map(|sequence| vec![sequence]),
            many => encoder.together.install(|| many.par_iter().map(tokens).collect()),
        };
        let sequences = sequences.map_err(|error| EmbedError::Inference(error.to_string()))?;
        Ok((encoder, sequences))
    }

    fn queue(&self, role: TextRole) -> &Queue {
        match role {
            TextRole::Query => &self.queries,
            TextRole::Passage => &self.passages,
        }
    }

    /// Works a queue until it is empty. Whoever holds the computing lock works for all who wait, so batches
    /// form by themselves: the questions that came while the last ones were computed go together.
    fn work(&self, encoder: &Loaded, role: TextRole) {
        let queue = self.queue(role);
        let _computing = locked(&queue.computing);
        loop {
            let mut taken = match role {
                TextRole::Query => std::mem::take(&mut *locked(&queue.waiting)),
                // A few at a time: small ones fill the lanes, and each is answered as soon as it can be.
                TextRole::Passage => {
                    let mut waiting = locked(&queue.waiting);
                    let mut tokens = 0;
                    let few = waiting.iter().take_while(|request| {
                        let begun = tokens;
                        tokens += request.tokens();
                        begun == 0 || tokens <= TOGETHER_TOKENS
                    });
                    let few = few.count();
                    waiting.drain(..few).collect::<Vec<_>>()
                }
            };
            if taken.is_empty() {
                return;
            }
            taken.retain(|request| !request.reply.is_closed());
            if taken.is_empty() {
                continue;
            }
            let started = Instant::now();
            Self::answer(encoder, taken);
            let mut times = locked(&self.times);
            times.busy += started.elapsed();
            times.batches += 1;
        }
    }

    fn answer(encoder: &Loaded, requests: Vec<Request>) {
        let sequences: Vec<&[u32]> =
            requests.iter().flat_map(|request| request.sequences.iter().map(Vec::as_slice)).collect();
        let mut vectors = encoder.vectors(&sequences).into_iter();
        for request in requests {
            let own = vectors.by_ref().take(request.sequences.len()).collect();
            // Nobody listening any more is no error.
            let _ = request.reply.send(Ok(own));
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
        let loading = tokio::task::spawn_blocking(move || shared.encoder().map(drop));
        loading.await.map_err(|error| EmbedError::Load(error.to_string()))?
    }

    async fn embed(&self, role: TextRole, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let shared = Arc::clone(&self.shared);
        let _permit = self.shared.permits.try_acquire().map_err(|_| EmbedError::Overloaded)?;
        let (reply, answer) = oneshot::channel();
        // Not awaited: whoever computes goes on with what others wait for when this is answered.
        tokio::task::spawn_blocking(move || match shared.prepared(role, &texts) {
            Ok((encoder, sequences)) => {
                let request = Request { sequences, reply };
                locked(&shared.queue(role).waiting).push(request);
                shared.work(&encoder, role);
            }
            // Nobody listening any more is no error.
            Err(error) => drop(reply.send(Err(error))),
        });
        answer.await.map_err(|_| EmbedError::Inference("the embedder broke off".into()))?
    }
}

impl TokenSpans for LocalEmbedder {
    fn token_spans(&self, text: &str) -> Vec<Range<usize>> {
        match self.shared.encoder() {
            Ok(encoder) => encoder.model.spans(text),
            Err(_) => Vec::new(),
        }
    }
}
