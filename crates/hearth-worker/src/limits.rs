//! Resource limits of a request.

use serde::{Deserialize, Serialize};

/// Resource limits of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub memory_bytes: u64,
    /// Limit of wall time, and of processor time too.
    pub seconds: u64,
    pub input_bytes: u64,
    pub output_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_bytes: 2 << 30, seconds: 300, input_bytes: 1 << 30, output_bytes: 1 << 30 }
    }
}
