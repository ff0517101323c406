//! The library's use cases with scripted engines, in the test's process.
#![allow(clippy::unwrap_used, reason = "tests")]

mod ask;
mod ask_background;
mod attached_turns;
mod events;
mod ingest;
mod jobs;
mod notes;

use hearth_library::AskRequest;

/// A handbook of a boiler.
const HANDBOOK: &[u8] =
    b"# Boiler\n\nThe pressure of the boiler is 1.5 bar. Refill water when the pressure falls.\n\n\
    ## Service\n\nThe burner of the boiler is cleaned once a year by a technician.\n";

fn question(text: &str) -> AskRequest {
    AskRequest { question: text.into(), ..AskRequest::default() }
}
