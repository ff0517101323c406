//! Search over passages and notes, as users search.

use hearth_domain::{CharRange, NotebookId, Passage, SourceId};

use crate::ask::ensure_length;
use crate::{Library, LibraryError, NoteHit, RetrievalMode, RetrievalRequest, SearchScope};

/// A search over the passages and notes of a notebook, or of the library.
#[derive(Clone, Debug, Default)]
pub struct LibrarySearch {
    pub query: String,
    pub mode: RetrievalMode,
    /// `None` searches everything.
    pub notebook: Option<NotebookId>,
    pub limit: usize,
}

/// A passage that was found, as it is shown.
#[derive(Clone, Debug)]
pub struct ShownPassage {
    /// With its places.
    pub passage: Passage,
    pub source_title: String,
    /// Notebooks that hold the source.
    pub notebook_ids: Vec<NotebookId>,
    /// From 0 to 1, comparable within one result.
    pub score: f32,
    pub lexical_rank: Option<u32>,
    pub vector_rank: Option<u32>,
    /// Ranges of the query's words in the passage.
    pub matches: Vec<CharRange>,
}

/// A hit of a [`LibrarySearch`].
#[derive(Clone, Debug)]
pub enum LibraryHit {
    Passage(Box<ShownPassage>),
    Note(Box<NoteHit>),
}

impl LibraryHit {
    /// From 0 to 1, comparable within one result.
    pub fn score(&self) -> f32 {
        match self {
            Self::Passage(hit) => hit.score,
            Self::Note(hit) => hit.score,
        }
    }
}

impl Library {
    /// Searches passages and notes, best first; notes have no vectors and are left out of a vector search.
    pub async fn search_library(&self, search: &LibrarySearch) -> Result<Vec<LibraryHit>, LibraryError> {
        let LibrarySearch { query, mode, notebook, limit } = search;
        ensure_length("query", query)?;
        let notes = match mode {
            RetrievalMode::Vector => Vec::new(),
            _ => self.search_notes(query, *notebook, *limit).await?,
        };
        let scope = notebook.map_or(SearchScope::Everything, SearchScope::Notebook);
        let request = RetrievalRequest { query: query.clone(), mode: *mode, scope, limit: *limit };
        let passages = self.search_passages(&request).await?;
        let sources: Vec<SourceId> = passages.iter().map(|hit| hit.row.passage.source_id).collect();
        let notebooks = self.0.store.list_notebooks_by_source(&sources).await?;
        let mut hits = Vec::new();
        for hit in passages {
            let matches = self.find_match_ranges(query, &hit);
            let mut passage = hit.row.passage;
            let revision = self.load_revision(passage.source_id, passage.revision).await?;
            passage.places = revision.layout.places_in_range(passage.range);
            hits.push(LibraryHit::Passage(Box::new(ShownPassage {
                notebook_ids: notebooks.get(&passage.source_id).cloned().unwrap_or_default(),
                passage,
                source_title: hit.row.source_title,
                score: hit.score,
                lexical_rank: hit.lexical_rank,
                vector_rank: hit.vector_rank,
                matches,
            })));
        }
        hits.extend(notes.into_iter().map(|hit| LibraryHit::Note(Box::new(hit))));
        // A stable sort: at equal scores, passages go first.
        hits.sort_by(|a, b| b.score().total_cmp(&a.score()));
        hits.truncate(*limit);
        Ok(hits)
    }
}
