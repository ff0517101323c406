//! The engine: what all use cases share.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use hearth_documents::Reader;
use hearth_domain::{ChatModel, Clock, Cutting, Embedder, TokenSpans, TurnId};
use hearth_index::{Entry, Index, Keyed};
use hearth_store::Store;
use tokio::sync::{Notify, Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

use crate::ask::{AskSettings, RunningTurn};
use crate::events::{Events, Numbered};
use crate::ingest::Commits;
use crate::models::Models;
use crate::revisions::Revisions;
use crate::running_jobs::RunningJobs;
use crate::speech::Speech;
use crate::{EngineError, LibraryEvent};

/// Sources that are brought in line together.
const AT_ONCE: usize = 500;
/// Raised whenever the rules of cutting change.
const CUTTING_VERSION: u16 = 1;

/// An embedder and its measure of text.
#[derive(Clone)]
pub struct Embedding {
    pub embedder: Arc<dyn Embedder>,
    pub spans: Arc<dyn TokenSpans>,
}

/// What an engine is made of.
pub struct EngineParts {
    pub store: Store,
    pub index: Index,
    pub reader: Reader,
    pub embedding: Embedding,
    pub models: Arc<dyn Models>,
    pub speech: Arc<dyn Speech>,
    pub chat: Arc<dyn ChatModel>,
    pub clock: Clock,
    pub settings: AskSettings,
    pub max_text_chars: usize,
    /// Documents that are read at the same time.
    pub readers: usize,
}

/// A library at work. Cheap to clone.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) index: Index,
    pub(crate) reader: Reader,
    pub(crate) embedding: RwLock<Embedding>,
    pub(crate) models: Arc<dyn Models>,
    pub(crate) speech: Arc<dyn Speech>,
    chat: RwLock<(Arc<dyn ChatModel>, AskSettings)>,
    pub(crate) clock: Clock,
    pub(crate) max_text_chars: usize,
    pub(crate) jobs: RunningJobs,
    events: Events,
    /// Rung when a job is waiting.
    pub(crate) work: Notify,
    pub(crate) stop: CancellationToken,
    pub(crate) turns: Mutex<HashMap<TurnId, Arc<RunningTurn>>>,
    pub(crate) revisions: Revisions,
    pub(crate) commits: Commits,
    /// Documents that may be read at the same time.
    pub(crate) reading: Semaphore,
}

impl Shared {
    pub(crate) fn tell(&self, event: LibraryEvent) {
        self.events.tell(event);
    }

    /// The embedder of the library's vectors.
    pub(crate) fn embedding(&self) -> Embedding {
        self.embedding.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn embedder(&self) -> Arc<dyn Embedder> {
        self.embedding().embedder
    }

    pub(crate) fn chat(&self) -> Arc<dyn ChatModel> {
        Arc::clone(&self.chat.read().unwrap_or_else(PoisonError::into_inner).0)
    }

    pub(crate) fn settings(&self) -> AskSettings {
        self.chat.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    pub(crate) fn running(&self) -> std::sync::MutexGuard<'_, HashMap<TurnId, Arc<RunningTurn>>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn embedder_id(&self) -> String {
        self.embedder().info().id.clone()
    }

    /// How revisions are cut for the embedder: about 200 tokens, or less where it sees less.
    pub(crate) fn cutting(&self) -> Cutting {
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

impl Engine {
    /// Puts an engine together: the indexes are brought in line with the library, what a process
    /// before this one left running is taken up again.
    pub async fn start(parts: EngineParts) -> Result<Self, EngineError> {
        let EngineParts {
            store,
            index,
            reader,
            embedding,
            models,
            speech,
            chat,
            clock,
            settings,
            max_text_chars,
            readers,
        } = parts;
        let engine = Self(Arc::new(Shared {
            store,
            index,
            reader,
            embedding: RwLock::new(embedding),
            models,
            speech,
            chat: RwLock::new((chat, settings)),
            clock,
            max_text_chars,
            jobs: RunningJobs::default(),
            events: Events::default(),
            work: Notify::new(),
            stop: CancellationToken::new(),
            turns: Mutex::default(),
            revisions: Revisions::default(),
            commits: Commits::default(),
            reading: Semaphore::new(readers.max(1)),
        }));
        engine.0.store.recover_jobs().await?;
        crate::dictate::recover(engine.0.store.folder()).await;
        engine.close_interrupted_turns().await?;
        engine.reconcile().await?;
        Ok(engine)
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub fn chat_model(&self) -> Arc<dyn ChatModel> {
        self.0.chat()
    }

    /// How questions are answered.
    pub fn ask_settings(&self) -> AskSettings {
        self.0.settings()
    }

    /// Uses another language model server, or other settings, from the next question on.
    pub fn change_chat(&self, chat: Arc<dyn ChatModel>, settings: AskSettings) {
        *self.0.chat.write().unwrap_or_else(PoisonError::into_inner) = (chat, settings);
        self.0.tell(LibraryEvent::Settings);
    }

    /// The embedder of the library's vectors.
    pub fn embedder(&self) -> Arc<dyn Embedder> {
        self.0.embedder()
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub fn reader(&self) -> &Reader {
        &self.0.reader
    }

    /// What happened after a number, or `None` when that is not known any more, and everything
    /// that changes from now on.
    pub fn events(&self, after: Option<u64>) -> (Option<Vec<Numbered>>, broadcast::Receiver<Numbered>) {
        self.0.events.after(after)
    }

    /// Tells listeners of a change that was made in the store directly.
    pub fn tell(&self, event: LibraryEvent) {
        self.0.tell(event);
    }

    /// Ends all work; what was begun goes on at the next start.
    pub fn stop(&self) {
        self.0.stop.cancel();
    }

    /// Fired when the engine stops.
    pub fn stopping(&self) -> CancellationToken {
        self.0.stop.clone()
    }

    /// Brings both indexes in line with the library, source by source, where they differ; no
    /// vector is computed.
    pub(crate) async fn reconcile(&self) -> Result<(), EngineError> {
        let shared = &self.0;
        let (words, vectors) = (shared.index.worded_sources()?, shared.index.vector_sources());
        let embedder = shared.embedder_id();
        let wanted = shared.store.indexed_sources(&embedder).await?;
        let mut changed = Vec::new();
        let mut moved = Vec::new();
        for source in &wanted {
            if words.get(&source.key) != Some(&(source.passages, source.sum)) {
                changed.push((source.key, shared.store.index_entries_of(source.id).await?));
            }
            if vectors.get(&source.key).copied().unwrap_or_default() != (source.vectors, source.vector_sum) {
                let stored = shared.store.vectors_of(source.id, &embedder).await?;
                moved.push((source.key, stored.into_iter().map(|row| (row.key, row.vector)).collect()));
            }
            if changed.len() + moved.len() >= AT_ONCE {
                self.put_back(&embedder, std::mem::take(&mut changed), std::mem::take(&mut moved)).await?;
            }
        }
        let known: HashSet<i64> = wanted.iter().map(|source| source.key).collect();
        let held: HashSet<i64> = words.keys().chain(vectors.keys()).copied().collect();
        for key in held.difference(&known) {
            changed.push((*key, Vec::new()));
            moved.push((*key, Vec::new()));
        }
        self.put_back(&embedder, changed, moved).await
    }

    async fn put_back(
        &self,
        embedder: &str,
        words: Vec<Worded>,
        vectors: Vec<(i64, Keyed)>,
    ) -> Result<(), EngineError> {
        if words.is_empty() && vectors.is_empty() {
            return Ok(());
        }
        tracing::info!(
            sources = words.len().max(vectors.len()),
            "bringing the index in line with the library"
        );
        let (shared, embedder) = (self.0.clone(), embedder.to_owned());
        tokio::task::spawn_blocking(move || {
            if !vectors.is_empty() {
                shared.index.put_vectors(&embedder, &vectors)?;
            }
            if words.is_empty() {
                return Ok(());
            }
            let entries: Vec<(i64, Vec<Entry<'_>>)> =
                words.iter().map(|(key, entries)| (*key, borrowed(entries))).collect();
            shared.index.put_words(&entries)
        })
        .await??;
        Ok(())
    }

    /// How many passages each index holds: (words, vectors).
    pub fn index_counts(&self) -> Result<(usize, usize), EngineError> {
        let words = self.0.index.worded_sources()?.values().map(|(count, _)| *count as usize).sum();
        Ok((words, self.0.index.vector_count()))
    }
}

/// A source's number and its passages for the words.
type Worded = (i64, Vec<hearth_store::IndexEntry>);

/// Index entries as the index takes them.
pub(crate) fn borrowed(entries: &[hearth_store::IndexEntry]) -> Vec<Entry<'_>> {
    entries
        .iter()
        .map(|entry| Entry {
            key: entry.key,
            source: entry.source_key,
            title: &entry.title,
            section: &entry.section,
            text: &entry.text,
            language: entry.language.as_deref(),
        })
        .collect()
}
