//! Turns that belong to their caller: they end when the caller goes away, and are kept only on request.

use std::sync::Arc;

use futures::Stream;
use hearth_domain::{NotebookId, Turn};
use hearth_store::StoredTurnEvent;

use super::{AskRequest, RunningTurn};
use crate::{Library, LibraryError};

/// A turn that is cancelled when it is dropped, which stops the language model.
pub struct AttachedTurn(Arc<RunningTurn>);

impl AttachedTurn {
    /// Present state of the turn.
    pub fn current_turn(&self) -> Turn {
        self.0.current_turn()
    }

    /// All events of the turn, from the first to the last.
    pub fn stream_events(&self) -> impl Stream<Item = StoredTurnEvent> + use<> {
        RunningTurn::stream_events(Arc::clone(&self.0), 0)
    }
}

impl Drop for AttachedTurn {
    fn drop(&mut self) {
        self.0.cancel.cancel();
    }
}

impl Library {
    /// Starts a turn of a caller. It becomes part of a conversation if `is_kept` is true; otherwise nothing of it is
    /// stored.
    pub async fn ask_attached(
        &self,
        notebook: NotebookId,
        request: AskRequest,
        is_kept: bool,
    ) -> Result<AttachedTurn, LibraryError> {
        let (running, history) = self.create_turn(notebook, &request, is_kept).await?;
        self.spawn_turn(Arc::clone(&running), request, history);
        Ok(AttachedTurn(running))
    }
}
