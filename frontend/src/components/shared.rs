//! Components that every feature uses.

mod dialog;
mod emoji;
mod explanation_view;
mod icon;
mod markdown_view;
mod math;
mod menu;
mod placeholders;
mod rename;

pub use dialog::Dialog;
pub use emoji::EmojiPicker;
pub use explanation_view::{ExplanationView, FailureLine};
pub use icon::{Icon, IconButton};
pub use markdown_view::{HoveredCitation, RenderOptions, render_nodes};
pub use menu::{Menu, MenuItem};
pub use placeholders::{Failed, Waiting};
pub use rename::RenameField;
