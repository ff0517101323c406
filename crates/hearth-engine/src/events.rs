//! What changes in a library, told to whoever listens, and kept for a while for those who missed it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use hearth_domain::{JobId, NoteId, NotebookId, SourceId, TurnId};
use tokio::sync::broadcast;

/// Events that are kept, and that a slow listener may fall behind.
const BACKLOG: usize = 1024;

/// Something that changed; listeners look up what they show.
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

/// An event with its number since the process began, from 1.
pub type Numbered = (u64, LibraryEvent);

/// The stream of events and its recent past.
pub(crate) struct Events {
    sender: broadcast::Sender<Numbered>,
    past: Mutex<(u64, VecDeque<Numbered>)>,
}

impl Default for Events {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(BACKLOG), past: Mutex::default() }
    }
}

impl Events {
    pub(crate) fn tell(&self, event: LibraryEvent) {
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.0 += 1;
        let numbered = (past.0, event);
        past.1.push_back(numbered.clone());
        if past.1.len() > BACKLOG {
            past.1.pop_front();
        }
        // Under the lock, so that numbers go out in order. Nobody listening is fine.
        let _ = self.sender.send(numbered);
    }

    /// What happened after a number, when all of it is still known, and what is to come.
    pub(crate) fn after(&self, seen: Option<u64>) -> (Option<Vec<Numbered>>, broadcast::Receiver<Numbered>) {
        let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
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
        let events = Events::default();
        for _ in 0..BACKLOG + 10 {
            events.tell(LibraryEvent::Settings);
        }
        let last = (BACKLOG + 10) as u64;
        assert_eq!(events.after(None).0, Some(Vec::new()));
        assert_eq!(events.after(Some(last - 1)).0, Some(vec![(last, LibraryEvent::Settings)]));
        assert_eq!(events.after(Some(last)).0, Some(Vec::new()));
        assert_eq!(events.after(Some(3)).0, None, "too long ago");
        assert_eq!(events.after(Some(last + 1)).0, None, "of another process");
    }
}
