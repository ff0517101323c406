//! What the program does by itself when something changes on the node: above all, it says that long work has
//! ended, to someone who looks elsewhere.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use hearth_client::Client;
use hearth_domain::{JobId, JobState, TurnId, TurnState};
use hearth_wire::NodeEvent;
use notify_rust::Notification;
use tauri::{AppHandle, Manager};

use crate::desktop::Program;
use crate::shell::Desktop;
use crate::window::MAIN;
use crate::words::{Words, words};

/// What takes less is not waited for elsewhere.
const LONG: Duration = Duration::from_secs(15);

/// Listens to a node until it ends.
pub(crate) async fn listen(desktop: Arc<Desktop>, client: Client) {
    let Ok(events) = client.node_events().await else { return };
    let mut events = std::pin::pin!(events);
    let mut watch = Watch::default();
    while let Some(event) = events.next().await {
        let Ok(event) = event else { continue };
        let news = watch.heard(&event, Instant::now());
        let Some(app) = desktop.app() else { continue };
        if matches!(event, NodeEvent::Settings {}) {
            app.state::<Program>().apply_settings();
        }
        if let Some(news) = news.filter(|_| !is_looked_at(app)) {
            tell(&news, words());
        }
    }
}

fn is_looked_at(app: &AppHandle) -> bool {
    app.get_webview_window(MAIN).is_some_and(|window| window.is_focused().unwrap_or(false))
}

fn tell(news: &News, words: &Words) {
    let mut notification = Notification::new();
    notification.appname("Hearth").summary("Hearth");
    match news {
        News::Work { done, failed } => {
            let mut lines = vec![words.ready.replace("{n}", &done.to_string())];
            if *failed > 0 {
                lines.push(words.failed.replace("{n}", &failed.to_string()));
            }
            notification.body(&lines.join("\n"));
        }
        News::Answer(question) => {
            notification.summary(words.answered).body(question);
        }
    }
    if let Err(error) = notification.show() {
        tracing::debug!(%error, "this system shows no notifications");
    }
}

/// What is worth telling.
#[derive(Debug, PartialEq, Eq)]
enum News {
    Work { done: u32, failed: u32 },
    Answer(String),
}

/// What runs, and since when.
#[derive(Default)]
struct Watch {
    jobs: HashSet<JobId>,
    began: Option<Instant>,
    done: u32,
    failed: u32,
    turns: HashMap<TurnId, Instant>,
}

impl Watch {
    fn heard(&mut self, event: &NodeEvent, now: Instant) -> Option<News> {
        match event {
            NodeEvent::Job { job } if !job.state.is_final() => {
                self.jobs.insert(job.id);
                self.began.get_or_insert(now);
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
                self.work_ended(now)
            }
            NodeEvent::Turn { turn } if turn.state == TurnState::Running => {
                self.turns.entry(turn.id).or_insert(now);
                None
            }
            NodeEvent::Turn { turn } => {
                let began = self.turns.remove(&turn.id)?;
                let is_news = turn.state == TurnState::Done && now.duration_since(began) >= LONG;
                is_news.then(|| News::Answer(turn.question.clone()))
            }
            _ => None,
        }
    }

    /// Many files are told of once, when the last of them is done.
    fn work_ended(&mut self, now: Instant) -> Option<News> {
        if !self.jobs.is_empty() {
            return None;
        }
        let (done, failed) = (std::mem::take(&mut self.done), std::mem::take(&mut self.failed));
        let began = self.began.take()?;
        (now.duration_since(began) >= LONG && done + failed > 0).then_some(News::Work { done, failed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: u32, state: &str) -> NodeEvent {
        let job = serde_json::json!({
            "id": format!("01a1ffe2-4995-773f-9a82-45a4d6c23e{id:02}"), "kind": "ingest", "state": state,
            "step": "reading", "progress": 0.5, "attempts": 1
        });
        NodeEvent::Job { job: serde_json::from_value(job).unwrap() }
    }

    #[test]
    fn long_work_is_told_of_once_when_the_last_is_done() {
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        let mut watch = Watch::default();
        for id in 1..=3 {
            assert_eq!(watch.heard(&job(id, "running"), start), None);
        }
        assert_eq!(watch.heard(&job(1, "done"), later(5)), None);
        assert_eq!(watch.heard(&job(2, "failed"), later(10)), None);
        assert_eq!(watch.heard(&job(3, "done"), later(20)), Some(News::Work { done: 2, failed: 1 }));
        // What was told of is not told of again, and short work is not told of.
        assert_eq!(watch.heard(&job(3, "done"), later(21)), None);
        assert_eq!(watch.heard(&job(4, "running"), later(30)), None);
        assert_eq!(watch.heard(&job(4, "done"), later(31)), None);
    }
}
