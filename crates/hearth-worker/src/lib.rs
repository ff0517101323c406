//! The confined child process, in which everything runs that can crash or be attacked.
//!
//! The parent ([`Worker`]) starts the same executable again with another subcommand, hands it one
//! job over its standard input and reads one reply from its standard output. The child
//! ([`serve`]) gives up all rights before it looks at the job's bytes: no file can be opened, no
//! socket made, no program started; memory and processor time are limited. On Windows a Job Object
//! limits memory, time and processes, while files and sockets stay within reach.
//!
//! Invariant: knows no format and no model. One process does one job, so that a job's fault ends
//! with it and all its memory comes back; where loading takes long, a [`Session`] does one after the other, and ends
//! with the first fault.

mod child;
#[cfg(target_os = "linux")]
mod confine_linux;
#[cfg(windows)]
mod confine_windows;
mod frame;
mod parent;
mod session;

pub use child::{Refusal, serve};
pub use parent::{Input, Limits, Outcome, Worker, WorkerError};
pub use session::{Parts, STOPPED, Session, Stopped, serve_session};

/// Gives up this process's rights for good. See [`serve`]; exported for tests.
#[cfg(target_os = "linux")]
pub use confine_linux::confine;
