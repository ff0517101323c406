//! The local embedder: loads on first use, queues within bounds, batches by length, and leaves out
//! what nobody waits for any more.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use hearth_domain::{EmbedError, Embedder, EmbedderInfo, TextRole, TokenSpans};
use tokio::sync::{Semaphore, oneshot};

use crate::{BertEncoder, CatalogueEntry, ModelCache};

/// Tokens that go through the model together: enough to keep the matrix product busy, small
/// enough to stay in the caches.
const BATCH_TOKENS: usize = 1024;
/// Requests that may wait; more are refused.
const QUEUE: usize = 512;

struct Request {
    sequences: Vec<Vec<u32>>,
    reply: oneshot::Sender<Result<Vec<Vec<f32>>, EmbedError>>,
}

/// Waiting requests: questions go before documents.
#[derive(Default)]
struct Waiting {
    queries: Vec<Request>,
    passages: Vec<Request>,
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
    pool: rayon::ThreadPool,
}

struct Shared {
    entry: CatalogueEntry,
    cache: ModelCache,
    threads: usize,
    encoder: Mutex<Option<Arc<Loaded>>>,
    waiting: Mutex<Waiting>,
    permits: Semaphore,
    times: Mutex<Times>,
    /// Held by whichever thread is computing; there is one loaded model and one batch at a time.
    computing: Mutex<()>,
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
    /// An embedder on `threads` threads (0: all cores). Loads nothing yet, and its files may come
    /// later.
    pub fn new(entry: &CatalogueEntry, cache: &ModelCache, threads: usize) -> Self {
        Self {
            info: EmbedderInfo {
                id: entry.id.clone(),
                dimensions: entry.dimensions,
                max_tokens: entry.max_tokens,
                languages: entry.languages.clone(),
            },
            shared: Arc::new(Shared {
                entry: entry.clone(),
                cache: cache.clone(),
                threads,
                encoder: Mutex::new(None),
                waiting: Mutex::default(),
                permits: Semaphore::new(QUEUE),
                times: Mutex::default(),
                computing: Mutex::new(()),
            }),
        }
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
        let encoder = BertEncoder::load(&files.folder, self.entry.pooling, self.entry.max_tokens)
            .map_err(|error| load(error.to_string()))?;
        if encoder.dimensions() != self.entry.dimensions {
            return Err(EmbedError::Load(format!(
                "its vectors have {} values, the catalogue says {}",
                encoder.dimensions(),
                self.entry.dimensions
            )));
        }
        tracing::info!(model = self.entry.id, elapsed = ?started.elapsed(), "embedder loaded");
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads)
            .thread_name(|index| format!("embed-{index}"))
            .build()
            .map_err(|error| load(error.to_string()))?;
        let encoder = Arc::new(Loaded { model: encoder, pool });
        locked(&self.times).load = started.elapsed();
        *slot = Some(Arc::clone(&encoder));
        Ok(encoder)
    }

    /// The model and a text's tokens, with the prefix for its role.
    fn prepared(&self, role: TextRole, texts: &[String]) -> Result<(Arc<Loaded>, Vec<Vec<u32>>), EmbedError> {
        let encoder = self.encoder()?;
        let prefix = match role {
            TextRole::Query => &self.entry.query_prefix,
            TextRole::Passage => &self.entry.passage_prefix,
        };
        let sequences = texts
            .iter()
            .map(|text| encoder.model.tokens(&format!("{prefix}{text}")))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| EmbedError::Inference(error.to_string()))?;
        Ok((encoder, sequences))
    }

    /// Works the queue until it is empty. Whoever holds
    /// the computing lock works for all who wait, so batches form by themselves: what queued
    /// while the last batch ran goes together.
    fn work(&self, encoder: &Loaded) {
        let _computing = locked(&self.computing);
        loop {
            let mut taken = {
                let mut waiting = locked(&self.waiting);
                if waiting.queries.is_empty() {
                    // One document request at a time, so that a question waits for one at most.
                    let rest = waiting.passages.len().min(1);
                    waiting.passages.drain(..rest).collect::<Vec<_>>()
                } else {
                    std::mem::take(&mut waiting.queries)
                }
            };
            taken.retain(|request| !request.reply.is_closed());
            if taken.is_empty() {
                let waiting = locked(&self.waiting);
                if waiting.queries.is_empty() && waiting.passages.is_empty() {
                    return;
                }
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
        let mut order: Vec<(usize, usize)> = requests
            .iter()
            .enumerate()
            .flat_map(|(index, request)| (0..request.sequences.len()).map(move |at| (index, at)))
            .collect();
        let length = |&(request, at): &(usize, usize)| requests[request].sequences[at].len();
        order.sort_by_key(length);
        let mut results: Vec<Vec<Vec<f32>>> =
            requests.iter().map(|request| vec![Vec::new(); request.sequences.len()]).collect();
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            let mut tokens = 0;
            let fitting = rest
                .iter()
                .take_while(|place| {
                    tokens += length(place);
                    tokens <= BATCH_TOKENS
                })
                .count()
                .max(1);
            let (batch, others) = rest.split_at(fitting);
            rest = others;
            let sequences: Vec<&[u32]> =
                batch.iter().map(|&(request, at)| requests[request].sequences[at].as_slice()).collect();
            let vectors = encoder.pool.install(|| encoder.model.encode(&sequences));
            for (&(request, at), vector) in batch.iter().zip(vectors) {
                results[request][at] = vector;
            }
        }
        for (request, vectors) in requests.into_iter().zip(results) {
            // Nobody listening any more is no error.
            let _ = request.reply.send(Ok(vectors));
        }
    }
}

#[async_trait]
impl Embedder for LocalEmbedder {
    fn info(&self) -> &EmbedderInfo {
        &self.info
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
                let mut waiting = locked(&shared.waiting);
                match role {
                    TextRole::Query => waiting.queries.push(request),
                    TextRole::Passage => waiting.passages.push(request),
                }
                drop(waiting);
                shared.work(&encoder);
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
