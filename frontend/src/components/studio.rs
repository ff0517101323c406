//! The right pane: notes, and later documents made from the sources.

mod note;
mod pane;

pub use pane::StudioPane;
