//! Answers that a language model writes from passages.

use async_trait::async_trait;
use futures::StreamExt;
use hearth_domain::{AnswerLength, ChatEvent, ChatRequest, TurnEvent, TurnMode, TurnStep};

use super::Exchange;
use super::answer::Answer;
use super::answer_strategy::{AnswerStrategy, AnswerTask};
use super::follow_ups::AnsweredPrompt;
use super::prompt::build_messages;
use crate::{Library, LibraryError};

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

impl Library {
    async fn stream_answer(&self, prompt: &AnsweredPrompt, task: AnswerTask<'_>) -> Result<(), LibraryError> {
        let AnswerTask { running, passages, mut publishing, started, .. } = task;
        let AnsweredPrompt { model, context, messages } = prompt;
        running.push_progress(TurnStep::Asking { model: model.clone() });
        let mut stream = self.0.chat_model().stream_chat(ChatRequest {
            model: model.clone(),
            messages: messages.clone(),
            context: *context,
            max_answer: self.0.ask_settings().max_answer.min(context / 3),
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
        let mut stream = futures::stream::iter(early_events).chain(stream);
        let mut answer = Answer::new(self, running, passages).await?;
        // The evidence is prepared while the model reads its prompt.
        let mut evidence = None;
        let mut preparing = Box::pin(self.prepare_evidence(passages));
        let mut first = true;
        loop {
            let event = tokio::select! {
                event = stream.next() => event,
                prepared = &mut preparing, if evidence.is_none() => {
                    evidence = Some(prepared?);
                    continue;
                }
            };
            match event {
                Some(Ok(ChatEvent::Loading)) => {
                    running.push_progress(TurnStep::Loading { model: model.clone() });
                }
                Some(Ok(ChatEvent::Reasoning(text))) => {
                    running.push_event(TurnEvent::Reasoning { text: text.clone() }, |turn| {
                        turn.reasoning.get_or_insert_default().push_str(&text);
                    });
                }
                Some(Ok(ChatEvent::Text(text))) => {
                    if std::mem::take(&mut first) {
                        let ms = started.elapsed().as_millis() as u32;
                        running.update_turn(|turn| turn.timings.first_token_ms = Some(ms));
                    }
                    answer.push_text(&text);
                    if let Some(evidence) = &evidence {
                        answer.cite_finished_sentences(evidence, false).await?;
                    }
                }
                Some(Ok(ChatEvent::Done { truncated })) => {
                    if truncated {
                        running.push_progress(TurnStep::Truncated);
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
        answer.cite_finished_sentences(&evidence, true).await
    }
}
