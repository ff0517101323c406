//! Answers that a language model writes from passages.

use std::time::Instant;

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::{Stream, StreamExt};
use hearth_domain::{
    AnswerLength, ChatError, ChatEvent, ChatMessage, ChatRequest, Reasoning, SamplingOptions, TokenUsage,
    TurnEvent, TurnMode, TurnStep,
};

use super::answer::Answer;
use super::answer_sentences::SENTENCE_ENDS;
use super::answer_strategy::{AnswerStrategy, AnswerTask};
use super::chat_model::ChosenModel;
use super::evidence::Evidence;
use super::follow_ups::AnsweredPrompt;
use super::packing::PassageBudget;
use super::prompt::{PromptRules, build_messages};
use super::prompt_room::PromptRoom;
use super::refusal::mark_refusal_of_model;
use super::repetition::ends_in_loop;
use super::token_estimate::estimate_tokens;
use super::{AskRequest, AskSettings, Exchange, RunningTurn};
use crate::{Library, LibraryError};

/// Maximum tokens of the reasoning of a thinking model, which would else eat the room of the answer.
const MAX_REASONING_TOKENS: u32 = 2048;
/// Maximum bytes of a token, on average over an answer: a server that ignores the limit is stopped.
const MAX_BYTES_PER_TOKEN: usize = 12;

/// Answer by a language model.
pub(super) struct ChatStrategy {
    model: ChosenModel,
    /// Maximum tokens of the answer.
    max_answer: u32,
    /// Maximum tokens of the reasoning before it; 0 for a model that does not reason.
    max_reasoning: u32,
    sampling: SamplingOptions,
    /// Instructions of the program that asks.
    instructions: String,
    length: AnswerLength,
}

impl ChatStrategy {
    /// Answers a request by a model; what the request leaves open is taken from the settings.
    pub(super) fn new(model: ChosenModel, request: &AskRequest, settings: &AskSettings) -> Self {
        let ChosenModel { context, can_reason, .. } = model;
        let mut sampling = request.sampling.clone();
        sampling.temperature = sampling.temperature.or(Some(settings.temperature));
        Self {
            model,
            max_answer: request.max_answer.unwrap_or(settings.max_answer).min(context / 3),
            max_reasoning: if can_reason { MAX_REASONING_TOKENS.min(context / 4) } else { 0 },
            sampling,
            instructions: request.instructions.clone(),
            length: request.length,
        }
    }

    fn prompt_room(&self, question: &str) -> PromptRoom {
        let written = self.max_answer + self.max_reasoning;
        PromptRoom::new(self.model.context, written, &[question, &self.instructions])
    }
}

#[async_trait]
impl AnswerStrategy for ChatStrategy {
    fn mode(&self) -> TurnMode {
        TurnMode::Chat
    }

    fn trim_history<'a>(&self, question: &str, history: &'a [Exchange]) -> &'a [Exchange] {
        self.prompt_room(question).trim_history(history)
    }

    fn passage_budget(&self, question: &str, history: &[Exchange]) -> PassageBudget {
        PassageBudget::Tokens(self.prompt_room(question).passage_budget(history) as f32)
    }

    async fn answer(
        &self,
        library: &Library,
        task: AnswerTask<'_>,
    ) -> Result<Option<AnsweredPrompt>, LibraryError> {
        task.running.update_turn(|turn| turn.model = Some(self.model.name.clone()));
        let question = task.running.current_turn().question;
        let rules = PromptRules { length: self.length, instructions: &self.instructions };
        let messages = build_messages(&question, task.passages, task.history, rules);
        let ChosenModel { name, context, .. } = &self.model;
        let prompt = AnsweredPrompt { model: name.clone(), context: *context, messages };
        library.stream_answer(self, &prompt, task).await?;
        Ok(Some(prompt))
    }
}

/// Ending of a language model's stream.
#[derive(Default)]
struct StreamEnding {
    /// The answer reached its length limit, or repeated itself.
    truncated: bool,
    /// Name of the last tool that the model asked for.
    tool: Option<String>,
    /// Tokens as the server counted them.
    usage: Option<TokenUsage>,
}

impl Library {
    async fn stream_answer(
        &self,
        strategy: &ChatStrategy,
        prompt: &AnsweredPrompt,
        task: AnswerTask<'_>,
    ) -> Result<(), LibraryError> {
        let AnswerTask { running, passages, mut publishing, started, is_about_conversation, .. } = task;
        let AnsweredPrompt { model, context, messages } = prompt;
        running.push_progress(TurnStep::Asking { model: model.clone() });
        let max_answer = strategy.max_answer;
        let mut stream = self.0.chat_model().stream_chat(ChatRequest {
            model: model.clone(),
            messages: messages.clone(),
            context: *context,
            max_answer,
            reasoning: Reasoning::UpTo(strategy.max_reasoning),
            sampling: strategy.sampling.clone(),
            schema: None,
        });
        // The model reads its prompt while the places of the passages are looked up; its text waits, as an
        // answer comes after its passages.
        let mut early_events = Vec::new();
        loop {
            tokio::select! {
                biased;
                Some(event) = stream.next() => early_events.push(event),
                result = &mut publishing => break result?,
            }
        }
        let stream = futures::stream::iter(early_events).chain(stream);
        let mut answer = Answer::new(self, running, passages, !is_about_conversation).await?;
        // The evidence is prepared while the model reads its prompt.
        let preparing = Box::pin(self.prepare_evidence(passages));
        let ending = self.read_stream(stream, preparing, &mut answer, model, max_answer, started).await?;
        let usage = ending.usage.unwrap_or_else(|| estimate_usage(messages, answer.text()));
        running.update_turn(|turn| turn.usage = Some(usage));
        end_answer(running, &answer, ending)
    }

    /// Reads a model's stream into an answer, and cites it as soon as the evidence is there.
    async fn read_stream(
        &self,
        stream: impl Stream<Item = Result<ChatEvent, ChatError>> + Send,
        mut preparing: BoxFuture<'_, Result<Evidence, LibraryError>>,
        answer: &mut Answer<'_>,
        model: &str,
        max_answer: u32,
        started: Instant,
    ) -> Result<StreamEnding, LibraryError> {
        let mut stream = std::pin::pin!(stream);
        let mut evidence = None;
        let mut ending = StreamEnding::default();
        loop {
            let event = tokio::select! {
                event = stream.next() => event,
                prepared = &mut preparing, if evidence.is_none() => {
                    answer.cite_finished_sentences(evidence.insert(prepared?), false).await?;
                    continue;
                }
            };
            match event {
                Some(Ok(ChatEvent::Text(text))) => {
                    answer.note_first_token(started);
                    answer.push_text(&text, evidence.as_ref()).await?;
                    if let Some(evidence) = &evidence
                        && answer.has_unchecked_end()
                    {
                        answer.cite_finished_sentences(evidence, false).await?;
                    }
                    if is_endless(answer.text(), &text, max_answer) {
                        ending.truncated = true;
                        break;
                    }
                }
                Some(Ok(ChatEvent::Done { truncated, usage })) => {
                    (ending.truncated, ending.usage) = (truncated, usage);
                    break;
                }
                Some(Ok(ChatEvent::ToolCall { name })) => ending.tool = Some(name),
                Some(Ok(event)) => answer.apply_event(event, model),
                Some(Err(error)) => return Err(error.into()),
                None => break,
            }
        }
        let evidence = match evidence {
            Some(evidence) => evidence,
            None => preparing.await?,
        };
        answer.end_text(&evidence).await?;
        answer.cite_finished_sentences(&evidence, true).await?;
        Ok(ending)
    }
}

/// Estimate of the tokens of a prompt and its answer, for servers that do not count them.
fn estimate_usage(messages: &[ChatMessage], answer: &str) -> TokenUsage {
    let prompt_tokens = messages.iter().map(|message| estimate_tokens(&message.text)).sum();
    TokenUsage { prompt_tokens, answer_tokens: estimate_tokens(answer) }
}

/// True if an answer goes on without end: it repeats itself, or is longer than the model was allowed.
fn is_endless(answer: &str, last_part: &str, max_answer: u32) -> bool {
    let max_bytes = max_answer as usize * MAX_BYTES_PER_TOKEN;
    (last_part.contains(SENTENCE_ENDS) && ends_in_loop(answer)) || answer.len() > max_bytes
}

/// Ends an answer: says what is wrong with it, if there is anything.
fn end_answer(running: &RunningTurn, answer: &Answer<'_>, ending: StreamEnding) -> Result<(), LibraryError> {
    if ending.truncated {
        running.push_event(TurnEvent::Progress { step: TurnStep::Truncated }, |turn| turn.truncated = true);
    }
    if !answer.text().trim().is_empty() || answer.has_refusal_token() {
        let has_token = answer.has_refusal_token();
        running.update_turn(|turn| mark_refusal_of_model(turn, has_token));
        return Ok(());
    }
    let reason = match ending {
        StreamEnding { tool: Some(tool), .. } => format!(
            "the language model asked for the tool {tool} instead of answering; ask again, or choose another model"
        ),
        StreamEnding { truncated: true, .. } => {
            "the language model reached its length limit before it wrote an answer; raise ask.max_answer in the \
             settings, or choose a model that does not think"
                .to_owned()
        }
        StreamEnding { .. } => {
            "the language model's answer was empty; ask again, or choose another model".to_owned()
        }
    };
    Err(LibraryError::Chat(ChatError::Refused(reason)))
}
