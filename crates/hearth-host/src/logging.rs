//! Logging: to standard error, filtered by `HEARTH_LOG`.

use std::env;
use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// Starts logging with a default filter (`HEARTH_LOG` overrides it). Does nothing when logging
/// was started before.
pub fn start_logging(default_filter: &str) {
    let wanted = env::var("HEARTH_LOG").unwrap_or_default();
    let filter = if wanted.is_empty() { EnvFilter::new(default_filter) } else { EnvFilter::new(wanted) };
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .try_init();
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}
