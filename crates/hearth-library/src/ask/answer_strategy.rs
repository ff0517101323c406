//! The contract of a way to answer: a language model writes, or sentences are extracted.

use std::time::Instant;

use async_trait::async_trait;
use futures::future::BoxFuture;
use hearth_domain::TurnMode;

use super::follow_ups::AnsweredPrompt;
use super::packing::{PackedPassage, PassageBudget};
use super::{Exchange, RunningTurn};
use crate::{Library, LibraryError};

/// One answer to give.
pub(super) struct AnswerTask<'a> {
    pub(super) running: &'a RunningTurn,
    /// Passages that the sources' answer is in; empty only for a question about the conversation.
    pub(super) passages: &'a [PackedPassage],
    pub(super) history: &'a [Exchange],
    /// Publishes the passages; to be awaited before the first part of the answer.
    pub(super) publishing: BoxFuture<'a, Result<(), LibraryError>>,
    /// Start of the turn.
    pub(super) started: Instant,
    /// True if the question is about the conversation rather than the sources.
    pub(super) is_about_conversation: bool,
}

/// A way to answer a question from passages. It publishes the answer's parts and citations as events of the turn.
#[async_trait]
pub(super) trait AnswerStrategy: Send + Sync {
    /// The mode that the turn has.
    fn mode(&self) -> TurnMode;

    /// Latest part of the conversation that the answer takes into account.
    fn trim_history<'a>(&self, question: &str, history: &'a [Exchange]) -> &'a [Exchange];

    /// Maximum size of the passages.
    fn passage_budget(&self, question: &str, history: &[Exchange]) -> PassageBudget;

    /// Answers. Returns the prompt, if a language model can go on from it.
    async fn answer(
        &self,
        library: &Library,
        task: AnswerTask<'_>,
    ) -> Result<Option<AnsweredPrompt>, LibraryError>;
}
