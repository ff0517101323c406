//! A turn while it runs: its events so far, and whoever waits for the next.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hearth_domain::{Turn, TurnEvent};
use hearth_store::StoredEvent;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A turn that is being answered.
pub(crate) struct RunningTurn {
    state: Mutex<State>,
    /// How many events there are, and whether there will be more.
    seen: watch::Sender<(usize, bool)>,
    pub(crate) cancel: CancellationToken,
}

struct State {
    turn: Turn,
    events: Vec<StoredEvent>,
}

impl RunningTurn {
    pub(crate) fn new(turn: Turn) -> Self {
        Self {
            state: Mutex::new(State { turn, events: Vec::new() }),
            seen: watch::Sender::new((0, false)),
            cancel: CancellationToken::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn turn(&self) -> Turn {
        self.state().turn.clone()
    }

    /// Changes the turn and tells the event that says so.
    pub(crate) fn push(&self, event: TurnEvent, change: impl FnOnce(&mut Turn)) {
        let mut state = self.state();
        change(&mut state.turn);
        let seq = state.events.len() as u64 + 1;
        let ended = event.is_last();
        state.events.push(StoredEvent { seq, event });
        let count = state.events.len();
        drop(state);
        self.seen.send_replace((count, ended));
    }

    /// Changes the turn without an event.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Turn)) {
        change(&mut self.state().turn);
    }

    /// The events after a number.
    pub(crate) fn after(&self, seq: u64) -> Vec<StoredEvent> {
        let state = self.state();
        let from = (seq as usize).min(state.events.len());
        state.events[from..].to_vec()
    }

    /// Tells of new events.
    pub(crate) fn watch(&self) -> watch::Receiver<(usize, bool)> {
        self.seen.subscribe()
    }
}
