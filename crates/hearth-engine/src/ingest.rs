//! Adding sources: registering them at once, reading, cutting, embedding and indexing them in the
//! background, step by step; each step leaves its result in the store, so that a crash loses none.

mod commits;
mod guide;
mod listen;
mod work;
mod written;

use hearth_documents::detect;
use hearth_domain::{NotebookId, Origin, Source, SourceId, SourceStatus};
use hearth_store::{Added, NewJob, NewSource, StagedBlob};
use uuid::Uuid;

pub(crate) use self::commits::Commits;
pub(crate) use self::work::embedded_text;
use crate::engine::borrowed;
use crate::{Engine, EngineError, LibraryEvent};

/// A file whose bytes have arrived.
#[derive(Debug)]
pub struct NewFile {
    pub name: String,
    pub bytes: StagedBlob,
    pub origin: Origin,
}

/// Only the name: what comes before it is the sender's business, and may be an attempt to climb.
fn base_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
    if name.trim().is_empty() { "Untitled".to_owned() } else { name.trim().to_owned() }
}

impl Engine {
    /// Registers a file with its job and says so at once; bytes that are in the library already
    /// are linked.
    pub async fn add_file(&self, notebook: NotebookId, file: NewFile) -> Result<Added, EngineError> {
        let shared = &self.0;
        let name = base_name(&file.name);
        if file.bytes.is_empty() {
            return Err(EngineError::Invalid(format!("{name} is empty")));
        }
        // What cannot be read is not kept.
        let path = file.bytes.path().to_owned();
        let title = name.clone();
        let found = tokio::task::spawn_blocking(move || {
            let mut original = std::fs::File::open(path).ok()?;
            detect(&name, &mut original)
        })
        .await?;
        let Some(detected) = found else {
            return Err(EngineError::Unreadable(title));
        };
        let _entering = shared.store.blobs().entering().await;
        let (sha256, bytes) = shared.store.blobs().keep(file.bytes).await?;
        let new = NewSource {
            id: SourceId(Uuid::now_v7()),
            title,
            kind: detected.kind,
            media_type: detected.media_type.to_owned(),
            bytes,
            sha256,
            origin: file.origin,
        };
        let job = NewJob { id: Uuid::now_v7().into() };
        let added = shared.store.add_source(notebook, &new, job).await?;
        shared.tell(LibraryEvent::Notebook(notebook));
        shared.tell(LibraryEvent::Source(added.source.id));
        shared.work.notify_one();
        Ok(added)
    }

    /// Deletes a source out of every notebook; nothing of it is findable when this returns.
    pub async fn delete_source(&self, id: SourceId) -> Result<(), EngineError> {
        let key = self.0.store.source_key(id).await?;
        self.0.store.delete_source(id).await?;
        if let Some(key) = key {
            self.unindex(key).await?;
        }
        self.0.tell(LibraryEvent::Source(id));
        Ok(())
    }

    /// Renames a source; it is found by its new name when this returns.
    pub async fn rename_source(&self, id: SourceId, title: &str) -> Result<Source, EngineError> {
        let source = self.0.store.rename_source(id, title).await?;
        if source.status == SourceStatus::Ready
            && let Some(key) = self.0.store.source_key(id).await?
        {
            let entries = self.0.store.index_entries_of(id).await?;
            let shared = self.0.clone();
            tokio::task::spawn_blocking(move || shared.index.put_words(&[(key, borrowed(&entries))]))
                .await??;
        }
        self.0.tell(LibraryEvent::Source(id));
        Ok(source)
    }

    /// Takes a source out of a notebook, and deletes it when no other holds it.
    pub async fn remove_source(&self, notebook: NotebookId, id: SourceId) -> Result<(), EngineError> {
        let key = self.0.store.source_key(id).await?;
        if self.0.store.remove_source(notebook, id).await?
            && let Some(key) = key
        {
            self.unindex(key).await?;
        }
        self.0.tell(LibraryEvent::Source(id));
        self.0.tell(LibraryEvent::Notebook(notebook));
        Ok(())
    }

    /// Takes a thing out of the trash; its passages are findable when this returns.
    pub async fn restore(&self, id: &str) -> Result<(), EngineError> {
        let restored = self.0.store.restore(id).await?;
        self.reconcile().await?;
        self.0.work.notify_one();
        for source in restored.sources {
            self.0.tell(LibraryEvent::Source(source));
        }
        if let Ok(id) = id.parse::<Uuid>() {
            self.0.tell(LibraryEvent::Notebook(NotebookId(id)));
        }
        Ok(())
    }

    /// Deletes a notebook, with the sources that no other notebook holds.
    pub async fn delete_notebook(&self, id: NotebookId) -> Result<(), EngineError> {
        // Their numbers are not to be had once they are deleted.
        let sources = self.0.store.sources_of(id).await?;
        let mut keys = Vec::new();
        for source in &sources {
            keys.push((source.id, self.0.store.source_key(source.id).await?));
        }
        for gone in self.0.store.delete_notebook(id).await? {
            if let Some((_, Some(key))) = keys.iter().find(|(id, _)| *id == gone) {
                self.unindex(*key).await?;
            }
        }
        self.0.tell(LibraryEvent::Notebook(id));
        Ok(())
    }

    async fn unindex(&self, key: i64) -> Result<(), EngineError> {
        let engine = self.clone();
        tokio::task::spawn_blocking(move || engine.0.index.remove_source(key)).await??;
        Ok(())
    }
}
