//! Keys of programs and sessions of pages, stored as digests with the library that they open.

use hearth_domain::KeyId;
use hearth_store::StoredKey;

use crate::{Library, LibraryError};

/// Metadata key of the node's identity.
const NODE_META_KEY: &str = "node";

impl Library {
    /// Keys of programs, oldest first.
    pub async fn list_keys(&self) -> Result<Vec<StoredKey>, LibraryError> {
        Ok(self.0.store.list_keys().await?)
    }

    /// Stores a key.
    pub async fn add_key(&self, key: &StoredKey) -> Result<(), LibraryError> {
        Ok(self.0.store.add_key(key).await?)
    }

    /// Removes a key.
    pub async fn remove_key(&self, id: KeyId) -> Result<(), LibraryError> {
        Ok(self.0.store.remove_key(id).await?)
    }

    /// Records that a key was used now.
    pub async fn record_key_use(&self, id: KeyId) -> Result<(), LibraryError> {
        Ok(self.0.store.record_key_use(id).await?)
    }

    /// Stores the digest of a page's session.
    pub async fn add_session(&self, digest: &str) -> Result<(), LibraryError> {
        Ok(self.0.store.add_session(digest).await?)
    }

    /// Digests of the sessions of the last `days`; older ones are deleted.
    pub async fn list_sessions(&self, days: i64) -> Result<Vec<String>, LibraryError> {
        Ok(self.0.store.list_sessions(days).await?)
    }

    /// Id of the node that serves this library, created by `create_id` at its first start.
    pub async fn ensure_node_id(&self, create_id: impl FnOnce() -> String) -> Result<String, LibraryError> {
        if let Some(id) = self.0.store.get_metadata(NODE_META_KEY).await? {
            return Ok(id);
        }
        let id = create_id();
        self.0.store.set_metadata(NODE_META_KEY, &id).await?;
        Ok(id)
    }
}
