//! Answers that a language model writes from passages.

use std::time::Instant;

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::{Stream, StreamExt};
use hearth_domain::{AnswerLength, ChatError, ChatEvent, ChatRequest, TurnEvent, TurnMode, TurnStep};

use super::answer::Answer;
use super::answer_strategy::{AnswerStrategy, AnswerTask};
use super::evidence::Evidence;
use super::follow_ups::AnsweredPrompt;
use super::prompt::build_messages;
use super::refusal::mark_refusal_of_model;
use super::repetition::ends_in_loop;
use super::{Exchange, RunningTurn};
use crate::{Library, LibraryError};

/// Characters at which a sentence may end.
const SENTENCE_ENDS: &[char] = &['.', '!', '?', '\n', '。', '！', '？', '؟', '…', '|'];
/// Maximum bytes of a token, on average over an answer: a server that ignores the limit is stopped.
const MAX_BYTES_PER_TOKEN: usize = 12;

/// Answer by a language model.
pub(super) struct ChatStrategy {
    pub(super) model: String,
    /// The model's real context, in tokens.
    pub(super) context: u32,
    pub(super) length: AnswerLength,
}

#[async_trait]
impl AnswerStrategy for ChatStrategy {
    fn mode(&self) -> TurnMode {
        TurnMode::Chat
    }

    fn trim_history<'a>(&self, library: &Library, question: &str, history: &'a [Exchange]) -> &'a [Exchange] {
        library.trim_history(self.context, question, history)
    }

    fn passage_token_budget(&self, library: &Library, question: &str, history: &[Exchange]) -> u32 {
        library.passage_token_budget(self.context, question, history)
    }

    async fn answer(
        &self,
        library: &Library,
        task: AnswerTask<'_>,
    ) -> Result<Option<AnsweredPrompt>, LibraryError> {
        task.running.update_turn(|turn| turn.model = Some(self.model.clone()));
        let question = task.running.current_turn().question;
        let messages = build_messages(&question, task.passages, task.history, self.length);
        let prompt = AnsweredPrompt { model: self.model.clone(), context: self.context, messages };
        library.stream_answer(&prompt, task).await?;
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
}

impl Library {
    async fn stream_answer(&self, prompt: &AnsweredPrompt, task: AnswerTask<'_>) -> Result<(), LibraryError> {
        let AnswerTask { running, passages, mut publishing, started, is_about_conversation, .. } = task;
        let AnsweredPrompt { model, context, messages } = prompt;
        running.push_progress(TurnStep::Asking { model: model.clone() });
        let max_answer = self.0.ask_settings().max_answer.min(context / 3);
        let mut stream = self.0.chat_model().stream_chat(ChatRequest {
            model: model.clone(),
            messages: messages.clone(),
            context: *context,
            max_answer,
            temperature: self.0.ask_settings().temperature,
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
                    evidence = Some(prepared?);
                    continue;
                }
            };
            match event {
                Some(Ok(ChatEvent::Text(text))) => {
                    answer.note_first_token(started);
                    answer.push_text(&text, evidence.as_ref()).await?;
                    if let Some(evidence) = &evidence
                        && text.contains(SENTENCE_ENDS)
                    {
                        answer.cite_finished_sentences(evidence, false).await?;
                    }
                    if is_endless(answer.text(), &text, max_answer) {
                        ending.truncated = true;
                        break;
                    }
                }
                Some(Ok(ChatEvent::Done { truncated })) => {
                    ending.truncated = truncated;
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
