//! A turn from its question to its end, with or without subscribers.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hearth_domain::{
    ChatError, ConversationId, ErrorCode, Failure, NotebookId, RefusalReason, SourceId, Turn, TurnEvent,
    TurnId, TurnMode, TurnRefusal, TurnState, TurnStep, TurnTimings,
};
use hearth_store::StoreError;
use uuid::Uuid;

use super::answer_strategy::{AnswerStrategy, AnswerTask};
use super::chat_answer::ChatStrategy;
use super::extracts::ExtractsStrategy;
use super::follow_ups::AnsweredPrompt;
use super::history::History;
use super::overview_answers::answer_with_count;
use super::question_kind::QuestionKind;
use super::refusal::refuse_turn;
use super::retrieval::Retrieval;
use super::{AskRequest, Exchange, RunningTurn, ensure_length};
use crate::search::{PassageHit, SearchScope};
use crate::{Library, LibraryError, LibraryEvent};

/// Maximum earlier turns in a prompt.
const MAX_HISTORY_TURNS: usize = 3;
/// Interval at which a growing answer is stored.
const SAVE_INTERVAL: Duration = Duration::from_secs(1);

/// Passages that were found, and what they say about the question.
#[derive(Clone)]
struct FoundPassages {
    hits: Vec<PassageHit>,
    is_answerable: bool,
    /// Names of the question that no source has.
    missing: Vec<String>,
    is_about_conversation: bool,
    /// True in the second try, after a server found the prompt too long: half of the passages are sent.
    is_halved: bool,
}

/// How a turn ends.
enum Ending {
    Answered(Result<Option<AnsweredPrompt>, LibraryError>),
    Cancelled,
    Interrupted,
}

impl Library {
    /// Starts a turn, which runs on by itself.
    pub async fn ask_question(
        &self,
        notebook: NotebookId,
        request: AskRequest,
    ) -> Result<Turn, LibraryError> {
        let (running, history) = self.create_turn(notebook, &request, true).await?;
        let turn = running.current_turn();
        self.spawn_turn(running, request, history);
        Ok(turn)
    }

    /// Creates a turn, which is stored if `is_kept` is true.
    pub(super) async fn create_turn(
        &self,
        notebook: NotebookId,
        request: &AskRequest,
        is_kept: bool,
    ) -> Result<(Arc<RunningTurn>, History), LibraryError> {
        let question = request.question.trim().to_owned();
        if question.is_empty() {
            return Err(LibraryError::Invalid("the question is empty".into()));
        }
        ensure_length("question", &question)?;
        ensure_length("text of the instructions", &request.instructions)?;
        self.0.store.get_notebook(notebook).await?;
        let history = match request.conversation {
            Some(id) => self.load_history(notebook, id).await?,
            None => History { exchanges: request.history.clone(), last_turn: None },
        };
        if let Some(sources) = &request.sources {
            self.ensure_sources_in_notebook(notebook, sources).await?;
        }
        let turn = Turn {
            id: TurnId(Uuid::now_v7()),
            notebook_id: notebook,
            conversation_id: request.conversation.unwrap_or_else(|| ConversationId(Uuid::now_v7())),
            question,
            state: TurnState::Running,
            mode: request.mode.unwrap_or(TurnMode::Chat),
            answer: String::new(),
            citations: Vec::new(),
            unsupported: Vec::new(),
            model: None,
            reasoning: None,
            passages_used: 0,
            passages_left_out: 0,
            timings: TurnTimings::default(),
            follow_ups: Vec::new(),
            refused: None,
            truncated: false,
            fallback: None,
            searched_for: None,
            usage: None,
            error: None,
            created_at: self.0.clock.now(),
        };
        let running = Arc::new(RunningTurn::new(turn.clone(), is_kept));
        if is_kept {
            self.0.store.create_turn(&turn).await?;
            self.0.running_turns().insert(turn.id, Arc::clone(&running));
            self.0.publish(LibraryEvent::Turn(turn.id));
        }
        Ok((running, history))
    }

    /// Runs a turn to its end.
    pub(super) fn spawn_turn(&self, running: Arc<RunningTurn>, request: AskRequest, history: History) {
        let library = self.clone();
        self.0.tasks.spawn(async move {
            let (worker, own) = (library.clone(), Arc::clone(&running));
            let work = tokio::spawn(async move { worker.run_turn(&own, &request, &history).await });
            if work.await.is_err() {
                // A panic: subscribers get the failure instead of waiting for ever.
                let message = "answering failed unexpectedly; see the log for details".to_owned();
                fail_turn(&running, Failure { code: ErrorCode::Internal, message });
                library.save_ended_turn(&running).await;
            }
        });
    }

    async fn load_history(&self, notebook: NotebookId, id: ConversationId) -> Result<History, LibraryError> {
        let conversation = self.0.store.get_conversation(id).await?;
        if conversation.notebook_id != notebook {
            return Err(StoreError::NotFound("conversation in this notebook").into());
        }
        let mut turns = conversation.turns;
        turns.retain(|turn| turn.state == TurnState::Done);
        let first = turns.len().saturating_sub(MAX_HISTORY_TURNS);
        let exchanges = turns[first..].iter().map(Exchange::from).collect();
        Ok(History { exchanges, last_turn: turns.pop() })
    }

    /// Rejects sources that are not in the notebook.
    async fn ensure_sources_in_notebook(
        &self,
        notebook: NotebookId,
        sources: &[SourceId],
    ) -> Result<(), LibraryError> {
        let notebook_keys = self.0.store.list_notebook_source_keys(notebook, false).await?;
        let requested_keys = self.0.store.list_source_keys(sources).await?;
        let distinct: HashSet<&SourceId> = sources.iter().collect();
        if requested_keys.len() < distinct.len()
            || requested_keys.iter().any(|key| !notebook_keys.contains(key))
        {
            return Err(StoreError::NotFound("source in this notebook").into());
        }
        Ok(())
    }

    async fn run_turn(&self, running: &RunningTurn, request: &AskRequest, history: &History) {
        let started = Instant::now();
        let mut work = std::pin::pin!(self.answer_question(running, request, history, started));
        let mut saved = 0;
        let outcome = loop {
            tokio::select! {
                outcome = &mut work => break Ending::Answered(outcome),
                () = running.cancel.cancelled() => break Ending::Cancelled,
                () = self.0.stop.cancelled() => break Ending::Interrupted,
                () = tokio::time::sleep(SAVE_INTERVAL) => saved = self.save_partial_turn(running, saved).await,
            }
        };
        let total_ms = started.elapsed().as_millis() as u32;
        running.update_turn(|turn| turn.timings.total_ms = total_ms);
        match outcome {
            Ending::Answered(Ok(prompt)) => {
                running.update_turn(|turn| turn.state = TurnState::Done);
                let turn = Box::new(running.current_turn());
                running.push_event(TurnEvent::Done { turn }, |_| ());
                self.save_ended_turn(running).await;
                let has_follow_ups = running.is_kept && self.0.ask_settings().follow_ups;
                if let Some(prompt) = prompt.filter(|_| has_follow_ups) {
                    let turn = running.current_turn();
                    let (library, scope) = (self.clone(), search_scope(request, &turn));
                    self.0.tasks.spawn(async move {
                        if let Err(error) = library.add_follow_ups(turn, prompt, scope).await {
                            tracing::warn!(%error, "no follow-up questions could be suggested");
                        }
                    });
                }
                return;
            }
            Ending::Answered(Err(error)) => fail_turn(running, error.to_failure()),
            Ending::Cancelled => {
                running.push_event(TurnEvent::Cancelled {}, |turn| turn.state = TurnState::Cancelled);
            }
            Ending::Interrupted => {
                running.push_event(TurnEvent::Interrupted {}, |turn| turn.state = TurnState::Interrupted);
            }
        }
        self.save_ended_turn(running).await;
    }

    /// Stores the events since the last time, so that a crash loses a second of the answer at most.
    async fn save_partial_turn(&self, running: &RunningTurn, saved: u64) -> u64 {
        if !running.is_kept {
            return saved;
        }
        let events = running.events_after(saved);
        let Some(last) = events.last().map(|event| event.seq) else {
            return saved;
        };
        match self.0.store.save_turn(&running.current_turn(), &events).await {
            Ok(()) => last,
            Err(error) => {
                tracing::warn!(%error, "a partial answer could not be stored");
                saved
            }
        }
    }

    /// Stores an ended turn; from then on it is read from the store.
    async fn save_ended_turn(&self, running: &RunningTurn) {
        if !running.is_kept {
            return;
        }
        let turn = running.current_turn();
        if let Err(error) = self.0.store.save_turn(&turn, &running.events_after(0)).await {
            tracing::error!(%error, turn = %turn.id, "an answer could not be stored");
        }
        self.0.running_turns().remove(&turn.id);
        self.0.publish(LibraryEvent::Turn(turn.id));
    }

    async fn answer_question(
        &self,
        running: &RunningTurn,
        request: &AskRequest,
        history: &History,
        started: Instant,
    ) -> Result<Option<AnsweredPrompt>, LibraryError> {
        let turn = running.current_turn();
        let scope = search_scope(request, &turn);
        running.push_progress(TurnStep::Searching);
        let sources = self.list_asked_sources(&turn, &scope).await?;
        let kind = self.classify_question(&turn.question, &sources, !history.exchanges.is_empty());
        if kind == QuestionKind::SourceCount {
            running.update_turn(|turn| turn.mode = TurnMode::Extracts);
            answer_with_count(running, &sources);
            return Ok(None);
        }
        let Retrieval { standalone, hits, model, fallback } =
            self.retrieve(running, &turn, request, &scope, history).await?;
        if standalone != turn.question {
            running.update_turn(|turn| turn.searched_for = Some(standalone.clone()));
        }
        running.update_turn(|turn| turn.fallback = fallback);
        let hits = match &kind {
            QuestionKind::Overview => self.find_overview_passages(&turn.question, &sources).await?,
            QuestionKind::Mentions { words, any } if model.is_none() => {
                self.find_mentions(words, *any, &scope).await?
            }
            QuestionKind::Comparison(comparison) => self.find_side_passages(comparison, hits, &scope).await?,
            _ => hits,
        };
        if hits.is_empty() && (model.is_none() || history.exchanges.is_empty()) {
            let reason = self.explain_empty_search(&turn, &scope).await?;
            refuse_turn(running, TurnRefusal::new(reason));
            return Ok(None);
        }
        let is_whole = matches!(kind, QuestionKind::Overview | QuestionKind::Mentions { .. });
        let is_answerable = is_whole || self.is_answerable(&standalone, &hits, &scope).await?;
        let missing = if is_whole { Vec::new() } else { self.find_missing_names(&standalone, &hits) };
        if missing.is_empty()
            && matches!(kind, QuestionKind::Fact | QuestionKind::List)
            && let Some(computed) = self.compute_from_tables(&standalone, &hits).await?
        {
            self.answer_with_table(running, computed, started).await?;
            return Ok(None);
        }
        let is_about_conversation = !history.exchanges.is_empty() && !is_answerable;
        let (strategy, hits): (Box<dyn AnswerStrategy>, _) = match model {
            Some(model) => {
                let hits = match &history.last_turn {
                    Some(earlier) => self.add_earlier_passages(earlier, hits).await?,
                    None => hits,
                };
                (Box::new(ChatStrategy::new(model, request, &self.0.ask_settings())), hits)
            }
            None => (Box::new(ExtractsStrategy { kind }), hits),
        };
        running.update_turn(|turn| turn.mode = strategy.mode());
        let found = FoundPassages { hits, is_answerable, missing, is_about_conversation, is_halved: false };
        match self.answer_from(running, &*strategy, found.clone(), history, started).await {
            Err(LibraryError::Chat(ChatError::PromptTooLong(reason)))
                if running.current_turn().answer.is_empty() =>
            {
                tracing::info!(%reason, "the prompt is tried once more with fewer passages");
                let found = FoundPassages { is_halved: true, ..found };
                self.answer_from(running, &*strategy, found, history, started).await
            }
            outcome => outcome,
        }
    }

    /// Answers from the passages that were found.
    async fn answer_from(
        &self,
        running: &RunningTurn,
        strategy: &dyn AnswerStrategy,
        found: FoundPassages,
        history: &History,
        started: Instant,
    ) -> Result<Option<AnsweredPrompt>, LibraryError> {
        let FoundPassages { hits, is_answerable, missing, is_about_conversation, is_halved } = found;
        let turn = running.current_turn();
        let trimmed = strategy.trim_history(&turn.question, &history.exchanges);
        let budget = strategy.passage_budget(&turn.question, trimmed);
        let found_any = !hits.is_empty();
        let max_passages = self.0.ask_settings().passages;
        let mut package = self.pack_passages(hits.clone(), budget, max_passages).await?;
        if is_halved {
            package = self.pack_passages(hits, budget.halve(&package.passages), max_passages).await?;
        }
        let publishing = self.publish_retrieved(running, &package, started.elapsed().as_millis() as u32);
        if package.passages.is_empty() && found_any {
            publishing.await?;
            return Err(LibraryError::Invalid(
                "the question is too long for this model's context; shorten it, or add its text as a source"
                    .into(),
            ));
        }
        // With a language model, the model decides; extracts are quoted in any case.
        if strategy.mode() == TurnMode::Extracts && (!is_answerable || !missing.is_empty()) {
            publishing.await?;
            refuse_turn(running, TurnRefusal { reason: RefusalReason::NotFound, missing });
            return Ok(None);
        }
        let task = AnswerTask {
            running,
            passages: &package.passages,
            history: trimmed,
            publishing: Box::pin(publishing),
            started,
            is_about_conversation,
        };
        strategy.answer(self, task).await
    }
}

/// Sources that a turn searches.
fn search_scope(request: &AskRequest, turn: &Turn) -> SearchScope {
    match &request.sources {
        Some(sources) => SearchScope::Sources(sources.clone()),
        None => SearchScope::Selection(turn.notebook_id),
    }
}

fn fail_turn(running: &RunningTurn, error: Failure) {
    running.push_event(TurnEvent::Failed { error: error.clone() }, |turn| {
        turn.state = TurnState::Failed;
        turn.error = Some(error);
    });
}
