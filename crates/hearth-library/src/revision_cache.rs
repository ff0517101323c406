//! Cache of revisions: a question reads the same few again and again.

use std::sync::{Arc, Mutex, PoisonError};

use hearth_domain::{Revision, RevisionId, SourceId};
use lru::LruCache;

use crate::{Library, LibraryError};

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
    fn get(&self, id: RevisionId) -> Option<Arc<Revision>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).texts.get(&id).cloned()
    }

    fn insert(&self, id: RevisionId, revision: &Arc<Revision>) {
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

impl Library {
    /// A revision of a source, from memory if it was used lately.
    ///
    /// # Errors
    /// [`hearth_store::StoreError::NotFound`] if the source was deleted or never had it; a cached one is
    /// returned without a check that its source still exists.
    pub async fn load_revision(
        &self,
        source: SourceId,
        id: RevisionId,
    ) -> Result<Arc<Revision>, LibraryError> {
        if let Some(known) = self.0.revisions.get(id) {
            return Ok(known);
        }
        let (_, revision) = self.0.store.get_revision(source, Some(id)).await?;
        let revision = Arc::new(revision);
        self.0.revisions.insert(id, &revision);
        Ok(revision)
    }
}
