//! The router: several engines for one task, of which the first that works is used.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hearth_domain::{EngineError, FailureScope};
use tokio::time::Instant;

/// Time that an engine is passed over after a failure; doubled after each further one.
const MIN_PAUSE: Duration = Duration::from_secs(5);
/// Maximum of that time: an engine that is back is used again after it at the latest.
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// An engine that a router may choose.
pub struct Candidate<E: ?Sized> {
    /// Where it is: an address, or the name of a machine.
    pub name: String,
    pub engine: Arc<E>,
}

impl<E: ?Sized> Clone for Candidate<E> {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), engine: Arc::clone(&self.engine) }
    }
}

/// Choice of a router, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Name of the candidate that the next request goes to first.
    pub name: String,
    /// Preferred candidates that are passed over, each with its last error.
    pub passed_over: Vec<(String, String)>,
}

/// Engines for one task in order of preference, at least one.
pub struct Router<E: ?Sized> {
    entries: Mutex<Vec<Entry<E>>>,
}

/// A candidate with its state.
struct Entry<E: ?Sized> {
    candidate: Candidate<E>,
    /// Failures since it last worked.
    failures: u32,
    /// End of the time that it is passed over, and the error.
    pause: Option<(Instant, String)>,
}

impl<E: ?Sized> Entry<E> {
    fn is_paused(&self, now: Instant) -> bool {
        self.pause.as_ref().is_some_and(|(end, _)| *end > now)
    }
}

impl<E: ?Sized> Router<E> {
    /// A router of `first` and, when it fails, of `others`, in this order.
    pub fn new(first: Candidate<E>, others: Vec<Candidate<E>>) -> Self {
        let entries = std::iter::once(first).chain(others);
        let entries = entries.map(|candidate| Entry { candidate, failures: 0, pause: None }).collect();
        Self { entries: Mutex::new(entries) }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry<E>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Candidates in the order in which a request tries them: those that work, then those that failed lately. Never
    /// empty.
    pub fn list_candidates(&self) -> Vec<Candidate<E>> {
        let (now, entries) = (Instant::now(), self.lock());
        let (paused, working): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.is_paused(now));
        working.into_iter().chain(paused).map(|entry| entry.candidate.clone()).collect()
    }

    /// The present choice.
    pub fn route(&self) -> Route {
        let (now, entries) = (Instant::now(), self.lock());
        let chosen = entries.iter().position(|entry| !entry.is_paused(now)).unwrap_or(0);
        let passed_over = entries[..chosen].iter().filter_map(|entry| {
            let (_, error) = entry.pause.as_ref()?;
            Some((entry.candidate.name.clone(), error.clone()))
        });
        Route { name: entries[chosen].candidate.name.clone(), passed_over: passed_over.collect() }
    }

    /// Records that a candidate works.
    pub fn record_success(&self, name: &str) {
        if let Some(entry) = self.lock().iter_mut().find(|entry| entry.candidate.name == name) {
            (entry.failures, entry.pause) = (0, None);
        }
    }

    /// Records a candidate's failure; it is passed over for a while if it does not work at all.
    pub fn record_failure(&self, name: &str, error: &impl EngineError) {
        if error.failure_scope() != FailureScope::Engine {
            return;
        }
        if let Some(entry) = self.lock().iter_mut().find(|entry| entry.candidate.name == name) {
            let pause = MIN_PAUSE.saturating_mul(1 << entry.failures.min(10)).min(MAX_PAUSE);
            entry.failures += 1;
            entry.pause = Some((Instant::now() + pause, error.to_string()));
        }
    }

    /// Runs a request on the candidates, one after the other, until one succeeds or the request itself is at fault.
    /// If none succeeds, returns the error of the one that was tried first.
    pub async fn run<T, R: EngineError, F: Future<Output = Result<T, R>>>(
        &self,
        request: impl Fn(Arc<E>) -> F,
    ) -> Result<T, R> {
        let mut first_error = None;
        for Candidate { name, engine } in self.list_candidates() {
            match request(engine).await {
                Ok(reply) => {
                    self.record_success(&name);
                    return Ok(reply);
                }
                Err(error) => {
                    self.record_failure(&name, &error);
                    if !error.can_try_elsewhere() {
                        return Err(error);
                    }
                    first_error = first_error.or(Some(error));
                }
            }
        }
        Err(first_error.expect("list_candidates gives at least one"))
    }
}
