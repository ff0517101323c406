//! The pages, one a route.

mod library;
mod notebook;
mod settings;

pub use library::LibraryPage;
pub use notebook::NotebookPage;
pub use settings::SettingsPage;
