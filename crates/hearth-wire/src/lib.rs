//! What travels between a node and its faces: the operation table, requests, responses, events
//! and error codes. Depends on serde and the domain only; builds for wasm.
//!
//! Invariant: every operation of a node stands in [`operations`], once. Routes, the typed client,
//! permissions and the OpenAPI description come from there.

mod error;
mod events;
pub mod openai;
mod openapi;
pub mod operation;
pub mod operations;
mod recordings;
mod requests;
mod responses;
mod shell;
mod voice;

pub use error::{ApiError, ErrorBody, ErrorCode};
pub use events::NodeEvent;
pub use openapi::openapi;
pub use recordings::*;
pub use requests::*;
pub use responses::*;
pub use shell::*;
pub use voice::*;
