//! Access to turns: their state, their events, cancelling them.

use futures::{Stream, StreamExt};
use hearth_domain::{Turn, TurnEvent, TurnId, TurnState};
use hearth_store::StoredTurnEvent;

use super::RunningTurn;
use crate::{Library, LibraryError};

impl Library {
    /// Ends the turns that were running when the previous process ended without ending them.
    pub(crate) async fn end_interrupted_turns(&self) -> Result<(), LibraryError> {
        for mut turn in self.0.store.list_unfinished_turns().await? {
            turn.state = TurnState::Interrupted;
            let seq = self.0.store.list_turn_events(turn.id, 0).await?.len() as u64 + 1;
            let event = StoredTurnEvent { seq, event: TurnEvent::Interrupted {} };
            self.0.store.save_turn(&turn, &[event]).await?;
        }
        Ok(())
    }

    /// Current state of a turn.
    pub async fn get_turn(&self, id: TurnId) -> Result<Turn, LibraryError> {
        let running = self.0.running_turns().get(&id).cloned();
        match running {
            Some(running) => Ok(running.current_turn()),
            None => Ok(self.0.store.get_turn(id).await?),
        }
    }

    /// Cancels a turn; returns it once it has ended.
    pub async fn cancel_turn(&self, id: TurnId) -> Result<Turn, LibraryError> {
        let running = self.0.running_turns().get(&id).cloned();
        if let Some(running) = running {
            let mut events = running.watch_events();
            running.cancel.cancel();
            // Cancelled by then, or ended by itself a moment before.
            let _ = events.wait_for(|(_, ended)| *ended).await;
            return Ok(running.current_turn());
        }
        self.get_turn(id).await
    }

    /// Events of a turn after a position, and those to come until its end.
    pub async fn stream_turn_events(
        &self,
        id: TurnId,
        after: u64,
    ) -> Result<impl Stream<Item = StoredTurnEvent> + use<>, LibraryError> {
        let running = self.0.running_turns().get(&id).cloned();
        let stored = match running {
            Some(_) => Vec::new(),
            None => {
                self.0.store.get_turn(id).await?;
                let mut events = self.0.store.list_turn_events(id, 0).await?;
                // A crash lost the events between: a reader that is ahead of the stored ones still gets the
                // end.
                let last = events.pop();
                events.retain(|event| event.seq > after);
                events.extend(last);
                events
            }
        };
        let running_events = running.map(|running| RunningTurn::stream_events(running, after));
        Ok(futures::stream::iter(stored).chain(futures::stream::iter(running_events).flatten()))
    }
}
