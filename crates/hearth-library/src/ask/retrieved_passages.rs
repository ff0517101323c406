//! The event of the passages that a turn may cite.

use hearth_domain::{Place, RetrievedHit, TurnEvent};

use super::RunningTurn;
use super::packing::{PackedContext, PackedPassage};
use crate::{Library, LibraryError};

impl Library {
    /// Publishes the passages of a turn, which were retrieved in so many milliseconds.
    pub(super) async fn publish_retrieved(
        &self,
        running: &RunningTurn,
        package: &PackedContext,
        took_ms: u32,
    ) -> Result<(), LibraryError> {
        let mut hits = Vec::new();
        for packed in &package.passages {
            let mut passage = packed.hit.row.passage.clone();
            passage.places = self.passage_places(packed).await?;
            hits.push(RetrievedHit {
                number: packed.number,
                passage,
                source_title: packed.source_title.clone(),
                score: packed.hit.score,
            });
        }
        let used = hits.len() as u32;
        let left_out = package.left_out;
        running.push_event(TurnEvent::Retrieved { hits, left_out, took_ms }, |turn| {
            turn.passages_used = used;
            turn.passages_left_out = left_out;
            turn.timings.retrieve_ms = took_ms;
        });
        Ok(())
    }

    async fn passage_places(&self, packed: &PackedPassage) -> Result<Vec<Place>, LibraryError> {
        let revision = self.load_revision(packed.source_id, packed.revision).await?;
        Ok(revision.layout.places_in_range(packed.hit.row.passage.range))
    }
}
