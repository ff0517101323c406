//! The right pane: notes, and later what is made from the sources.

mod note;
mod pane;

pub use pane::StudioPane;
