//! Refusals: answers that say that the sources do not answer the question.

use hearth_domain::{RefusalReason, Turn, TurnEvent, TurnRefusal};

use super::RunningTurn;

/// The answer of a turn that Hearth refuses. The prompt asks the language model for the same sentence.
const REFUSAL_TEXT: &str = "I don't find that in your sources.";

/// Writes a refusal as the turn's answer.
pub(super) fn refuse_turn(running: &RunningTurn, reason: RefusalReason) {
    running.push_event(TurnEvent::Text { text: REFUSAL_TEXT.to_owned() }, |turn| {
        turn.answer.push_str(REFUSAL_TEXT);
        turn.refused = Some(TurnRefusal { reason });
    });
}

/// Marks a complete turn as refused if the language model wrote the refusal and cited nothing.
pub(super) fn mark_refusal_of_model(turn: &mut Turn) {
    if turn.refused.is_none() && turn.citations.is_empty() && is_refusal(&turn.answer) {
        turn.refused = Some(TurnRefusal { reason: RefusalReason::DeclinedByModel });
    }
}

/// True for a text of a language model that contains the sentence "I don't find that in your sources", which
/// cites nothing.
pub(super) fn is_refusal(text: &str) -> bool {
    text.to_lowercase().replace('’', "'").contains("don't find that in your sources")
}
