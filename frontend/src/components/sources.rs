//! The left pane: the notebook's sources.

mod add;
mod drop_zone;
mod list;
mod pane;
mod paste;
mod row;
mod upload_row;

pub use add::AddDialog;
pub use drop_zone::DropZone;
pub use list::SourceList;
pub use pane::SourcesPane;
pub use paste::add_pasted_content;
pub use row::{Kind, SourceRow};
pub use upload_row::UploadRow;
