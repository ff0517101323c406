//! The conversation before a turn.

use hearth_domain::Turn;

use super::Exchange;

/// Earlier turns of a conversation.
pub(super) struct History {
    /// Latest questions and answers, oldest first.
    pub(super) exchanges: Vec<Exchange>,
    pub(super) last_turn: Option<Turn>,
}
