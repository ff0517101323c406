//! Following turns: what they are now, what happened in them, stopping them.

use futures::{Stream, StreamExt};
use hearth_domain::{Failure, Turn, TurnEvent, TurnId, TurnState};
use hearth_store::StoredEvent;

use crate::{Engine, EngineError};

impl Engine {
    /// Fails turns that were running when the process before this one ended.
    pub(crate) async fn close_interrupted_turns(&self) -> Result<(), EngineError> {
        for mut turn in self.0.store.unfinished_turns().await? {
            let error = Failure {
                code: "INTERNAL".into(),
                message: "Hearth was stopped while it answered; ask again".into(),
            };
            turn.state = TurnState::Failed;
            turn.error = Some(error.clone());
            let seq = self.0.store.turn_events(turn.id, 0).await?.len() as u64 + 1;
            let event = StoredEvent { seq, event: TurnEvent::Failed { error } };
            self.0.store.put_turn(&turn, &[event]).await?;
        }
        Ok(())
    }

    /// A turn as it is now.
    pub async fn turn(&self, id: TurnId) -> Result<Turn, EngineError> {
        let running = self.0.running().get(&id).cloned();
        match running {
            Some(running) => Ok(running.turn()),
            None => Ok(self.0.store.turn(id).await?),
        }
    }

    /// Stops a turn; it ends as cancelled.
    pub async fn cancel_turn(&self, id: TurnId) -> Result<Turn, EngineError> {
        let running = self.0.running().get(&id).cloned();
        if let Some(running) = running {
            let mut seen = running.watch();
            running.cancel.cancel();
            // Ended by then, or by itself a moment before.
            let _ = seen.wait_for(|(_, ended)| *ended).await;
            return Ok(running.turn());
        }
        self.turn(id).await
    }

    /// The events of a turn after a number, and those to come until its end.
    pub async fn turn_events(
        &self,
        id: TurnId,
        after: u64,
    ) -> Result<impl Stream<Item = StoredEvent> + use<>, EngineError> {
        let running = self.0.running().get(&id).cloned();
        let stored = match running {
            Some(_) => Vec::new(),
            None => {
                self.0.store.turn(id).await?;
                let mut events = self.0.store.turn_events(id, 0).await?;
                // A crash lost what came between: the end is told to whoever saw more than is kept.
                let last = events.pop();
                events.retain(|event| event.seq > after);
                events.extend(last);
                events
            }
        };
        let live = running.map(|running| {
            let watch = running.watch();
            futures::stream::unfold(
                (running, watch, after, false),
                |(running, mut watch, seen, over)| async move {
                    if over {
                        return None;
                    }
                    let ended = watch
                        .wait_for(|(count, ended)| *count as u64 > seen || *ended)
                        .await
                        .is_ok_and(|state| state.1);
                    let events = running.after(seen);
                    let last = events.last().map_or(seen, |event| event.seq);
                    Some((futures::stream::iter(events), (running, watch, last, ended)))
                },
            )
            .flatten()
        });
        Ok(futures::stream::iter(stored).chain(futures::stream::iter(live).flatten()))
    }
}
