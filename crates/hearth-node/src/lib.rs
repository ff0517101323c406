//! The node: the process that serves a library over HTTP. Routes, event streams, credentials, and the
//! composition of all engines.
//!
//! Invariants: a route exists for every operation of the wire's table and for nothing else but
//! the interface (its page, its files, the code exchange) and the documentation page; use cases live in
//! `hearth-library`, not here.

mod allowed_hosts;
mod app;
mod composition;
mod credentials;
mod current_reading;
mod dictation;
mod dictation_slot;
mod docs;
mod event_stream;
mod extractors;
mod fetcher;
mod guard;
mod interface;
mod metrics;
mod node;
mod node_events;
mod node_lock;
mod read_aloud;
mod route_error;
mod router;
mod routes;
mod shell;
mod tls;

pub use composition::{Composition, StartError};
pub use hearth_library::retrieval_metrics::{RelevanceJudgements, RetrievalMetrics, compute_metrics};
pub use hearth_library::{Library, SearchScope};
pub use hearth_machine::add_own_model;
pub use interface::is_page_path;
pub use node::{Node, NodeOptions};
pub use node_lock::{NodeFile, read_node_file};
pub use shell::{Shell, ShellError, ShellEvents, ShellHandle, Utterance};

/// Runs as a confined worker process (`hearth worker`): `speech` decodes and transcribes recordings;
/// without a name, one document is read.
pub fn serve_worker(worker: Option<&str>) -> std::io::Result<()> {
    match worker {
        Some("speech") => hearth_speech::serve_speech(),
        _ => hearth_documents::serve_worker(),
    }
}
