//! Journeys: what a user does from end to end, on a real node with the real embedder.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod answers;
mod care;
mod crash;
mod dictation;
mod disk;
mod first_slice;
mod graphics;
mod library;
mod programs;
mod security;
mod speakers;
mod speech;
