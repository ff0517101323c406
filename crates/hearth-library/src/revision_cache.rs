//! Cache of revisions: a question reads the same few again and again.

use std::sync::{Arc, Mutex, PoisonError};

use hearth_domain::{Revision, RevisionId};
use lru::LruCache;

/// Maximum bytes of text in memory, over all revisions.
const MAX_CACHED_BYTES: usize = 8_000_000;

/// Cache of the revisions that were used last.
pub(crate) struct RevisionCache(Mutex<CachedRevisions>);

struct CachedRevisions {
    texts: LruCache<RevisionId, Arc<Revision>>,
    bytes: usize,
}

impl Default for RevisionCache {
    fn default() -> Self {
        Self(Mutex::new(CachedRevisions { texts: LruCache::unbounded(), bytes: 0 }))
    }
}

impl RevisionCache {
    /// A revision, if it was used lately.
    pub(crate) fn get(&self, id: RevisionId) -> Option<Arc<Revision>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).texts.get(&id).cloned()
    }

    /// Adds a revision; those that were used longest ago make room for it.
    pub(crate) fn insert(&self, id: RevisionId, revision: &Arc<Revision>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.bytes += revision.text.len();
        if let Some(before) = held.texts.put(id, Arc::clone(revision)) {
            held.bytes -= before.text.len();
        }
        while held.bytes > MAX_CACHED_BYTES {
            let Some((_, oldest)) = held.texts.pop_lru() else {
                return;
            };
            held.bytes -= oldest.text.len();
        }
    }
}
