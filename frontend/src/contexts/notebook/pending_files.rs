//! Files that wait until the notebook that they are for is open.

use hearth_domain::NotebookId;
use leptos::prelude::*;

/// Files to be added to a notebook.
#[derive(Clone)]
pub enum IncomingFiles {
    /// Files of the page.
    Files(Vec<web_sys::File>),
    /// Files that wait in the desktop program.
    Shell,
}

/// Files dropped before their notebook existed, to be added once it is open.
#[derive(Clone, Copy)]
pub struct PendingFilesContext(StoredValue<Option<(NotebookId, IncomingFiles)>, LocalStorage>);

/// The pending files' context.
pub fn use_pending_files() -> PendingFilesContext {
    expect_context()
}

/// Provides the pending files, for all pages.
pub fn provide_pending_files_context() {
    provide_context(PendingFilesContext(StoredValue::new_local(None)));
}

impl PendingFilesContext {
    /// Puts files aside for a notebook's page, which adds them as soon as it is open.
    pub fn put_files(self, notebook: NotebookId, files: IncomingFiles) {
        self.0.set_value(Some((notebook, files)));
    }

    /// Takes the files that wait for a notebook, or `None`.
    pub(super) fn take_files(self, notebook: NotebookId) -> Option<IncomingFiles> {
        let pending = self.0.try_update_value(Option::take).flatten()?;
        (pending.0 == notebook).then_some(pending.1)
    }
}
