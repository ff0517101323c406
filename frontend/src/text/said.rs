//! What happens in a turn, put together: events become the turn as it is so far.

use hearth_domain::{Failure, Turn, TurnEvent, TurnState};

/// A turn while it comes about.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub turn: Turn,
    /// What is being done, until there is text.
    pub step: Option<String>,
    /// Sources that passages were taken of.
    pub sources: usize,
}

impl Said {
    pub fn new(turn: Turn) -> Self {
        Self { sources: sources_of(&turn), turn, step: None }
    }

    /// As before its first event: for a stream that starts from the beginning again.
    pub fn again(&mut self) {
        let turn = &mut self.turn;
        turn.answer.clear();
        turn.citations.clear();
        turn.unsupported.clear();
        turn.reasoning = None;
    }

    pub fn take(&mut self, event: TurnEvent) {
        let turn = &mut self.turn;
        match event {
            TurnEvent::Progress { message, .. } => self.step = Some(message),
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
            TurnEvent::Citation { citation } => turn.citations.push(*citation),
            TurnEvent::Unsupported { range } => turn.unsupported.push(range),
            TurnEvent::Done { turn: whole } => {
                self.step = None;
                *turn = *whole;
            }
            TurnEvent::Failed { error } => self.end(TurnState::Failed, Some(error)),
            TurnEvent::Cancelled {} => self.end(TurnState::Cancelled, None),
        }
    }

    fn end(&mut self, state: TurnState, error: Option<Failure>) {
        self.step = None;
        self.turn.state = state;
        self.turn.error = error;
    }

    pub fn is_running(&self) -> bool {
        self.turn.state == TurnState::Running
    }
}

/// Sources that a turn cites.
fn sources_of(turn: &Turn) -> usize {
    let mut sources: Vec<_> = turn.citations.iter().map(|citation| citation.source_id).collect();
    sources.sort_unstable();
    sources.dedup();
    sources.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said() -> Said {
        let id = "01a1ffe2-4995-773f-9a82-45a4d6c23e92";
        Said::new(
            serde_json::from_value(serde_json::json!({
                "id": id, "notebook_id": id, "conversation_id": id, "question": "?", "state": "running", "mode": "chat",
                "answer": "", "citations": [], "unsupported": [], "passages_used": 0, "passages_left_out": 0,
                "timings": {"retrieve_ms": 0, "total_ms": 0}, "follow_ups": [], "created_at": "2026-01-01T00:00:00Z"
            }))
            .unwrap(),
        )
    }

    fn text(text: &str) -> TurnEvent {
        TurnEvent::Text { text: text.to_owned() }
    }

    #[test]
    fn a_stream_that_starts_again_says_nothing_twice() {
        let mut said = said();
        said.take(text("Once "));
        said.again();
        said.take(text("Once "));
        said.take(text("upon"));
        assert_eq!(said.turn.answer, "Once upon");
        assert!(said.is_running());
    }

    #[test]
    fn an_end_keeps_what_was_said() {
        let mut said = said();
        said.take(text("Half"));
        said.take(TurnEvent::Cancelled {});
        assert_eq!((said.turn.answer.as_str(), said.turn.state), ("Half", TurnState::Cancelled));
        assert!(!said.is_running() && said.step.is_none());
    }
}
