//! Keeps something running: starts it, tells how it is, and starts it again when it ends by itself.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Until the first new start, and at most between two.
const PATIENCE: Duration = Duration::from_secs(2);
const MOST: Duration = Duration::from_mins(1);

/// How it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    #[default]
    Starting,
    /// The address that opens it in a window, once.
    Ready(String),
    /// It did not start; it is tried again when someone asks for it.
    Refused(String),
    /// It ended by itself, and is started again in a moment.
    Ended(String),
}

/// What is kept running.
pub(crate) trait Running {
    fn window(&self) -> String;
    /// Returns when it ended by itself; says why.
    fn ended(&mut self) -> impl Future<Output = String>;
    fn stop(self) -> impl Future<Output = ()>;
}

/// Runs until `stop`; `again` starts at once what is waited for.
pub(crate) async fn supervise<R: Running, E: Display>(
    mut start: impl AsyncFnMut() -> Result<R, E>,
    tell: impl Fn(Stage),
    again: &Notify,
    stop: &CancellationToken,
) {
    let mut patience = PATIENCE;
    loop {
        tell(Stage::Starting);
        let mut running = match start().await {
            Ok(running) => running,
            Err(error) => {
                tell(Stage::Refused(error.to_string()));
                tokio::select! {
                    () = again.notified() => continue,
                    () = stop.cancelled() => return,
                }
            }
        };
        tell(Stage::Ready(running.window()));
        let began = Instant::now();
        let why = tokio::select! {
            why = running.ended() => why,
            () = stop.cancelled() => return running.stop().await,
        };
        running.stop().await;
        tell(Stage::Ended(why));
        if began.elapsed() > MOST {
            patience = PATIENCE; // it was well meanwhile
        }
        tokio::select! {
            () = tokio::time::sleep(patience) => patience = (patience * 2).min(MOST),
            () = again.notified() => {}
            () = stop.cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    /// Ends by itself, or goes on until it is stopped.
    struct Scripted<'a> {
        ends: bool,
        stopped: &'a Cell<u32>,
    }

    impl Running for Scripted<'_> {
        fn window(&self) -> String {
            "here".to_owned()
        }

        async fn ended(&mut self) -> String {
            if self.ends {
                return "it fell over".to_owned();
            }
            std::future::pending().await
        }

        async fn stop(self) {
            self.stopped.set(self.stopped.get() + 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_falls_over_is_started_again_and_what_refuses_waits_to_be_asked() {
        let (stages, stopped, starts) = (RefCell::new(Vec::new()), Cell::new(0), Cell::new(0));
        let (again, stop) = (Notify::new(), CancellationToken::new());
        let start = async || {
            starts.set(starts.get() + 1);
            match starts.get() {
                1 => Ok(Scripted { ends: true, stopped: &stopped }),
                2 => Err("the folder is gone"),
                _ => Ok(Scripted { ends: false, stopped: &stopped }),
            }
        };
        let someone = async {
            tokio::time::sleep(Duration::from_secs(100)).await;
            assert_eq!(starts.get(), 2, "it does not start over and over by itself");
            again.notify_one();
            tokio::time::sleep(Duration::from_secs(100)).await;
            stop.cancel();
        };
        tokio::join!(supervise(start, |stage| stages.borrow_mut().push(stage), &again, &stop), someone);
        let ready = || Stage::Ready("here".to_owned());
        let expect = [
            Stage::Starting,
            ready(),
            Stage::Ended("it fell over".to_owned()),
            Stage::Starting,
            Stage::Refused("the folder is gone".to_owned()),
            Stage::Starting,
            ready(),
        ];
        assert_eq!(*stages.borrow(), expect);
        assert_eq!(stopped.get(), 2);
    }
}
