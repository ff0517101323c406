//! A running turn: its events so far, and a watch for the next.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::{Stream, StreamExt};
use hearth_domain::{Turn, TurnEvent, TurnStep};
use hearth_store::StoredTurnEvent;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A turn that is being answered.
pub(crate) struct RunningTurn {
    state: Mutex<State>,
    /// Number of events, and true once the last one is among them.
    event_count: watch::Sender<(usize, bool)>,
    pub(crate) cancel: CancellationToken,
    /// True if the turn is part of a stored conversation.
    pub(crate) is_kept: bool,
}

struct State {
    turn: Turn,
    events: Vec<StoredTurnEvent>,
}

impl RunningTurn {
    pub(crate) fn new(turn: Turn, is_kept: bool) -> Self {
        Self {
            state: Mutex::new(State { turn, events: Vec::new() }),
            event_count: watch::Sender::new((0, false)),
            cancel: CancellationToken::new(),
            is_kept,
        }
    }

    fn lock_state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Copy of the turn's current state.
    pub(crate) fn current_turn(&self) -> Turn {
        self.lock_state().turn.clone()
    }

    /// Changes the turn and publishes the event of the change.
    pub(crate) fn push_event(&self, event: TurnEvent, change: impl FnOnce(&mut Turn)) {
        let mut state = self.lock_state();
        change(&mut state.turn);
        let seq = state.events.len() as u64 + 1;
        let ended = event.is_last();
        state.events.push(StoredTurnEvent { seq, event });
        let count = state.events.len();
        drop(state);
        self.event_count.send_replace((count, ended));
    }

    /// Publishes the step that answering has reached.
    pub(crate) fn push_progress(&self, step: TurnStep) {
        self.push_event(TurnEvent::Progress { step }, |_| ());
    }

    /// Changes the turn without an event.
    pub(crate) fn update_turn(&self, change: impl FnOnce(&mut Turn)) {
        change(&mut self.lock_state().turn);
    }

    /// Events after a position.
    pub(crate) fn events_after(&self, seq: u64) -> Vec<StoredTurnEvent> {
        let state = self.lock_state();
        let from = (seq as usize).min(state.events.len());
        state.events[from..].to_vec()
    }

    /// Watches for new events.
    pub(crate) fn watch_events(&self) -> watch::Receiver<(usize, bool)> {
        self.event_count.subscribe()
    }

    /// Events after a position, to the last one.
    pub(crate) fn stream_events(self: Arc<Self>, after: u64) -> impl Stream<Item = StoredTurnEvent> + use<> {
        let watch = self.watch_events();
        futures::stream::unfold(
            (self, watch, after, false),
            |(running, mut watch, position, has_ended)| async move {
                if has_ended {
                    return None;
                }
                let ended = watch
                    .wait_for(|(count, ended)| *count as u64 > position || *ended)
                    .await
                    .is_ok_and(|state| state.1);
                let events = running.events_after(position);
                let last = events.last().map_or(position, |event| event.seq);
                Some((futures::stream::iter(events), (running, watch, last, ended)))
            },
        )
        .flatten()
    }
}
