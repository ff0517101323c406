//! Reactions to the node's events: desktop notifications about long work that has ended while the window is
//! not focused, and changed settings.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use hearth_client::Client;
use hearth_domain::{JobId, JobState, TurnId, TurnState};
use hearth_texts::Strings;
use hearth_wire::NodeEvent;
use notify_rust::Notification;
use tauri::{AppHandle, Manager};

use crate::shell::DesktopShell;
use crate::strings::system_strings;
use crate::window::MAIN_LABEL;

/// Delay before a connection that broke is made anew.
const RECONNECT_DELAY: Duration = Duration::from_secs(1);
/// Shortest duration of work whose end is notified: shorter work is not waited for in another program.
const MIN_NOTIFIED_DURATION: Duration = Duration::from_secs(15);

/// Follows the events of a node until the node ends; a connection that breaks is made anew.
pub(crate) async fn watch_node(desktop: Arc<DesktopShell>, client: Client) {
    let mut tracker = WorkTracker::default();
    loop {
        follow_events(&desktop, &client, &mut tracker).await;
        if desktop.node_client().is_none() {
            return;
        }
        tokio::time::sleep(RECONNECT_DELAY).await;
        // Changes may have been missed.
        if desktop.app_handle().is_some() && desktop.node_client().is_some() {
            desktop.apply_settings();
        }
    }
}

/// Follows the events of one connection until it ends.
async fn follow_events(desktop: &DesktopShell, client: &Client, tracker: &mut WorkTracker) {
    let Ok(events) = client.stream_node_events().await else { return };
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        let Ok(event) = event else { continue };
        let completed = tracker.observe_event(&event, Instant::now());
        let Some(app) = desktop.app_handle() else { continue };
        if matches!(event, NodeEvent::Settings {}) {
            desktop.apply_settings();
        }
        if let Some(completed) = completed.filter(|_| !is_window_focused(app)) {
            show_notification(&completed, system_strings());
        }
    }
}

/// True if the main window is focused.
fn is_window_focused(app: &AppHandle) -> bool {
    app.get_webview_window(MAIN_LABEL).is_some_and(|window| window.is_focused().unwrap_or(false))
}

/// Shows a desktop notification.
fn show_notification(work: &CompletedWork, strings: &Strings) {
    let mut notification = Notification::new();
    notification.appname("Hearth").summary("Hearth");
    match work {
        CompletedWork::Jobs { done, failed } => {
            let mut lines = vec![strings.sources_ready(*done as usize)];
            if *failed > 0 {
                lines.push(strings.sources_unreadable(*failed as usize));
            }
            notification.body(&lines.join("\n"));
        }
        CompletedWork::Answer(question) => {
            notification.summary(strings.answer_ready).body(question);
        }
    }
    if let Err(error) = notification.show() {
        tracing::debug!(%error, "the notification could not be shown");
    }
}

/// Completed work that is worth a notification.
#[derive(Debug, PartialEq, Eq)]
enum CompletedWork {
    Jobs { done: u32, failed: u32 },
    Answer(String),
}

/// Tracker of running work and its start times.
#[derive(Default)]
struct WorkTracker {
    jobs: HashSet<JobId>,
    started_at: Option<Instant>,
    done: u32,
    failed: u32,
    turns: HashMap<TurnId, Instant>,
}

impl WorkTracker {
    /// Takes an event; returns the work that it completes, if that is worth a notification.
    fn observe_event(&mut self, event: &NodeEvent, now: Instant) -> Option<CompletedWork> {
        match event {
            NodeEvent::Job { job } if !job.state.is_final() => {
                self.jobs.insert(job.id);
                self.started_at.get_or_insert(now);
                None
            }
            NodeEvent::Job { job } => {
                if !self.jobs.remove(&job.id) {
                    return None;
                }
                match job.state {
                    JobState::Done => self.done += 1,
                    JobState::Failed => self.failed += 1,
                    _ => {}
                }
                self.complete_jobs(now)
            }
            NodeEvent::Turn { turn } if turn.state == TurnState::Running => {
                self.turns.entry(turn.id).or_insert(now);
                None
            }
            NodeEvent::Turn { turn } => {
                let started_at = self.turns.remove(&turn.id)?;
                let is_notified =
                    turn.state == TurnState::Done && now.duration_since(started_at) >= MIN_NOTIFIED_DURATION;
                is_notified.then(|| CompletedWork::Answer(turn.question.clone()))
            }
            _ => None,
        }
    }

    /// Completes the jobs, once for many files, when the last of them has ended.
    fn complete_jobs(&mut self, now: Instant) -> Option<CompletedWork> {
        if !self.jobs.is_empty() {
            return None;
        }
        let (done, failed) = (std::mem::take(&mut self.done), std::mem::take(&mut self.failed));
        let started_at = self.started_at.take()?;
        (now.duration_since(started_at) >= MIN_NOTIFIED_DURATION && done + failed > 0)
            .then_some(CompletedWork::Jobs { done, failed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job_event(id: u32, state: &str) -> NodeEvent {
        let job = serde_json::json!({
            "id": format!("01a1ffe2-4995-773f-9a82-45a4d6c23e{id:02}"), "kind": "ingest",
            "source_id": "01a1ffe2-4995-773f-9a82-45a4d6c23e00", "state": state, "step": "reading", "progress": 0.5, "attempts": 1
        });
        NodeEvent::Job { job: serde_json::from_value(job).unwrap() }
    }

    #[test]
    fn long_work_is_told_of_once_when_the_last_is_done() {
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        let mut tracker = WorkTracker::default();
        for id in 1..=3 {
            assert_eq!(tracker.observe_event(&job_event(id, "running"), start), None);
        }
        assert_eq!(tracker.observe_event(&job_event(1, "done"), later(5)), None);
        assert_eq!(tracker.observe_event(&job_event(2, "failed"), later(10)), None);
        assert_eq!(
            tracker.observe_event(&job_event(3, "done"), later(20)),
            Some(CompletedWork::Jobs { done: 2, failed: 1 })
        );
        // Work is notified only once, and short work is not notified.
        assert_eq!(tracker.observe_event(&job_event(3, "done"), later(21)), None);
        assert_eq!(tracker.observe_event(&job_event(4, "running"), later(30)), None);
        assert_eq!(tracker.observe_event(&job_event(4, "done"), later(31)), None);
    }
}
