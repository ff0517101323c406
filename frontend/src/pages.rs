//! The pages, one a route.

mod library;
mod notebook;
mod settings;

pub use library::{LibraryPage, use_notebook_creator};
pub use notebook::NotebookPage;
pub use settings::SettingsPage;
