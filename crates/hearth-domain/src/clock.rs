//! Time, passed in: nothing below the programs reads the system's clock.

use std::sync::Arc;

use jiff::Timestamp;

/// Source of the current time. Programs pass the system's clock, tests pass their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that calls `now` for every reading.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// A clock that always returns `at`.
    pub fn fixed_at(at: Timestamp) -> Self {
        Self::new(move || at)
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}
