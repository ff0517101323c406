//! What a path shows.

mod library;
mod notebook;
mod settings;

pub use library::{LibraryPage, creator};
pub use notebook::NotebookPage;
pub use settings::SettingsPage;
