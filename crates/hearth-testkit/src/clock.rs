//! A clock that is moved by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use hearth_domain::Clock;
use jiff::{SignedDuration, Timestamp};

/// Time that a test moves. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<AtomicI64>);

impl Default for TestClock {
    fn default() -> Self {
        // 14 November 2023.
        Self(Arc::new(AtomicI64::new(1_700_000_000_000)))
    }
}

impl TestClock {
    /// The clock as the program takes it.
    pub fn clock(&self) -> Clock {
        let milliseconds = Arc::clone(&self.0);
        Clock::new(move || {
            Timestamp::from_millisecond(milliseconds.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
        })
    }

    /// Moves the time forwards.
    pub fn advance(&self, by: SignedDuration) {
        self.0.fetch_add(by.as_millis() as i64, Ordering::SeqCst);
    }
}
