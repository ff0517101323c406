//! The result of reading a source, which is stored unless the source is as it was.

use hearth_domain::{Job, Revision, RevisionId, Source};
use hearth_store::RevisionMetadata;
use uuid::Uuid;

use crate::{Library, LibraryError};

/// Result of reading a source.
pub(super) enum Reading {
    /// A new revision, which is stored.
    Revision(RevisionId),
    /// The text and its places are those of the current revision.
    Unchanged,
    /// The job was cancelled.
    Cancelled,
}

impl Library {
    /// Stores what was read: as a new revision, unless the current one is the same.
    pub(super) async fn store_reading(
        &self,
        job: &Job,
        source: &Source,
        revision: &Revision,
        metadata: &RevisionMetadata,
    ) -> Result<Reading, LibraryError> {
        let store = &self.0.store;
        if source.revision.is_some() && store.get_revision(source.id, None).await?.1 == *revision {
            // The problems, for example, may be others by now.
            store.update_revision_facts(source.id, metadata).await?;
            return Ok(Reading::Unchanged);
        }
        let id = RevisionId(Uuid::now_v7());
        store.save_revision(source.id, job.id, id, revision, metadata).await?;
        Ok(Reading::Revision(id))
    }
}
