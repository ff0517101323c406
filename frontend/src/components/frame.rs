//! The frame around every page.

mod activity;
mod locked;
mod palette;
mod panes;
mod status_line;
mod toasts;
mod top_bar;

pub use locked::Locked;
pub use palette::Palette;
pub use panes::Panes;
pub use status_line::StatusLine;
pub use toasts::Toasts;
pub use top_bar::TopBar;
