//! Logging: to standard error, filtered by `HEARTH_LOG`.

use std::env;
use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// Starts logging with a default filter (`HEARTH_LOG` overrides it). Does nothing if logging was started
/// before.
pub fn start_logging(default_filter: &str) {
    let requested_filter = env::var("HEARTH_LOG").unwrap_or_default();
    let filter = if requested_filter.is_empty() {
        EnvFilter::new(default_filter)
    } else {
        EnvFilter::new(requested_filter)
    };
    let result = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .try_init();
    if result.is_err() {
        tracing::debug!("logging was started before");
    }
}
