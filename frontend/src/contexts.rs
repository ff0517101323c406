//! What many components share, handed down by Leptos' context.

pub mod appearance;
pub mod live;
pub mod notebook;
pub mod notices;
pub mod reading;
pub mod shell;
pub mod voice;
pub mod words;
