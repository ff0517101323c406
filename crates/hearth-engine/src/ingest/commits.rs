//! Making sources findable together: a commit of both indexes waits for the disk, however little it holds. While one
//! is on its way, the sources that get ready gather for the next.

use std::sync::{Mutex, PoisonError};

use hearth_index::{Index, IndexError, Keyed};
use hearth_store::IndexEntry;
use tokio::sync::oneshot;

use crate::engine::borrowed;
use crate::{Engine, EngineError};

/// What a source is found by.
pub(crate) struct Findable {
    pub(crate) source: i64,
    pub(crate) entries: Vec<IndexEntry>,
    /// Of this embedder.
    pub(crate) embedder: String,
    pub(crate) vectors: Keyed,
}

struct Waiting {
    findable: Findable,
    reply: oneshot::Sender<Result<(), IndexError>>,
}

/// The sources that wait for the next commit.
#[derive(Default)]
pub(crate) struct Commits {
    waiting: Mutex<Vec<Waiting>>,
    /// Held by whoever commits, for all who wait.
    committing: Mutex<()>,
}

impl Engine {
    /// Replaces what a source is found by; durable and findable when it returns.
    pub(crate) async fn make_findable(&self, findable: Findable) -> Result<(), EngineError> {
        let shared = self.0.clone();
        let (reply, answer) = oneshot::channel();
        let done = tokio::task::spawn_blocking(move || {
            shared.commits.push(Waiting { findable, reply });
            shared.commits.commit(&shared.index);
        });
        match answer.await {
            Ok(outcome) => Ok(outcome?),
            // Whoever committed broke off; if it was this one, its panic says more.
            Err(_) => {
                done.await?;
                Err(EngineError::Invalid("the index was not written; the log says why".into()))
            }
        }
    }
}

impl Commits {
    fn push(&self, waiting: Waiting) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(waiting);
    }

    /// Commits what waits, unless another one took it along.
    fn commit(&self, index: &Index) {
        let _committing = self.committing.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let (all, replies): (Vec<Findable>, Vec<_>) =
            taken.into_iter().map(|waiting| (waiting.findable, waiting.reply)).unzip();
        if all.is_empty() {
            return;
        }
        let outcomes = match put(index, &all) {
            Ok(()) => all.iter().map(|_| Ok(())).collect(),
            Err(error) if all.len() == 1 => vec![Err(error)],
            // Each gets its own chance, and its own error.
            Err(_) => all.iter().map(|findable| put(index, std::slice::from_ref(findable))).collect(),
        };
        for (reply, outcome) in replies.into_iter().zip(outcomes) {
            // Nobody listening any more is no error.
            let _ = reply.send(outcome);
        }
    }
}

fn put(index: &Index, all: &[Findable]) -> Result<(), IndexError> {
    // An embedder changes between two of them at most.
    for same in all.chunk_by(|one, next| one.embedder == next.embedder) {
        let vectors: Vec<_> = same.iter().map(|findable| (findable.source, &findable.vectors)).collect();
        index.put_vectors(&same[0].embedder, &vectors)?;
    }
    let entries: Vec<_> = all.iter().map(|findable| (findable.source, borrowed(&findable.entries))).collect();
    index.put_words(&entries)
}
