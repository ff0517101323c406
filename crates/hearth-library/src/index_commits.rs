//! Index commits: a commit of both indexes waits for the disk, however little it holds. While one is running,
//! the sources that get ready gather for the next.

use std::sync::{Mutex, PoisonError};

use hearth_index::{IndexError, KeyedVectors, PassageEntry, SearchIndex};
use hearth_store::IndexEntry;
use tokio::sync::oneshot;

/// Index entries and vectors of a source.
pub(crate) struct SearchableSource {
    pub(crate) source_key: i64,
    pub(crate) entries: Vec<IndexEntry>,
    /// Id of the embedder of the vectors.
    pub(crate) embedder: String,
    pub(crate) vectors: KeyedVectors,
}

struct WaitingSource {
    source: SearchableSource,
    reply: oneshot::Sender<Result<(), IndexError>>,
}

/// Queue of the sources for the next commit.
#[derive(Default)]
pub(crate) struct CommitQueue {
    waiting: Mutex<Vec<WaitingSource>>,
    /// Held during a commit, for all waiting sources.
    committing: Mutex<()>,
}

impl CommitQueue {
    /// Commits a source with those that wait. `reply` gets the outcome, perhaps from another thread that took the
    /// source along.
    pub(crate) fn commit_source(
        &self,
        index: &SearchIndex,
        source: SearchableSource,
        reply: oneshot::Sender<Result<(), IndexError>>,
    ) {
        let waiting = WaitingSource { source, reply };
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(waiting);
        self.commit_waiting(index);
    }

    /// Commits the waiting sources, unless another thread took them along.
    fn commit_waiting(&self, index: &SearchIndex) {
        let _committing = self.committing.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let (all, replies): (Vec<SearchableSource>, Vec<_>) =
            taken.into_iter().map(|waiting| (waiting.source, waiting.reply)).unzip();
        if all.is_empty() {
            return;
        }
        let outcomes = match write_indexes(index, &all) {
            Ok(()) => all.iter().map(|_| Ok(())).collect(),
            Err(error) if all.len() == 1 => vec![Err(error)],
            // Each source gets its own attempt, and its own error.
            Err(_) => all.iter().map(|source| write_indexes(index, std::slice::from_ref(source))).collect(),
        };
        for (reply, outcome) in replies.into_iter().zip(outcomes) {
            // A dropped receiver is no error.
            let _ = reply.send(outcome);
        }
    }
}

fn write_indexes(index: &SearchIndex, all: &[SearchableSource]) -> Result<(), IndexError> {
    // The embedder changes between two of them at most.
    for group in all.chunk_by(|source, next| source.embedder == next.embedder) {
        let vectors: Vec<_> = group.iter().map(|source| (source.source_key, &source.vectors)).collect();
        index.index_vectors(&group[0].embedder, &vectors)?;
    }
    let entries: Vec<_> =
        all.iter().map(|source| (source.source_key, borrow_entries(&source.entries))).collect();
    index.index_text(&entries)
}

/// Stored entries as the index takes them.
pub(crate) fn borrow_entries(entries: &[IndexEntry]) -> Vec<PassageEntry<'_>> {
    entries
        .iter()
        .map(|entry| PassageEntry {
            key: entry.key,
            source: entry.source_key,
            title: &entry.title,
            section: &entry.section,
            text: &entry.text,
            language: entry.language.as_deref(),
        })
        .collect()
}
