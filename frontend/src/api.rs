//! The node's operations, as the page calls them.

mod call;
mod dictation;
mod live;
mod search;
mod stream;
mod turn_stream;
mod upload;

pub use call::{call, file, page_of};
pub use dictation::Dictation;
pub use live::{Connection, Feed};
pub use search::search_as_typed;
pub use turn_stream::{Told, TurnStream};
pub use upload::Sending;
