//! Index commits: a commit of both indexes waits for the disk, however little it holds. While one is running,
//! the sources that get ready gather for the next.

use std::sync::{Mutex, PoisonError};

use hearth_index::{IndexError, KeyedVectors, SearchIndex};
use hearth_store::IndexEntry;
use tokio::sync::oneshot;

use crate::library::borrow_entries;
use crate::{Library, LibraryError};

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

impl Library {
    /// Replaces the index entries of a source; durable and searchable once this returns.
    pub(crate) async fn commit_source(&self, source: SearchableSource) -> Result<(), LibraryError> {
        let shared = self.0.clone();
        let (reply, receiver) = oneshot::channel();
        let commit_task = self.0.tasks.spawn_blocking(move || {
            shared.commits.push_source(WaitingSource { source, reply });
            shared.commits.commit_waiting(&shared.index);
        });
        match receiver.await {
            Ok(outcome) => Ok(outcome?),
            // The committing thread panicked; if it was this one, its panic explains more.
            Err(_) => {
                commit_task.await?;
                Err(LibraryError::Invalid(
                    "the search index could not be written; see the log for details".into(),
                ))
            }
        }
    }
}

impl CommitQueue {
    fn push_source(&self, waiting: WaitingSource) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(waiting);
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
