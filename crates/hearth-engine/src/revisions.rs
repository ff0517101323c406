//! Texts that were read a moment ago: a question looks at the same few again and again.

use std::sync::{Arc, Mutex, PoisonError};

use hearth_domain::{Revision, RevisionId, SourceId};
use lru::LruCache;

use crate::{Engine, EngineError};

/// Characters that are kept in memory at most, over all texts.
const MOST: usize = 8_000_000;

/// The texts that were used last.
pub(crate) struct Revisions(Mutex<Held>);

struct Held {
    texts: LruCache<RevisionId, Arc<Revision>>,
    chars: usize,
}

impl Default for Revisions {
    fn default() -> Self {
        Self(Mutex::new(Held { texts: LruCache::unbounded(), chars: 0 }))
    }
}

impl Revisions {
    fn get(&self, id: RevisionId) -> Option<Arc<Revision>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).texts.get(&id).cloned()
    }

    fn keep(&self, id: RevisionId, revision: &Arc<Revision>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.chars += revision.text.len();
        if let Some(before) = held.texts.put(id, Arc::clone(revision)) {
            held.chars -= before.text.len();
        }
        while held.chars > MOST {
            let Some((_, oldest)) = held.texts.pop_lru() else {
                return;
            };
            held.chars -= oldest.text.len();
        }
    }
}

impl Engine {
    /// A revision of a source, from memory when it was used lately.
    ///
    /// # Errors
    /// [`hearth_store::StoreError::NotFound`] when the source was deleted or never had it; one that
    /// is remembered is given without looking whether its source still is.
    pub async fn revision(&self, source: SourceId, id: RevisionId) -> Result<Arc<Revision>, EngineError> {
        if let Some(known) = self.0.revisions.get(id) {
            return Ok(known);
        }
        let (_, revision) = self.0.store.revision(source, Some(id)).await?;
        let revision = Arc::new(revision);
        self.0.revisions.keep(id, &revision);
        Ok(revision)
    }
}
