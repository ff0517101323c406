//! The worker: a confined child process for code that can crash or be attacked.
//!
//! The parent ([`Worker`]) starts the same executable again with another subcommand, sends it one
//! request over its standard input and reads one response from its standard output. The child
//! ([`serve_request`]) gives up all rights before it looks at the request's bytes: no file can be opened,
//! no socket made, no program started; memory and processor time are limited. On Windows a Job Object
//! limits memory, time and processes, while files and sockets stay within reach.
//!
//! Invariant: the crate knows no format and no model. One process serves one request, so that a fault ends
//! with that request and all memory comes back; where loading takes long, a [`WorkerSession`] serves one
//! request after the other, and ends with the first fault.

mod child;
#[cfg(target_os = "linux")]
mod confine_linux;
#[cfg(windows)]
mod confine_windows;
mod frame;
mod limits;
mod parent;
mod refusal;
mod session;

pub use child::serve_request;
pub use limits::Limits;
pub use parent::{Input, Worker, WorkerError, WorkerResponse};
pub use refusal::Refusal;
pub use session::{RequestContext, StopFlag, WorkerSession, serve_session};

/// Gives up this process's rights for good. See [`serve_request`]; exported for tests.
#[cfg(target_os = "linux")]
pub use confine_linux::confine;
