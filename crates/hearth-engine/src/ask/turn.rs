//! A turn from its question to its end, whether anyone listens or not.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use hearth_domain::{
    ChatEvent, ChatRequest, ConversationId, Failure, NotebookId, RetrievedHit, SourceId, Turn, TurnEvent,
    TurnId, TurnMode, TurnState, TurnTimings,
};
use hearth_store::StoreError;
use uuid::Uuid;

use super::answer::Answer;
use super::follow_ups::Asked;
use super::pack::{Package, Packed};
use super::prompt::messages;
use super::question::plain_words;
use super::{AskRequest, Exchange, RunningTurn};
use crate::find::{FindMode, FindRequest, Scope};
use crate::{Engine, EngineError, LibraryEvent};

/// Turns of a conversation that a model is told again.
const HISTORY: usize = 3;
/// Passages that are looked for before packing.
const RETRIEVED: usize = 40;
/// How often an answer is stored on its way.
const SAVED: Duration = Duration::from_secs(1);
/// What is said where nothing answers.
pub(super) const NOTHING: &str = "I don't find that in your sources.";

impl Engine {
    /// Begins a turn; it runs on by itself.
    pub async fn ask(&self, notebook: NotebookId, request: AskRequest) -> Result<Turn, EngineError> {
        let question = request.question.trim().to_owned();
        if question.is_empty() {
            return Err(EngineError::Invalid("the question is empty".into()));
        }
        self.0.store.notebook(notebook).await?;
        let history = match request.conversation {
            Some(id) => self.history(notebook, id).await?,
            None => request.told.clone(),
        };
        if let Some(sources) = &request.sources {
            self.must_hold(notebook, sources).await?;
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
            error: None,
            created_at: self.0.clock.now(),
        };
        self.0.store.begin_turn(&turn).await?;
        let running = Arc::new(RunningTurn::new(turn.clone()));
        self.0.running().insert(turn.id, Arc::clone(&running));
        self.0.tell(LibraryEvent::Turn(turn.id));
        let engine = self.clone();
        tokio::spawn(async move {
            let (worker, own) = (engine.clone(), Arc::clone(&running));
            let work = tokio::spawn(async move { worker.run_turn(&own, &request, &history).await });
            if work.await.is_err() {
                // A panic: whoever listens is told, and nobody waits for ever.
                let message = "answering ended unexpectedly; the log says where".to_owned();
                fail(&running, Failure { code: "INTERNAL".into(), message });
                engine.keep_turn(&running).await;
            }
        });
        Ok(turn)
    }

    async fn history(&self, notebook: NotebookId, id: ConversationId) -> Result<Vec<Exchange>, EngineError> {
        let conversation = self.0.store.conversation(id).await?;
        if conversation.notebook_id != notebook {
            return Err(StoreError::NotFound("conversation in this notebook").into());
        }
        let done = conversation.turns.into_iter().filter(|turn| turn.state == TurnState::Done);
        let mut turns: Vec<Exchange> =
            done.map(|turn| Exchange { question: turn.question, answer: turn.answer }).collect();
        Ok(turns.split_off(turns.len().saturating_sub(HISTORY)))
    }

    /// A question to a notebook cannot look into another one's sources.
    async fn must_hold(&self, notebook: NotebookId, sources: &[SourceId]) -> Result<(), EngineError> {
        let held = self.0.store.source_keys_of(notebook, false).await?;
        let asked = self.0.store.source_keys(sources).await?;
        let distinct: HashSet<&SourceId> = sources.iter().collect();
        if asked.len() < distinct.len() || asked.iter().any(|key| !held.contains(key)) {
            return Err(StoreError::NotFound("source in this notebook").into());
        }
        Ok(())
    }

    async fn run_turn(&self, running: &RunningTurn, request: &AskRequest, history: &[Exchange]) {
        let started = Instant::now();
        let mut work = std::pin::pin!(self.answer(running, request, history, started));
        let mut saved = 0;
        let outcome = loop {
            tokio::select! {
                outcome = &mut work => break Some(outcome),
                () = running.cancel.cancelled() => break None,
                () = self.0.stop.cancelled() => break None,
                () = tokio::time::sleep(SAVED) => saved = self.save_so_far(running, saved).await,
            }
        };
        let total_ms = started.elapsed().as_millis() as u32;
        running.change(|turn| turn.timings.total_ms = total_ms);
        match outcome {
            Some(Ok(written)) => {
                running.change(|turn| turn.state = TurnState::Done);
                let turn = Box::new(running.turn());
                running.push(TurnEvent::Done { turn }, |_| ());
                self.keep_turn(running).await;
                if let Some(asked) = written.filter(|_| self.0.settings().follow_ups) {
                    let turn = running.turn();
                    let (engine, scope) = (self.clone(), scope_of(request, &turn));
                    tokio::spawn(async move {
                        if let Err(error) = engine.suggest(turn, asked, scope).await {
                            tracing::warn!(%error, "no follow-up questions could be suggested");
                        }
                    });
                }
                return;
            }
            Some(Err(error)) => fail(running, error.failure()),
            None => running.push(TurnEvent::Cancelled {}, |turn| turn.state = TurnState::Cancelled),
        }
        self.keep_turn(running).await;
    }

    /// Stores what was said since the last time, so that a crash loses a second of it at most.
    async fn save_so_far(&self, running: &RunningTurn, saved: u64) -> u64 {
        let events = running.after(saved);
        let Some(last) = events.last().map(|event| event.seq) else {
            return saved;
        };
        match self.0.store.put_turn(&running.turn(), &events).await {
            Ok(()) => last,
            Err(error) => {
                tracing::warn!(%error, "an answer could not be stored on its way");
                saved
            }
        }
    }

    /// Stores an ended turn; from then on it is read from there.
    async fn keep_turn(&self, running: &RunningTurn) {
        let turn = running.turn();
        if let Err(error) = self.0.store.put_turn(&turn, &running.after(0)).await {
            tracing::error!(%error, turn = %turn.id, "an answer could not be stored");
        }
        self.0.running().remove(&turn.id);
        self.0.tell(LibraryEvent::Turn(turn.id));
    }

    async fn answer(
        &self,
        running: &RunningTurn,
        request: &AskRequest,
        history: &[Exchange],
        started: Instant,
    ) -> Result<Option<Asked>, EngineError> {
        let turn = running.turn();
        let scope = scope_of(request, &turn);
        progress(running, "searching", "Searching your sources");
        let model = async {
            match request.mode {
                Some(TurnMode::Extracts) => Ok(None),
                wanted => self.model(request, wanted == Some(TurnMode::Chat)).await,
            }
        };
        let find = |question: String| {
            let query = plain_words(&question);
            let request = FindRequest { query, mode: FindMode::Hybrid, scope, limit: RETRIEVED };
            async move { self.find(&request).await }
        };
        let (meant, hits, model) = if history.is_empty() {
            let meant = turn.question.clone();
            let (hits, model) = tokio::try_join!(find(meant.clone()), model)?;
            (meant, hits, model)
        } else {
            let model = model.await?;
            let meant = self.standalone(&turn.question, history, model.as_ref()).await;
            (meant.clone(), find(meant).await?, model)
        };
        let answerable = self.answerable(&meant, &hits).await?;
        let found_any = !hits.is_empty();
        let history =
            model.as_ref().map_or(history, |(_, context)| self.bounded(*context, &turn.question, history));
        let (room, context) = match &model {
            Some((_, context)) => (self.room(*context, &turn.question, history), *context),
            None => (4000, 0),
        };
        let package = self.pack(hits, room, self.0.settings().passages).await?;
        let retrieve_ms = started.elapsed().as_millis() as u32;
        let telling = self.tell_retrieved(running, &package, retrieve_ms);
        let usable = answerable && !package.passages.is_empty();
        if let Some((model, _)) = model.filter(|_| usable) {
            running.change(|turn| {
                turn.mode = TurnMode::Chat;
                turn.model = Some(model.clone());
            });
            let messages = messages(&turn.question, &package.passages, history, request.length);
            let asked = Asked { model, context, messages };
            self.write(running, &package.passages, &asked, telling, started).await?;
            return Ok(Some(asked));
        }
        telling.await?;
        if package.passages.is_empty() && found_any {
            return Err(EngineError::Invalid(
                "the question leaves no room for passages in this model's context; shorten it, or add its text as a source"
                    .into(),
            ));
        }
        if !usable {
            let mut answer = Answer::new(self, running, &[]).await?;
            answer.append(NOTHING);
            return Ok(None);
        }
        running.change(|turn| turn.mode = TurnMode::Extracts);
        self.extract(running, &package.passages, started).await?;
        Ok(None)
    }

    async fn tell_retrieved(
        &self,
        running: &RunningTurn,
        package: &Package,
        took_ms: u32,
    ) -> Result<(), EngineError> {
        let mut hits = Vec::new();
        for packed in &package.passages {
            let mut passage = packed.hit.row.passage.clone();
            passage.places = self.places(packed).await?;
            hits.push(RetrievedHit {
                number: packed.number,
                passage,
                source_title: packed.source_title.clone(),
                score: packed.hit.score,
            });
        }
        let used = hits.len() as u32;
        let left_out = package.left_out;
        running.push(TurnEvent::Retrieved { hits, left_out, took_ms }, |turn| {
            turn.passages_used = used;
            turn.passages_left_out = left_out;
            turn.timings.retrieve_ms = took_ms;
        });
        Ok(())
    }

    async fn places(&self, packed: &Packed) -> Result<Vec<hearth_domain::Place>, EngineError> {
        let revision = self.revision(packed.source_id, packed.revision).await?;
        Ok(revision.layout.places(packed.hit.row.passage.range))
    }

    async fn write(
        &self,
        running: &RunningTurn,
        packed: &[Packed],
        asked: &Asked,
        telling: impl Future<Output = Result<(), EngineError>>,
        started: Instant,
    ) -> Result<(), EngineError> {
        let Asked { model, context, messages } = asked;
        progress(running, "asking", &format!("Asking {model}"));
        let mut stream = self.0.chat().chat(ChatRequest {
            model: model.clone(),
            messages: messages.clone(),
            context: *context,
            max_answer: self.0.settings().max_answer.min(context / 3),
            temperature: self.0.settings().temperature,
        });
        // The model reads its prompt while the places of the passages are looked up; what it says already waits, as
        // an answer comes after what it was made from.
        let mut early = Vec::new();
        let mut telling = std::pin::pin!(telling);
        loop {
            tokio::select! {
                biased;
                Some(event) = stream.next() => early.push(event),
                told = &mut telling => break told?,
            }
        }
        let mut stream = futures::stream::iter(early).chain(stream);
        let mut answer = Answer::new(self, running, packed).await?;
        // The evidence is made ready while the model reads its prompt.
        let mut evidence = None;
        let mut preparing = Box::pin(self.evidence(packed));
        let mut first = true;
        loop {
            let event = tokio::select! {
                event = stream.next() => event,
                made = &mut preparing, if evidence.is_none() => {
                    evidence = Some(made?);
                    continue;
                }
            };
            match event {
                Some(Ok(ChatEvent::Loading)) => progress(running, "loading", &format!("Loading {model}")),
                Some(Ok(ChatEvent::Reasoning(text))) => {
                    running.push(TurnEvent::Reasoning { text: text.clone() }, |turn| {
                        turn.reasoning.get_or_insert_default().push_str(&text);
                    });
                }
                Some(Ok(ChatEvent::Text(text))) => {
                    if std::mem::take(&mut first) {
                        let ms = started.elapsed().as_millis() as u32;
                        running.change(|turn| turn.timings.first_token_ms = Some(ms));
                    }
                    answer.push(&text);
                    if let Some(evidence) = &evidence {
                        answer.settle(evidence, false).await?;
                    }
                }
                Some(Ok(ChatEvent::Done { truncated })) => {
                    if truncated {
                        progress(running, "truncated", "The answer reached its length limit");
                    }
                    break;
                }
                Some(Err(error)) => return Err(error.into()),
                None => break,
            }
        }
        let evidence = match evidence {
            Some(evidence) => evidence,
            None => preparing.await?,
        };
        answer.settle(&evidence, true).await
    }
}

/// Where a turn looks.
fn scope_of(request: &AskRequest, turn: &Turn) -> Scope {
    match &request.sources {
        Some(sources) => Scope::Sources(sources.clone()),
        None => Scope::Selection(turn.notebook_id),
    }
}

fn progress(running: &RunningTurn, step: &str, message: &str) {
    running.push(TurnEvent::Progress { step: step.to_owned(), message: message.to_owned() }, |_| ());
}

fn fail(running: &RunningTurn, error: Failure) {
    running.push(TurnEvent::Failed { error: error.clone() }, |turn| {
        turn.state = TurnState::Failed;
        turn.error = Some(error);
    });
}
