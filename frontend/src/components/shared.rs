//! Pieces that every feature uses.

mod busy;
mod dialog;
mod emoji;
mod icon;
mod math;
mod menu;
mod nodes;
mod rename;

pub use busy::{Failed, Waiting};
pub use dialog::Dialog;
pub use emoji::EmojiPicker;
pub use icon::{Icon, IconButton};
pub use menu::{Menu, MenuItem};
pub use nodes::{Hovered, Look, nodes};
pub use rename::RenameField;
