//! Sources as they are read: text, places, transcript, passages, original, page images.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hearth_documents::split_sentences;
use hearth_domain::{
    CharRange, NotebookId, Passage, Place, Revision, RevisionId, Source, SourceId, SourceKind, TextIndex,
};
use hearth_store::StoreError;
use tokio::time::timeout;

use crate::{Library, LibraryError};

/// Time that a page waits for a permit to be rendered.
const PAGE_QUEUE_TIMEOUT: Duration = Duration::from_secs(20);

/// A transcript of a recording: its sentences with their times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimedTranscript {
    pub sentences: Vec<TimedSentence>,
    /// Loudness in pieces of equal length, from 0 (silence) to 255; empty if unknown.
    pub loudness: Vec<u8>,
}

/// A sentence of a transcript.
#[derive(Clone, Debug, PartialEq)]
pub struct TimedSentence {
    pub range: CharRange,
    pub start_ms: u64,
    pub end_ms: u64,
    pub speaker: Option<String>,
}

/// The original of a source.
#[derive(Clone, Debug)]
pub struct Original {
    pub source: Source,
    pub path: PathBuf,
}

impl Library {
    /// Sources of a notebook, oldest first.
    pub async fn list_sources(&self, notebook: NotebookId) -> Result<Vec<Source>, LibraryError> {
        Ok(self.0.store.list_sources(notebook).await?)
    }

    /// A source by its id.
    pub async fn get_source(&self, id: SourceId) -> Result<Source, LibraryError> {
        Ok(self.0.store.get_source(id).await?)
    }

    /// A revision of a source; the current one if `revision` is `None`.
    pub async fn get_revision(
        &self,
        id: SourceId,
        revision: Option<RevisionId>,
    ) -> Result<(RevisionId, Revision), LibraryError> {
        Ok(self.0.store.get_revision(id, revision).await?)
    }

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

    /// Passages of a source's current revision with their places, in order.
    pub async fn list_passages(&self, id: SourceId) -> Result<Vec<Passage>, LibraryError> {
        self.0.store.get_source(id).await?;
        let rows = self.0.store.list_passages(id).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let (_, revision) = self.0.store.get_revision(id, None).await?;
        let with_places = |mut passage: Passage| {
            passage.places = revision.layout.places_in_range(passage.range);
            passage
        };
        Ok(rows.into_iter().map(|row| with_places(row.passage)).collect())
    }

    /// The transcript of a recording's revision; sentences without times are left out.
    pub async fn get_transcript(
        &self,
        id: SourceId,
        revision: Option<RevisionId>,
    ) -> Result<(RevisionId, TimedTranscript), LibraryError> {
        let (revision, content) = self.0.store.get_revision(id, revision).await?;
        let index = TextIndex::new(&content.text);
        let sentences = split_sentences(&content.text).into_iter().filter_map(|bytes| {
            let range =
                CharRange { start: index.char_offset(bytes.start), end: index.char_offset(bytes.end) };
            let places = content.layout.places_in_range(range);
            match (places.first()?, places.last()?) {
                (Place::Time { start_ms, speaker, .. }, Place::Time { end_ms, .. }) => Some(TimedSentence {
                    range,
                    start_ms: *start_ms,
                    end_ms: *end_ms,
                    speaker: speaker.clone(),
                }),
                _ => None,
            }
        });
        let transcript = TimedTranscript {
            sentences: sentences.collect(),
            loudness: self.0.store.get_loudness(id).await?,
        };
        Ok((revision, transcript))
    }

    /// The original of a source.
    pub async fn get_original(&self, id: SourceId) -> Result<Original, LibraryError> {
        let source = self.0.store.get_source(id).await?;
        let path = self.0.store.blobs().find_blob_path(&source.sha256)?;
        Ok(Original { source, path })
    }

    /// Renders a page (from 1) of a PDF or an image as PNG, `width` pixels wide.
    ///
    /// # Errors
    /// [`LibraryError::Overloaded`] if too many pages wait to be rendered.
    pub async fn render_page(&self, id: SourceId, page: u32, width: u32) -> Result<Vec<u8>, LibraryError> {
        let source = self.0.store.get_source(id).await?;
        if !matches!(source.kind, SourceKind::Pdf | SourceKind::Image) {
            return Err(LibraryError::Unsupported(format!("{} has no pages to show", source.title)));
        }
        if page == 0 || source.pages.is_some_and(|pages| page > pages) {
            return Err(StoreError::NotFound("page").into());
        }
        // A strip of pages asks for many at once; each is a process with the whole document.
        let permit = timeout(PAGE_QUEUE_TIMEOUT, self.0.page_permits.acquire()).await;
        let _permit = permit.map_err(|_| {
            LibraryError::Overloaded("too many pages are being rendered; try again in a moment".into())
        })?;
        let original = self.0.store.blobs().open_blob(&source.sha256).await?;
        Ok(self.0.reader.render_page(source.kind, original, page, width).await?)
    }
}
