//! Events of a library, with a backlog for subscribers that missed some.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use hearth_domain::{JobId, NoteId, NotebookId, SourceId, TurnId};
use tokio::sync::broadcast;

/// Events in the backlog, and the maximum lag of a slow subscriber.
const BACKLOG_CAPACITY: usize = 1024;

/// A change in the library; subscribers look up the data they show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LibraryEvent {
    Job(JobId),
    Source(SourceId),
    Notebook(NotebookId),
    Note(NoteId),
    Turn(TurnId),
    Model(Arc<str>),
    Settings,
}

/// An event with its position since the process began, from 1.
pub type PositionedEvent = (u64, LibraryEvent);

/// Stream of events with its backlog.
pub(crate) struct EventStream {
    sender: broadcast::Sender<PositionedEvent>,
    backlog: Mutex<(u64, VecDeque<PositionedEvent>)>,
}

impl Default for EventStream {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(BACKLOG_CAPACITY), backlog: Mutex::default() }
    }
}

impl EventStream {
    /// Publishes an event at the next position.
    pub(crate) fn publish(&self, event: LibraryEvent) {
        let mut past = self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        past.0 += 1;
        let numbered = (past.0, event);
        past.1.push_back(numbered.clone());
        if past.1.len() > BACKLOG_CAPACITY {
            past.1.pop_front();
        }
        // Sent under the lock, so that positions go out in order. No subscribers are fine.
        let _ = self.sender.send(numbered);
    }

    /// Subscribes to events. Also returns those after a position, or `None` if some are no longer known.
    pub(crate) fn subscribe_after(
        &self,
        seen: Option<u64>,
    ) -> (Option<Vec<PositionedEvent>>, broadcast::Receiver<PositionedEvent>) {
        let past = self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.sender.subscribe();
        let missed = match seen {
            None => Some(Vec::new()),
            Some(seen) => {
                let first = past.1.front().map_or(past.0 + 1, |(number, _)| *number);
                (seen + 1 >= first && seen <= past.0)
                    .then(|| past.1.iter().filter(|(number, _)| *number > seen).cloned().collect())
            }
        };
        (missed, receiver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_is_told_while_it_is_known() {
        let events = EventStream::default();
        for _ in 0..BACKLOG_CAPACITY + 10 {
            events.publish(LibraryEvent::Settings);
        }
        let last = (BACKLOG_CAPACITY + 10) as u64;
        assert_eq!(events.subscribe_after(None).0, Some(Vec::new()));
        assert_eq!(events.subscribe_after(Some(last - 1)).0, Some(vec![(last, LibraryEvent::Settings)]));
        assert_eq!(events.subscribe_after(Some(last)).0, Some(Vec::new()));
        assert_eq!(events.subscribe_after(Some(3)).0, None, "too long ago");
        assert_eq!(events.subscribe_after(Some(last + 1)).0, None, "of another process");
    }
}
