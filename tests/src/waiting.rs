//! Waiting for a cause, in every test by these functions: none assumes that something has happened after some time.

use std::fmt::Debug;
use std::panic::Location;
use std::time::{Duration, Instant};

/// Timeout of everything that is awaited: far above what a loaded machine needs, as it only ends a test that hangs.
pub const WAIT_TIMEOUT: Duration = Duration::from_mins(5);
/// Number of measurements, at most, of which one must be below its limit.
const MAX_MEASUREMENTS: usize = 5;
/// Interval between two looks.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Looks again and again until what is seen meets a condition; returns it, or what was seen last as an error.
pub(crate) async fn poll_until<T>(
    mut look: impl AsyncFnMut() -> T,
    is_awaited: impl Fn(&T) -> bool,
) -> Result<T, T> {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    loop {
        let seen = look().await;
        if is_awaited(&seen) {
            return Ok(seen);
        }
        if Instant::now() > deadline {
            return Err(seen);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Looks again and again until what is seen meets a condition; returns it. `what` names what is awaited.
///
/// # Panics
/// When the condition is not met within [`WAIT_TIMEOUT`].
#[track_caller]
pub fn wait_for<T: Debug>(
    what: &str,
    look: impl AsyncFnMut() -> T,
    is_awaited: impl Fn(&T) -> bool,
) -> impl Future<Output = T> {
    let caller = Location::caller();
    async move {
        let seen = poll_until(look, is_awaited).await;
        seen.unwrap_or_else(|last| panic!("{caller}: {what} was awaited in vain; seen last: {last:#?}"))
    }
}

/// Waits until a condition is true, which `what` says in words.
///
/// # Panics
/// When it is not true within [`WAIT_TIMEOUT`].
#[track_caller]
pub fn wait_until(what: &str, condition: impl AsyncFnMut() -> bool) -> impl Future<Output = ()> {
    let caller = Location::caller();
    async move {
        let seen = poll_until(condition, |is_true| *is_true).await;
        assert!(seen.is_ok(), "{caller}: it was awaited in vain that {what}");
    }
}

/// Waits for the end of a future, which `what` names; returns its output.
///
/// # Panics
/// When it does not end within [`WAIT_TIMEOUT`].
#[track_caller]
pub fn wait_for_end<T>(what: &str, future: impl Future<Output = T>) -> impl Future<Output = T> {
    let caller = Location::caller();
    async move {
        let ended = tokio::time::timeout(WAIT_TIMEOUT, future).await;
        ended.unwrap_or_else(|_| panic!("{caller}: {what} was awaited in vain"))
    }
}

/// As [`wait_until`], for code without a runtime.
///
/// # Panics
/// When the condition is not true within [`WAIT_TIMEOUT`].
#[track_caller]
pub fn block_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    while !condition() {
        assert!(Instant::now() < deadline, "it was awaited in vain that {what}");
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// Shortest of some measurements, up to the first below a limit: other programs on the machine only lengthen them.
pub async fn measure_below(limit: Duration, mut measure: impl AsyncFnMut() -> Duration) -> Duration {
    let mut shortest = Duration::MAX;
    for _ in 0..MAX_MEASUREMENTS {
        shortest = shortest.min(measure().await);
        if shortest < limit {
            break;
        }
    }
    shortest
}
