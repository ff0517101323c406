//! The library: state that all use cases share.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use hearth_documents::DocumentReader;
use hearth_domain::{
    ChatModel, Clock, Cutting, Embedder, EmbedderCatalogue, EmbeddingModel, EventStream, SpeechEngines,
    TurnId,
};
use hearth_index::{KeyedVectors, PassageEntry, SearchIndex};
use hearth_store::Store;
use tokio::sync::{Notify, Semaphore, broadcast};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ask::{AskSettings, RunningTurn};
use crate::events::PositionedEvent;
use crate::index_commits::{CommitQueue, borrow_entries};
use crate::revision_cache::RevisionCache;
use crate::running_jobs::RunningJobs;
use crate::sentence_vectors::SentenceVectors;
use crate::{LibraryError, LibraryEvent};

/// Sources that are reconciled at once.
const RECONCILE_BATCH_SIZE: usize = 500;
/// Time that tasks have to end before the store is closed.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Pages that are rendered at the same time.
const MAX_CONCURRENT_PAGES: usize = 2;
/// Version of the rules of cutting, raised with each change.
const CUTTING_VERSION: u16 = 2;

/// Parts of a library.
pub struct LibraryParts {
    pub store: Store,
    pub index: SearchIndex,
    pub reader: Arc<dyn DocumentReader>,
    pub embedding_model: EmbeddingModel,
    pub embedders: Arc<dyn EmbedderCatalogue>,
    pub speech: Arc<dyn SpeechEngines>,
    pub chat: Arc<dyn ChatModel>,
    pub clock: Clock,
    pub settings: AskSettings,
    pub max_text_chars: usize,
    /// Maximum documents that are read at the same time.
    pub max_concurrent_reads: usize,
}

/// A running library. Cheap to clone.
#[derive(Clone)]
pub struct Library(pub(crate) Arc<Shared>);

/// State of a library, behind its cheap handles.
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) index: SearchIndex,
    pub(crate) reader: Arc<dyn DocumentReader>,
    pub(crate) embedding_model: RwLock<EmbeddingModel>,
    pub(crate) embedders: Arc<dyn EmbedderCatalogue>,
    pub(crate) speech: Arc<dyn SpeechEngines>,
    chat: RwLock<(Arc<dyn ChatModel>, AskSettings)>,
    pub(crate) clock: Clock,
    pub(crate) max_text_chars: usize,
    pub(crate) jobs: RunningJobs,
    events: EventStream<LibraryEvent>,
    /// Notified when a job is waiting.
    pub(crate) job_queued: Notify,
    pub(crate) stop: CancellationToken,
    /// Turns, workers, guides: all that a stop waits for.
    pub(crate) tasks: TaskTracker,
    pub(crate) turns: Mutex<HashMap<TurnId, Arc<RunningTurn>>>,
    pub(crate) revisions: RevisionCache,
    pub(crate) sentence_vectors: SentenceVectors,
    pub(crate) commits: CommitQueue,
    /// Permits for reading documents.
    pub(crate) read_permits: Semaphore,
    /// Permits for rendering pages.
    pub(crate) page_permits: Semaphore,
    /// Held while a backup is written, verified or restored.
    pub(crate) backup_lock: tokio::sync::Mutex<()>,
}

impl Shared {
    /// Publishes an event.
    pub(crate) fn publish(&self, event: LibraryEvent) {
        self.events.publish(event);
    }

    /// Embedder of the library's vectors, with its tokeniser.
    pub(crate) fn embedding_model(&self) -> EmbeddingModel {
        self.embedding_model.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Embedder of the library's vectors.
    pub(crate) fn embedder(&self) -> Arc<dyn Embedder> {
        self.embedding_model().embedder
    }

    /// Current chat model.
    pub(crate) fn chat_model(&self) -> Arc<dyn ChatModel> {
        Arc::clone(&self.chat.read().unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Current settings for answering questions.
    pub(crate) fn ask_settings(&self) -> AskSettings {
        self.chat.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Turns that are being answered.
    pub(crate) fn running_turns(&self) -> std::sync::MutexGuard<'_, HashMap<TurnId, Arc<RunningTurn>>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Id of the embedder of the library's vectors.
    pub(crate) fn embedder_id(&self) -> String {
        self.embedder().info().id.clone()
    }

    /// Cutting for the embedder: about 200 tokens, or less if its limit is lower.
    pub(crate) fn cutting_rules(&self) -> Cutting {
        let limit = self.embedder().info().max_tokens as u16;
        let target = 200.min(limit.saturating_sub(40).max(16));
        Cutting {
            version: CUTTING_VERSION,
            target_tokens: target,
            max_tokens: (target + 24).min(limit.saturating_sub(8)),
            overlap_tokens: 24,
        }
    }
}

impl Library {
    /// Starts a library: reconciles the indexes with the store, and resumes the work of a previous process.
    pub async fn start(parts: LibraryParts) -> Result<Self, LibraryError> {
        let LibraryParts {
            store,
            index,
            reader,
            embedding_model: embedding,
            embedders,
            speech,
            chat,
            clock,
            settings,
            max_text_chars,
            max_concurrent_reads: readers,
        } = parts;
        let library = Self(Arc::new(Shared {
            store,
            index,
            reader,
            embedding_model: RwLock::new(embedding),
            embedders,
            speech,
            chat: RwLock::new((chat, settings)),
            clock,
            max_text_chars,
            jobs: RunningJobs::default(),
            events: EventStream::default(),
            job_queued: Notify::new(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            turns: Mutex::default(),
            revisions: RevisionCache::default(),
            sentence_vectors: SentenceVectors::default(),
            commits: CommitQueue::default(),
            read_permits: Semaphore::new(readers.max(1)),
            page_permits: Semaphore::new(MAX_CONCURRENT_PAGES),
            backup_lock: tokio::sync::Mutex::default(),
        }));
        if let Err(error) = library.0.store.recover_jobs().await {
            // On a full disk, for example; it is tried again with each renewal of the leases.
            tracing::warn!(%error, "interrupted jobs could not be queued again yet");
        }
        library.end_interrupted_turns().await?;
        library.reconcile_indexes().await?;
        Ok(library)
    }

    /// Current chat model.
    pub fn chat_model(&self) -> Arc<dyn ChatModel> {
        self.0.chat_model()
    }

    /// Settings for answering questions.
    pub fn ask_settings(&self) -> AskSettings {
        self.0.ask_settings()
    }

    /// Changes the language model server and the settings, from the next question on.
    pub fn change_chat_model(&self, chat: Arc<dyn ChatModel>, settings: AskSettings) {
        *self.0.chat.write().unwrap_or_else(PoisonError::into_inner) = (chat, settings);
        self.0.publish(LibraryEvent::Settings);
    }

    /// Embedder of the library's vectors.
    pub fn embedder(&self) -> Arc<dyn Embedder> {
        self.0.embedder()
    }

    /// Clock of all timestamps.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Subscribes to events. Also returns those after a position, or `None` if some are no longer known.
    pub fn subscribe_events(
        &self,
        after: Option<u64>,
    ) -> (Option<Vec<PositionedEvent>>, broadcast::Receiver<PositionedEvent>) {
        self.0.events.subscribe_after(after)
    }

    /// Position of the latest event.
    pub fn event_position(&self) -> u64 {
        self.0.events.position()
    }

    /// Waits, for some seconds at most, until turns and jobs have ended after [`Self::stop`], and closes the store;
    /// unfinished jobs are queued again.
    pub async fn close(&self) {
        self.0.tasks.close();
        if timeout(CLOSE_TIMEOUT, self.0.tasks.wait()).await.is_err() {
            tracing::warn!("a task of the library did not end in time");
        }
        if let Err(error) = self.0.store.release_jobs().await {
            tracing::warn!(%error, "running jobs could not be queued again; the next start queues them");
        }
        self.0.store.close().await;
    }

    /// Stops all work; unfinished work goes on at the next start.
    pub fn stop(&self) {
        self.0.stop.cancel();
    }

    /// Token that is cancelled when the library stops.
    pub fn stop_token(&self) -> CancellationToken {
        self.0.stop.clone()
    }

    /// Reconciles both indexes with the store, source by source, if they differ; no vector is computed.
    pub(crate) async fn reconcile_indexes(&self) -> Result<(), LibraryError> {
        let shared = &self.0;
        let (words, vectors) = (shared.index.text_indexed_sources()?, shared.index.vector_indexed_sources());
        let embedder = shared.embedder_id();
        let stored_sources = shared.store.list_indexed_sources(&embedder).await?;
        let mut changed_entries = Vec::new();
        let mut changed_vectors = Vec::new();
        for source in &stored_sources {
            if words.get(&source.key) != Some(&(source.passage_count, source.key_sum)) {
                changed_entries.push((source.key, shared.store.list_index_entries(source.id, None).await?));
            }
            if vectors.get(&source.key).copied().unwrap_or_default()
                != (source.vector_count, source.vector_key_sum)
            {
                let stored = shared.store.list_vectors(source.id, None, &embedder).await?;
                changed_vectors
                    .push((source.key, stored.into_iter().map(|row| (row.key, row.vector)).collect()));
            }
            if changed_entries.len() + changed_vectors.len() >= RECONCILE_BATCH_SIZE {
                self.reindex_sources(
                    &embedder,
                    std::mem::take(&mut changed_entries),
                    std::mem::take(&mut changed_vectors),
                )
                .await?;
            }
        }
        let known: HashSet<i64> = stored_sources.iter().map(|source| source.key).collect();
        let indexed_keys: HashSet<i64> = words.keys().chain(vectors.keys()).copied().collect();
        for key in indexed_keys.difference(&known) {
            changed_entries.push((*key, Vec::new()));
            changed_vectors.push((*key, Vec::new()));
        }
        self.reindex_sources(&embedder, changed_entries, changed_vectors).await
    }

    async fn reindex_sources(
        &self,
        embedder: &str,
        words: Vec<LexicalEntries>,
        vectors: Vec<(i64, KeyedVectors)>,
    ) -> Result<(), LibraryError> {
        if words.is_empty() && vectors.is_empty() {
            return Ok(());
        }
        tracing::info!(
            sources = words.len().max(vectors.len()),
            "updating the search index to match the library"
        );
        let (shared, embedder) = (self.0.clone(), embedder.to_owned());
        self.0
            .tasks
            .spawn_blocking(move || {
                if !vectors.is_empty() {
                    shared.index.index_vectors(&embedder, &vectors)?;
                }
                if words.is_empty() {
                    return Ok(());
                }
                let entries: Vec<(i64, Vec<PassageEntry<'_>>)> =
                    words.iter().map(|(key, entries)| (*key, borrow_entries(entries))).collect();
                shared.index.index_text(&entries)
            })
            .await??;
        Ok(())
    }

    /// Passages in each index: (lexical, vector).
    pub fn count_indexed_passages(&self) -> Result<(usize, usize), LibraryError> {
        let words = self.0.index.text_indexed_sources()?.values().map(|(count, _)| *count as usize).sum();
        Ok((words, self.0.index.count_vectors()))
    }
}

/// A source's key and its passages for the lexical index.
type LexicalEntries = (i64, Vec<hearth_store::IndexEntry>);
