//! A stream of events with positions, and a backlog for subscribers that missed some.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio::sync::broadcast;

/// Events in the backlog, and the maximum lag of a slow subscriber.
const BACKLOG_CAPACITY: usize = 1024;

/// An event with its position since the process began, from 1.
pub type Positioned<E> = (u64, E);

/// Stream of events with its backlog.
pub struct EventStream<E> {
    sender: broadcast::Sender<Positioned<E>>,
    backlog: Mutex<(u64, VecDeque<Positioned<E>>)>,
}

impl<E: Clone> Default for EventStream<E> {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(BACKLOG_CAPACITY), backlog: Mutex::new((0, VecDeque::new())) }
    }
}

impl<E: Clone> EventStream<E> {
    /// Publishes an event at the next position.
    pub fn publish(&self, event: E) {
        let mut backlog = self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        backlog.0 += 1;
        let positioned = (backlog.0, event);
        backlog.1.push_back(positioned.clone());
        if backlog.1.len() > BACKLOG_CAPACITY {
            backlog.1.pop_front();
        }
        // Under the lock, so that positions go out in order. No subscriber is fine.
        let _ = self.sender.send(positioned);
    }

    /// Position of the latest event; 0 before the first.
    pub fn position(&self) -> u64 {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Subscribes to events. Also returns those after a position, or `None` if some are no longer known.
    pub fn subscribe_after(
        &self,
        position: Option<u64>,
    ) -> (Option<Vec<Positioned<E>>>, broadcast::Receiver<Positioned<E>>) {
        let backlog = self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.sender.subscribe();
        let missed = match position {
            None => Some(Vec::new()),
            Some(position) => {
                let first = backlog.1.front().map_or(backlog.0 + 1, |(first, _)| *first);
                (position + 1 >= first && position <= backlog.0)
                    .then(|| backlog.1.iter().filter(|(at, _)| *at > position).cloned().collect())
            }
        };
        (missed, receiver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_gets_each_event_once_from_the_backlog_or_live() {
        let events = EventStream::default();
        events.publish("one");
        events.publish("two");
        let (missed, mut live) = events.subscribe_after(Some(1));
        events.publish("three");
        assert_eq!(missed, Some(vec![(2, "two")]));
        assert_eq!(live.try_recv().ok(), Some((3, "three")));
        assert!(live.try_recv().is_err());
    }

    #[test]
    fn missed_events_are_returned_while_they_are_known() {
        let events = EventStream::default();
        for _ in 0..BACKLOG_CAPACITY + 10 {
            events.publish("changed");
        }
        let last = (BACKLOG_CAPACITY + 10) as u64;
        assert_eq!(events.position(), last);
        assert_eq!(events.subscribe_after(None).0, Some(Vec::new()));
        assert_eq!(events.subscribe_after(Some(last - 1)).0, Some(vec![(last, "changed")]));
        assert_eq!(events.subscribe_after(Some(last)).0, Some(Vec::new()));
        assert_eq!(events.subscribe_after(Some(3)).0, None, "no longer in the backlog");
        assert_eq!(events.subscribe_after(Some(last + 1)).0, None, "of another process");
    }
}
