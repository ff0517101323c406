//! Calls of the node's operations, its event streams and uploads, for the page.

mod call;
mod dictation;
mod node_events;
mod search;
mod stream;
mod turn_stream;
mod upload;

pub use call::{call_operation, fetch_json, page_query};
pub use dictation::DictationSocket;
pub use node_events::{ConnectionState, NodeEventFeed};
pub use search::search_as_typed;
pub use turn_stream::{TurnStream, TurnStreamItem};
pub use upload::Upload;
