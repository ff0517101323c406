//! Retrieval of a turn: the readings of its question, the passages found, and the language model to answer.

use hearth_domain::{Failure, Turn, TurnMode};

use super::chat_model::ChosenModel;
use super::history::History;
use super::standalone_question::{list_readings, points_back, strip_search_syntax};
use super::{AskRequest, RunningTurn};
use crate::search::{PassageHit, RetrievalMode, RetrievalRequest, SearchScope};
use crate::{Library, LibraryError};

/// Passages that are retrieved before packing.
const RETRIEVED_PASSAGES: usize = 40;

/// What a question is answered from.
pub(super) struct Retrieval {
    /// The question as it was searched for.
    pub(super) standalone: String,
    pub(super) hits: Vec<PassageHit>,
    /// The language model that answers.
    pub(super) model: Option<ChosenModel>,
    /// Reason for which there is none although one was wanted.
    pub(super) fallback: Option<Failure>,
}

impl Library {
    /// Searches for the question's passages, while the language model is chosen.
    pub(super) async fn retrieve(
        &self,
        running: &RunningTurn,
        turn: &Turn,
        request: &AskRequest,
        scope: &SearchScope,
        history: &History,
    ) -> Result<Retrieval, LibraryError> {
        let choose = async {
            match request.mode {
                Some(TurnMode::Extracts) => Ok((None, None)),
                mode => self.choose_model(request, mode == Some(TurnMode::Chat), Some(running)).await,
            }
        };
        let search = |question: String| {
            let request = RetrievalRequest {
                query: strip_search_syntax(&question),
                mode: RetrievalMode::Hybrid,
                scope: scope.clone(),
                limit: RETRIEVED_PASSAGES,
            };
            async move { self.search_passages(&request).await }
        };
        let Some(previous) = history.exchanges.last().filter(|_| points_back(&turn.question)) else {
            let standalone = turn.question.clone();
            let (hits, (model, fallback)) = tokio::try_join!(search(standalone.clone()), choose)?;
            return Ok(Retrieval { standalone, hits, model, fallback });
        };
        let (model, fallback) = choose.await?;
        let rewritten = match &model {
            Some(model) => self.rewrite_question(&turn.question, &history.exchanges, model).await,
            None => None,
        };
        let earlier = history.last_turn.as_ref().and_then(|turn| turn.searched_for.as_deref());
        let readings = match rewritten {
            Some(question) => vec![question],
            None => list_readings(&turn.question, Some(earlier.unwrap_or(&previous.question))),
        };
        let mut best: Option<(f32, String, Vec<PassageHit>)> = None;
        for reading in readings {
            let hits = search(reading.clone()).await?;
            let score = self.score_answerability(&reading, &hits, scope).await?;
            if best.as_ref().is_none_or(|(known, ..)| score > *known) {
                best = Some((score, reading, hits));
            }
        }
        let (_, standalone, hits) = best.unwrap_or_else(|| (0.0, turn.question.clone(), Vec::new()));
        Ok(Retrieval { standalone, hits, model, fallback })
    }
}
