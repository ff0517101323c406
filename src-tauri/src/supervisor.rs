//! Supervisor of the node: starts it, reports its phase, and restarts it with backoff when it ends by itself.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Delay before the first restart, and the longest delay between two; the delay doubles in between.
const FIRST_RESTART_DELAY: Duration = Duration::from_secs(2);
const MAX_RESTART_DELAY: Duration = Duration::from_mins(1);

/// Phase of the node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum NodePhase {
    #[default]
    Starting,
    /// Running, with a one-time address for a window.
    Ready(String),
    /// Failed to start, with the reason; tried again on request only.
    Refused(String),
    /// Ended by itself, with the reason; restarted after a delay.
    Ended(String),
}

/// A node under the supervisor.
pub(crate) trait Supervised {
    /// A one-time address for a window.
    fn window_address(&self) -> String;
    /// Waits until the node ends by itself; returns the reason.
    fn wait_for_end(&mut self) -> impl Future<Output = String>;
    /// Stops the node, and waits until it has ended.
    fn stop(self) -> impl Future<Output = ()>;
}

/// Supervises until `stop`: calls `on_phase` with each phase; `retry` ends a wait and restarts at once.
pub(crate) async fn supervise_node<R: Supervised, E: Display>(
    mut start: impl AsyncFnMut() -> Result<R, E>,
    on_phase: impl Fn(NodePhase),
    retry: &Notify,
    stop: &CancellationToken,
) {
    let mut delay = FIRST_RESTART_DELAY;
    loop {
        on_phase(NodePhase::Starting);
        let mut node = match start().await {
            Ok(node) => node,
            Err(error) => {
                on_phase(NodePhase::Refused(error.to_string()));
                tokio::select! {
                    () = retry.notified() => continue,
                    () = stop.cancelled() => return,
                }
            }
        };
        on_phase(NodePhase::Ready(node.window_address()));
        let started_at = Instant::now();
        let reason = tokio::select! {
            reason = node.wait_for_end() => reason,
            () = stop.cancelled() => return node.stop().await,
        };
        node.stop().await;
        on_phase(NodePhase::Ended(reason));
        if started_at.elapsed() > MAX_RESTART_DELAY {
            delay = FIRST_RESTART_DELAY; // it has run long enough to count as stable
        }
        tokio::select! {
            () = tokio::time::sleep(delay) => delay = (delay * 2).min(MAX_RESTART_DELAY),
            () = retry.notified() => {}
            () = stop.cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    /// A scripted process: ends by itself, or runs until it is stopped.
    struct ScriptedNode<'a> {
        ends: bool,
        stop_count: &'a Cell<u32>,
    }

    impl Supervised for ScriptedNode<'_> {
        fn window_address(&self) -> String {
            "here".to_owned()
        }

        async fn wait_for_end(&mut self) -> String {
            if self.ends {
                return "it fell over".to_owned();
            }
            std::future::pending().await
        }

        async fn stop(self) {
            self.stop_count.set(self.stop_count.get() + 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_falls_over_is_started_again_and_what_refuses_waits_to_be_asked() {
        let (phases, stop_count, starts) = (RefCell::new(Vec::new()), Cell::new(0), Cell::new(0));
        let (retry, stop) = (Notify::new(), CancellationToken::new());
        let start = async || {
            starts.set(starts.get() + 1);
            match starts.get() {
                1 => Ok(ScriptedNode { ends: true, stop_count: &stop_count }),
                2 => Err("the folder is gone"),
                _ => Ok(ScriptedNode { ends: false, stop_count: &stop_count }),
            }
        };
        let user_actions = async {
            tokio::time::sleep(Duration::from_secs(100)).await;
            assert_eq!(starts.get(), 2, "it does not start over and over by itself");
            retry.notify_one();
            tokio::time::sleep(Duration::from_secs(100)).await;
            stop.cancel();
        };
        tokio::join!(
            supervise_node(start, |phase| phases.borrow_mut().push(phase), &retry, &stop),
            user_actions
        );
        let ready = || NodePhase::Ready("here".to_owned());
        let expected = [
            NodePhase::Starting,
            ready(),
            NodePhase::Ended("it fell over".to_owned()),
            NodePhase::Starting,
            NodePhase::Refused("the folder is gone".to_owned()),
            NodePhase::Starting,
            ready(),
        ];
        assert_eq!(*phases.borrow(), expected);
        assert_eq!(stop_count.get(), 2);
    }
}
