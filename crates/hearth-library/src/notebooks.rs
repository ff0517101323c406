//! Notebooks and their selections.

use hearth_domain::{Notebook, NotebookId, SourceId};
use uuid::Uuid;

use crate::{Library, LibraryError, LibraryEvent};

/// Emoji of a notebook that is created without one.
const DEFAULT_EMOJI: &str = "📓";
const MAX_TITLE_CHARS: usize = 200;

/// Changes of a notebook; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct NotebookEdit {
    pub title: Option<String>,
    pub emoji: Option<String>,
    pub description: Option<String>,
}

impl Library {
    /// A page of notebooks, newest first; `after` is the last one of the page before.
    pub async fn list_notebooks(
        &self,
        limit: u32,
        after: Option<NotebookId>,
    ) -> Result<Vec<Notebook>, LibraryError> {
        Ok(self.0.store.list_notebooks(limit, after).await?)
    }

    /// A notebook by its id.
    pub async fn get_notebook(&self, id: NotebookId) -> Result<Notebook, LibraryError> {
        Ok(self.0.store.get_notebook(id).await?)
    }

    /// Creates a notebook.
    pub async fn create_notebook(&self, title: &str, emoji: Option<&str>) -> Result<Notebook, LibraryError> {
        let (id, title) = (NotebookId(Uuid::now_v7()), check_notebook_title(title)?);
        let notebook = self.0.store.create_notebook(id, title, emoji.unwrap_or(DEFAULT_EMOJI)).await?;
        self.0.publish(LibraryEvent::Notebook(id));
        Ok(notebook)
    }

    /// Renames or describes a notebook.
    pub async fn change_notebook(
        &self,
        id: NotebookId,
        edit: NotebookEdit,
    ) -> Result<Notebook, LibraryError> {
        let title = edit.title.as_deref().map(check_notebook_title).transpose()?;
        let changed =
            self.0.store.change_notebook(id, title, edit.emoji.as_deref(), edit.description.as_deref());
        let notebook = changed.await?;
        self.0.publish(LibraryEvent::Notebook(id));
        Ok(notebook)
    }

    /// Sources of a notebook that questions use.
    pub async fn list_selected_sources(&self, id: NotebookId) -> Result<Vec<SourceId>, LibraryError> {
        Ok(self.0.store.list_selected_sources(id).await?)
    }

    /// Selects the sources of a notebook that questions use.
    pub async fn select_sources(&self, id: NotebookId, sources: &[SourceId]) -> Result<(), LibraryError> {
        self.0.store.select_sources(id, sources).await?;
        self.0.publish(LibraryEvent::Notebook(id));
        Ok(())
    }
}

/// A notebook's title without blanks around it.
fn check_notebook_title(title: &str) -> Result<&str, LibraryError> {
    let title = title.trim();
    match title.chars().count() {
        0 => Err(LibraryError::Invalid("the title is empty; give it one".into())),
        1..=MAX_TITLE_CHARS => Ok(title),
        _ => Err(LibraryError::Invalid(format!("the title is longer than {MAX_TITLE_CHARS} characters"))),
    }
}
