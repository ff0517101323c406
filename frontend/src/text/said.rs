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
