//! What a dictation needs of a library: the names of a notebook, and data and models in memory before the question.

use hearth_domain::NotebookId;

use crate::{Library, LibraryError, RetrievalMode, RetrievalRequest, SearchScope};

impl Library {
    /// Names of a notebook that may be spoken: its title, its sources' titles and their topics.
    pub async fn list_vocabulary(&self, notebook: NotebookId) -> Result<Vec<String>, LibraryError> {
        let mut terms = vec![self.0.store.get_notebook(notebook).await?.title];
        for source in self.0.store.list_sources(notebook).await? {
            let stem = source.title.rsplit_once('.').map_or(source.title.as_str(), |(stem, _)| stem);
            terms.push(stem.replace(['_', '-'], " "));
            terms.extend(source.guide.map(|guide| guide.topics).unwrap_or_default());
        }
        Ok(terms)
    }

    /// Searches for the beginning of a question: data that the search needs, which may not fit into memory, is
    /// loaded by the time the question is complete.
    pub async fn prefetch_search(&self, notebook: NotebookId, text: &str) -> Result<(), LibraryError> {
        let request = RetrievalRequest {
            query: text.to_owned(),
            mode: RetrievalMode::Hybrid,
            scope: SearchScope::Selection(notebook),
            limit: 1,
        };
        self.search_passages(&request).await.map(drop)
    }
}
