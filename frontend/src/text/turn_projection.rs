//! Projection of a turn: its events folded into the turn as it is so far.

use hearth_domain::{Failure, Turn, TurnEvent, TurnState, TurnStep};

/// A turn as far as its events have come.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnProjection {
    pub turn: Turn,
    /// Current step of answering, until there is text.
    pub step: Option<TurnStep>,
    /// Number of sources of the passages.
    pub sources: usize,
}

impl TurnProjection {
    /// Projection of a turn as it is stored.
    pub fn new(turn: Turn) -> Self {
        Self { sources: count_cited_sources(&turn), turn, step: None }
    }

    /// Resets the turn to before its first event: for a stream that starts again.
    pub fn reset(&mut self) {
        let turn = &mut self.turn;
        turn.answer.clear();
        turn.citations.clear();
        turn.unsupported.clear();
        turn.reasoning = None;
    }

    /// Applies an event.
    pub fn apply_event(&mut self, event: TurnEvent) {
        let turn = &mut self.turn;
        match event {
            TurnEvent::Progress { step } => self.step = Some(step),
            TurnEvent::Retrieved { hits, left_out, took_ms } => {
                turn.passages_used = hits.len() as u32;
                turn.passages_left_out = left_out;
                turn.timings.retrieve_ms = took_ms;
                let mut sources: Vec<_> = hits.iter().map(|hit| hit.passage.source_id).collect();
                sources.sort_unstable();
                sources.dedup();
                self.sources = sources.len();
            }
            TurnEvent::Reasoning { text } => turn.reasoning.get_or_insert_default().push_str(&text),
            TurnEvent::Text { text } => {
                self.step = None;
                turn.answer.push_str(&text);
            }
            TurnEvent::Retracted {} => turn.retract_answer(),
            TurnEvent::Citation { citation } => turn.citations.push(*citation),
            TurnEvent::Unsupported { range } => turn.unsupported.push(range),
            TurnEvent::Checked { .. } => {}
            TurnEvent::Done { turn: finished } => {
                self.step = None;
                *turn = *finished;
            }
            TurnEvent::Failed { error } => self.end_turn(TurnState::Failed, Some(error)),
            TurnEvent::Cancelled {} => self.end_turn(TurnState::Cancelled, None),
            TurnEvent::Interrupted {} => self.end_turn(TurnState::Interrupted, None),
        }
    }

    fn end_turn(&mut self, state: TurnState, error: Option<Failure>) {
        self.step = None;
        self.turn.state = state;
        self.turn.error = error;
    }

    /// True if the question was refused without words of a language model.
    pub fn is_refused_without_words(&self) -> bool {
        self.turn.refused.is_some() && self.turn.answer.is_empty()
    }

    /// True if the turn has not ended.
    pub fn is_running(&self) -> bool {
        self.turn.state == TurnState::Running
    }
}

/// Number of sources that a turn cites.
fn count_cited_sources(turn: &Turn) -> usize {
    let mut sources: Vec<_> = turn.citations.iter().map(|citation| citation.source_id).collect();
    sources.sort_unstable();
    sources.dedup();
    sources.len()
}

#[cfg(test)]
mod tests {
    use hearth_domain::{RefusalReason, TurnRefusal};

    use super::*;

    fn make_projection() -> TurnProjection {
        let id = "01a1ffe2-4995-773f-9a82-45a4d6c23e92";
        TurnProjection::new(
            serde_json::from_value(serde_json::json!({
                "id": id, "notebook_id": id, "conversation_id": id, "question": "?", "state": "running", "mode": "chat",
                "answer": "", "citations": [], "unsupported": [], "passages_used": 0, "passages_left_out": 0,
                "timings": {"retrieve_ms": 0, "total_ms": 0}, "follow_ups": [], "created_at": "2026-01-01T00:00:00Z"
            }))
            .unwrap(),
        )
    }

    fn text_event(text: &str) -> TurnEvent {
        TurnEvent::Text { text: text.to_owned() }
    }

    #[test]
    fn a_stream_that_starts_again_says_nothing_twice() {
        let mut projection = make_projection();
        projection.apply_event(text_event("Once "));
        projection.reset();
        projection.apply_event(text_event("Once "));
        projection.apply_event(text_event("upon"));
        assert_eq!(projection.turn.answer, "Once upon");
        assert!(projection.is_running());
    }

    #[test]
    fn found_passages_count_each_source_once() {
        let hit = |source: &str| {
            serde_json::json!({
                "number": 1, "source_title": "a.md", "score": 0.5,
                "passage": {
                    "id": "p", "source_id": source, "revision": source, "ordinal": 0, "text": "t", "start": 0, "end": 1,
                    "section": [], "places": []
                }
            })
        };
        let (first, second) =
            ("01a1ffe2-4995-773f-9a82-45a4d6c23e92", "01a1ffe2-4995-773f-9a82-45a4d6c23e93");
        let event = serde_json::json!({
            "type": "retrieved", "hits": [hit(second), hit(first), hit(second)], "left_out": 4, "took_ms": 14
        });
        let mut projection = make_projection();
        projection.apply_event(serde_json::from_value(event).unwrap());
        assert_eq!((projection.turn.passages_used, projection.turn.passages_left_out), (3, 4));
        assert_eq!((projection.sources, projection.turn.timings.retrieve_ms), (2, 14));
    }

    #[test]
    fn a_step_is_shown_until_there_is_text() {
        let mut projection = make_projection();
        projection.apply_event(TurnEvent::Progress { step: TurnStep::Searching });
        projection.apply_event(TurnEvent::Reasoning { text: "Hm. ".to_owned() });
        projection.apply_event(TurnEvent::Reasoning { text: "Yes.".to_owned() });
        assert_eq!(projection.step, Some(TurnStep::Searching));
        projection.apply_event(text_event("Once"));
        assert_eq!(projection.step, None);
        assert_eq!(
            (projection.turn.reasoning.as_deref(), &*projection.turn.answer),
            (Some("Hm. Yes."), "Once")
        );
    }

    #[test]
    fn a_failed_turn_has_its_error_and_the_text_so_far() {
        let mut projection = make_projection();
        projection.apply_event(TurnEvent::Progress { step: TurnStep::Searching });
        projection.apply_event(text_event("Half"));
        let error =
            Failure { code: hearth_domain::ErrorCode::UpstreamUnavailable, message: "gone".to_owned() };
        projection.apply_event(TurnEvent::Failed { error: error.clone() });
        assert_eq!(
            (projection.turn.state, projection.turn.error.as_ref()),
            (TurnState::Failed, Some(&error))
        );
        assert_eq!((projection.turn.answer.as_str(), projection.is_running()), ("Half", false));
    }

    #[test]
    fn the_finished_turn_replaces_what_was_streamed() {
        let mut projection = make_projection();
        projection.apply_event(text_event("Streamed [1]"));
        let mut finished = projection.turn.clone();
        (finished.answer, finished.state) = ("Finished".to_owned(), TurnState::Done);
        projection.apply_event(TurnEvent::Done { turn: Box::new(finished.clone()) });
        assert_eq!((&projection.turn, projection.is_running()), (&finished, false));
    }

    #[test]
    fn a_refusal_without_words_is_told_from_one_in_the_models_words() {
        let mut projection = make_projection();
        assert!(!projection.is_refused_without_words());
        projection.turn.refused = Some(TurnRefusal::new(RefusalReason::NotFound));
        assert!(projection.is_refused_without_words());
        projection.turn.answer = "Das steht nicht in den Quellen.".to_owned();
        assert!(!projection.is_refused_without_words());
    }

    #[test]
    fn text_that_was_reasoning_moves_there() {
        let mut projection = make_projection();
        projection.apply_event(text_event("Hm, page 2 says 9."));
        projection.apply_event(TurnEvent::Retracted {});
        projection.apply_event(text_event("It is 5."));
        assert_eq!(projection.turn.answer, "It is 5.");
        assert_eq!(projection.turn.reasoning.as_deref(), Some("Hm, page 2 says 9."));
    }

    #[test]
    fn an_end_keeps_what_was_said() {
        let mut projection = make_projection();
        projection.apply_event(text_event("Half"));
        projection.apply_event(TurnEvent::Cancelled {});
        assert_eq!((projection.turn.answer.as_str(), projection.turn.state), ("Half", TurnState::Cancelled));
        assert!(!projection.is_running() && projection.step.is_none());
    }
}
