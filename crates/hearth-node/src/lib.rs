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
mod router;
mod routes;
mod shell;
mod stream;
mod tls;

pub use compose::{Composition, StartError};
pub use hearth_engine::measure::{Figures, Judgements, measure};
pub use hearth_engine::{Engine, Scope};
pub use identity::{NodeFile, read_node_file};
pub use interface::is_page;
pub use node::{Node, NodeOptions};
pub use shell::{Attached, Shell, ShellError, ShellEvents};

/// Serves one job as a confined worker process: what `hearth worker` does.
pub fn serve_worker() -> std::io::Result<()> {
    hearth_documents::serve_worker()
}
