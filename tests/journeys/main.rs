//! Journeys: tests of a user's tasks from end to end, on a real node with the real embedder.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod answers;
mod command_line;
mod crash;
mod dictation;
mod everyday;
mod full_disk;
mod graphics;
mod library;
mod maintenance;
mod openai;
mod programs;
mod released_library;
mod rereading;
mod security;
mod slow_servers;
mod speakers;
mod speech;
