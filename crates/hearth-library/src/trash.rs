//! The trash: listing and emptying; restoring is part of ingest.

use hearth_store::TrashItem;
use jiff::Timestamp;

use crate::{Library, LibraryError};

impl Library {
    /// Items in the trash, latest first.
    pub async fn list_trash(&self) -> Result<Vec<TrashItem>, LibraryError> {
        Ok(self.0.store.list_trash().await?)
    }

    /// Deletes for good all items that were moved to the trash before a time; returns their number.
    pub async fn empty_trash(&self, before: Timestamp) -> Result<u64, LibraryError> {
        Ok(self.0.store.empty_trash(before).await?)
    }
}
