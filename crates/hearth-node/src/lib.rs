//! The one door to a library: HTTP routes, event streams, credentials, and the composition of all
//! engines into a node.
//!
//! Invariants: a route exists for every operation of the wire's table and for nothing else but
//! the interface (its page, its files, the code exchange) and the documentation page; use cases live in
//! the engine, not here.

mod app;
mod compose;
mod credentials;
mod docs;
mod extract;
mod failure;
mod fetch;
mod guard;
mod identity;
mod interface;
mod metrics;
mod models;
mod names;
mod node;
mod reading;
mod router;
mod routes;
mod shell;
mod speech;
mod stream;
mod tls;
mod voice;

pub use compose::{Composition, StartError};
pub use hearth_engine::measure::{Figures, Judgements, measure};
pub use hearth_engine::{Engine, Scope};
pub use identity::{NodeFile, read_node_file};
pub use interface::is_page;
pub use models::add_own_model;
pub use node::{Node, NodeOptions};
pub use shell::{Attached, Shell, ShellError, ShellEvents, Utterance};

/// Serves as a confined worker process: what `hearth worker` does. Documents are read one a process; `speech` reads
/// and hears recordings.
pub fn serve_worker(what: Option<&str>) -> std::io::Result<()> {
    match what {
        Some("speech") => hearth_speech::serve_speech(),
        _ => hearth_documents::serve_worker(),
    }
}
