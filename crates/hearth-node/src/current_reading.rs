//! The reading aloud in progress: a new one stops the one before.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// Cancellation token of the reading in progress, if there is one.
#[derive(Clone, Default)]
pub(crate) struct CurrentReading(Arc<Mutex<CancellationToken>>);

impl CurrentReading {
    /// Stops the current reading at once.
    pub(crate) fn stop_reading(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }

    /// Stops the current reading; returns the token of a new one, which `parent` cancels, too.
    pub(crate) fn start_reading(&self, parent: &CancellationToken) -> CancellationToken {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        current.cancel();
        *current = parent.child_token();
        current.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_ends_what_was_read() {
        let (reading, node) = (CurrentReading::default(), CancellationToken::new());
        let first = reading.start_reading(&node);
        let second = reading.start_reading(&node);
        assert!(first.is_cancelled() && !second.is_cancelled());
        reading.stop_reading();
        assert!(second.is_cancelled());
        let third = reading.start_reading(&node);
        assert!(!third.is_cancelled());
        node.cancel();
        assert!(third.is_cancelled());
    }
}
