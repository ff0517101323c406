//! The machine's use cases with scripted engines.
#![allow(clippy::unwrap_used, reason = "tests")]

mod downloads;
