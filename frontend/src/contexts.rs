//! State that many components share, provided by Leptos' context.

pub mod appearance;
pub mod localisation;
pub mod node;
pub mod notebook;
pub mod notebook_creation;
pub mod notices;
pub mod read_aloud;
pub mod shell;
pub mod voice;
