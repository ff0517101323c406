//! Adding sources: registered at once, then read, cut, embedded and indexed in the background, step by step;
//! each step leaves its result in the store, so that a crash loses none.

mod extractive_guide;
mod job_worker;
mod reading;
mod source_ingestion;
mod source_transcription;
mod transcript_text;

use hearth_documents::detect_format;
use hearth_domain::{Job, JobPayload, NotebookId, Origin, OriginKind, Source, SourceId, SourceStatus};
use hearth_store::{AddedSource, NewJob, NewSource, StagedBlob};
use uuid::Uuid;

pub(crate) use self::source_ingestion::build_embedding_text;
use crate::index_commits::borrow_entries;
use crate::{Library, LibraryError, LibraryEvent};

/// Characters of a source's name.
const MAX_NAME_CHARS: usize = 200;

/// A file whose bytes have arrived.
#[derive(Debug)]
pub struct NewFile {
    pub name: String,
    pub bytes: StagedBlob,
    pub origin: Origin,
}

/// File name without its path, which is the sender's business and may be an attempt at path traversal.
fn base_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
    if name.trim().is_empty() { "Untitled".to_owned() } else { name.trim().to_owned() }
}

impl Library {
    /// A file to write the bytes of a new source to; removed when dropped.
    pub async fn stage_file(&self) -> Result<StagedBlob, LibraryError> {
        Ok(self.0.store.blobs().stage_blob(&Uuid::now_v7().to_string()).await?)
    }

    /// Adds a text as a source, which is stored as Markdown; without a title its first line is the title.
    pub async fn add_text(
        &self,
        notebook: NotebookId,
        title: &str,
        text: &str,
    ) -> Result<AddedSource, LibraryError> {
        let title = match title.trim() {
            "" => text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("Untitled"),
            title => title,
        };
        let title: String = title.chars().take(MAX_NAME_CHARS).collect();
        let mut bytes = self.stage_file().await?;
        bytes.write(text.as_bytes()).await?;
        let origin = Origin { kind: OriginKind::Text, value: None };
        let added = self.add_file(notebook, NewFile { name: format!("{title}.md"), bytes, origin }).await?;
        if added.job.is_none() {
            // These bytes are a source already, which keeps its title.
            return Ok(added);
        }
        let source = self.0.store.rename_source(added.source.id, &title).await?;
        Ok(AddedSource { source, ..added })
    }

    /// Registers a file with its job and returns at once; bytes that are in the library already are linked.
    pub async fn add_file(&self, notebook: NotebookId, file: NewFile) -> Result<AddedSource, LibraryError> {
        let shared = &self.0;
        let name = base_name(&file.name);
        if file.bytes.is_empty() {
            return Err(LibraryError::Invalid(format!("{name} is empty")));
        }
        // Unreadable files are not stored.
        let path = file.bytes.path().to_owned();
        let title = name.clone();
        let found = self
            .0
            .tasks
            .spawn_blocking(move || {
                let mut original = std::fs::File::open(path).ok()?;
                detect_format(&name, &mut original)
            })
            .await?;
        let Some(detected) = found else {
            return Err(LibraryError::Unreadable(title));
        };
        let _cleanup_guard = shared.store.blobs().defer_cleanup().await;
        let (sha256, bytes) = shared.store.blobs().commit_blob(file.bytes).await?;
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
        shared.publish(LibraryEvent::Notebook(notebook));
        shared.publish(LibraryEvent::Source(added.source.id));
        shared.job_queued.notify_one();
        Ok(added)
    }

    /// Reads a source again, for example after an update that reads more of its format. It can be asked meanwhile; its
    /// new text is used once it is indexed. A reading that has not ended yet is returned instead of another.
    pub async fn read_source_again(&self, id: SourceId) -> Result<Job, LibraryError> {
        let source = self.0.store.get_source(id).await?;
        let Some(revision) = source.revision.filter(|_| source.status == SourceStatus::Ready) else {
            let message = "the source has not been read yet; wait for that, or retry it if it failed";
            return Err(LibraryError::Conflict(message.into()));
        };
        self.add_job(&JobPayload::Reread { source_id: id, revision }).await
    }

    /// Deletes a source from every notebook; nothing of it is found once this returns.
    pub async fn delete_source(&self, id: SourceId) -> Result<(), LibraryError> {
        let key = self.0.store.get_source_key(id).await?;
        self.0.store.delete_source(id).await?;
        if let Some(key) = key {
            self.unindex_source(key).await?;
        }
        self.0.publish(LibraryEvent::Source(id));
        Ok(())
    }

    /// Renames a source; found by its new name once this returns.
    pub async fn rename_source(&self, id: SourceId, title: &str) -> Result<Source, LibraryError> {
        let title = title.trim();
        if title.is_empty() {
            return Err(LibraryError::Invalid("the title is empty; give it one".into()));
        }
        let source = self.0.store.rename_source(id, title).await?;
        if source.status == SourceStatus::Ready
            && let Some(key) = self.0.store.get_source_key(id).await?
        {
            let entries = self.0.store.list_index_entries(id, None).await?;
            let shared = self.0.clone();
            self.0
                .tasks
                .spawn_blocking(move || shared.index.index_text(&[(key, borrow_entries(&entries))]))
                .await??;
        }
        self.0.publish(LibraryEvent::Source(id));
        Ok(source)
    }

    /// Removes a source from a notebook, and deletes it if no other notebook has it.
    pub async fn remove_source(&self, notebook: NotebookId, id: SourceId) -> Result<(), LibraryError> {
        let key = self.0.store.get_source_key(id).await?;
        if self.0.store.remove_source_from_notebook(notebook, id).await?
            && let Some(key) = key
        {
            self.unindex_source(key).await?;
        }
        self.0.publish(LibraryEvent::Source(id));
        self.0.publish(LibraryEvent::Notebook(notebook));
        Ok(())
    }

    /// Restores an item from the trash; its passages are found once this returns.
    pub async fn restore_from_trash(&self, id: &str) -> Result<(), LibraryError> {
        let restored = self.0.store.restore_from_trash(id).await?;
        self.reconcile_indexes().await?;
        self.0.job_queued.notify_one();
        for source in restored.sources {
            self.0.publish(LibraryEvent::Source(source));
        }
        if let Ok(id) = id.parse::<Uuid>() {
            self.0.publish(LibraryEvent::Notebook(NotebookId(id)));
        }
        Ok(())
    }

    /// Deletes a notebook, with the sources that no other notebook has.
    pub async fn delete_notebook(&self, id: NotebookId) -> Result<(), LibraryError> {
        // Keys are not available after the deletion.
        let sources = self.0.store.list_sources(id).await?;
        let mut keys = Vec::new();
        for source in &sources {
            keys.push((source.id, self.0.store.get_source_key(source.id).await?));
        }
        for deleted_id in self.0.store.delete_notebook(id).await? {
            if let Some((_, Some(key))) = keys.iter().find(|(id, _)| *id == deleted_id) {
                self.unindex_source(*key).await?;
            }
        }
        self.0.publish(LibraryEvent::Notebook(id));
        Ok(())
    }

    async fn unindex_source(&self, key: i64) -> Result<(), LibraryError> {
        let library = self.clone();
        self.0.tasks.spawn_blocking(move || library.0.index.remove_source(key)).await??;
        Ok(())
    }
}
