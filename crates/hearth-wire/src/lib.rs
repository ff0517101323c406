//! The protocol between a node and its clients: the operation table, requests, responses, events and
//! error codes. Depends on serde and the domain only; builds for wasm.
//!
//! Invariant: every operation of a node stands in [`operations`], once. Routes, the typed client,
//! permissions and the OpenAPI description come from there.

mod error;
mod events;
pub mod openai;
mod openapi;
pub mod operation;
pub mod operations;
mod requests;
mod responses;
mod shell;
mod speech;
mod transcripts;

pub use error::{ApiError, ErrorBody, http_status};
pub use events::NodeEvent;
pub use hearth_domain::{ErrorCode, KeyScope, ModelTask};
pub use openapi::describe_operations;
pub use requests::*;
pub use responses::*;
pub use shell::*;
pub use speech::*;
pub use transcripts::*;
