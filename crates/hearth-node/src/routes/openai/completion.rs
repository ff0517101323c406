//! Completions: the parts of an answer as they come, from a notebook or a language model.

use std::pin::pin;

use futures::StreamExt;
use futures::stream::BoxStream;
use hearth_domain::{
    ChatError, ChatEvent, ChatMessage, ChatModel, ChatRequest, Citation, Reasoning, TokenUsage, Turn,
    TurnEvent,
};
use hearth_library::{AttachedTurn, LibraryError, MarkedText, estimate_tokens};
use hearth_texts::english_strings;
use hearth_wire::{ApiError, ErrorCode};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::completion_task::{Answerer, CompletionTask, SOURCES_HEADING};
use super::refuse_param;
use crate::app::App;
use crate::extractors::RouteResult;
use crate::route_error::RouteError;

/// Minimum share of the estimated tokens that a prompt has: the estimate is an upper bound.
const MIN_ESTIMATE_SHARE: f32 = 0.6;

/// Part of an answer.
pub(super) enum CompletionPart {
    Text(String),
    Reasoning(String),
    /// Always the last part, unless the answer failed.
    End(CompletionEnd),
    Failed(ApiError),
}

/// End of an answer.
#[derive(Default)]
pub(super) struct CompletionEnd {
    /// True if the answer reached its length limit.
    pub(super) is_truncated: bool,
    pub(super) usage: TokenUsage,
    pub(super) citations: Vec<Citation>,
}

/// A running answer; dropping its parts stops the language model.
pub(super) struct Completion {
    /// Id of the turn, if a notebook answers.
    pub(super) id: Uuid,
    pub(super) created_at: Timestamp,
    pub(super) parts: BoxStream<'static, CompletionPart>,
}

/// A complete answer.
#[derive(Default)]
pub(super) struct CompleteAnswer {
    pub(super) text: String,
    pub(super) reasoning: String,
    pub(super) end: CompletionEnd,
}

impl Completion {
    /// Waits for the complete answer.
    pub(super) async fn collect(mut self) -> RouteResult<CompleteAnswer> {
        let mut answer = CompleteAnswer::default();
        while let Some(part) = self.parts.next().await {
            match part {
                CompletionPart::Text(text) => answer.text.push_str(&text),
                CompletionPart::Reasoning(text) => answer.reasoning.push_str(&text),
                CompletionPart::End(end) => answer.end = end,
                CompletionPart::Failed(error) => return Err(RouteError::new(error.code, error.message)),
            }
        }
        Ok(answer)
    }
}

/// Starts the answer to a task.
pub(super) async fn start_completion(app: &App, task: CompletionTask) -> RouteResult<Completion> {
    match &task.answerer {
        Answerer::Notebook(notebook) => {
            if task.schema.is_some() {
                let message = "an answer from a notebook is text; a form is for language models alone";
                return Err(refuse_param("response_format", message));
            }
            let turn = app.library.ask_attached(*notebook, task.to_ask_request(), task.is_kept).await?;
            let Turn { id, created_at, .. } = turn.current_turn();
            let parts = end_with_node(stream_turn(turn), app.stop.clone());
            Ok(Completion { id: id.0, created_at, parts })
        }
        Answerer::LanguageModel(model) => {
            let model = model.clone();
            start_model_completion(app, model, task).await
        }
    }
}

async fn start_model_completion(app: &App, model: String, task: CompletionTask) -> RouteResult<Completion> {
    let servers = app.machine.chat_servers();
    let settings = app.library.ask_settings();
    let info = servers.describe_model(&model).await.map_err(|error| {
        let is_missing = matches!(error, ChatError::ModelMissing { .. });
        let error = RouteError::from(LibraryError::Chat(error));
        if is_missing { error.with_param("model") } else { error }
    })?;
    if !info.can_chat {
        return Err(refuse_param("model", format!("{model} is no model that can chat")));
    }
    let context = info.context.unwrap_or(settings.context).min(settings.context);
    let prompt = estimate_prompt(&task.messages);
    if prompt as f32 * MIN_ESTIMATE_SHARE > context as f32 {
        let message = format!(
            "the messages have about {prompt} tokens, and the model's context is {context}; shorten them, or raise \
             chat.context in the settings"
        );
        return Err(refuse_param("messages", message));
    }
    let rest = context.saturating_sub(prompt).max(context / 4);
    let request = ChatRequest {
        model,
        context,
        max_answer: task.max_answer.map_or(rest, |limit| limit.min(context)),
        messages: task.messages,
        reasoning: Reasoning::UpTo(0),
        sampling: task.sampling,
        schema: task.schema,
    };
    let messages = request.messages.clone();
    let events = servers.stream_chat(request);
    let parts = end_with_node(stream_chat_events(events, messages), app.stop.clone());
    Ok(Completion { id: Uuid::now_v7(), created_at: app.library.clock().now(), parts })
}

/// Ends an answer's parts when the node stops.
fn end_with_node(
    mut parts: BoxStream<'static, CompletionPart>,
    stop: CancellationToken,
) -> BoxStream<'static, CompletionPart> {
    async_stream::stream! {
        loop {
            let part = tokio::select! {
                part = parts.next() => part,
                () = stop.cancelled() => Some(fail_by_stop()),
            };
            let Some(part) = part else { break };
            let is_last = matches!(part, CompletionPart::End(_) | CompletionPart::Failed(_));
            yield part;
            if is_last {
                break;
            }
        }
    }
    .boxed()
}

fn fail_by_stop() -> CompletionPart {
    let message = "Hearth was stopped before the answer was complete; ask again";
    CompletionPart::Failed(ApiError::new(ErrorCode::Overloaded, message))
}

fn estimate_prompt(messages: &[ChatMessage]) -> u32 {
    messages.iter().map(|message| estimate_tokens(&message.text)).sum()
}

/// The parts of a language model's answer to messages.
fn stream_chat_events(
    mut events: BoxStream<'static, Result<ChatEvent, ChatError>>,
    messages: Vec<ChatMessage>,
) -> BoxStream<'static, CompletionPart> {
    async_stream::stream! {
        let mut answer_tokens = 0;
        while let Some(event) = events.next().await {
            match event {
                Ok(ChatEvent::Text(text)) => {
                    answer_tokens += estimate_tokens(&text);
                    yield CompletionPart::Text(text);
                }
                Ok(ChatEvent::Reasoning(text)) => {
                    answer_tokens += estimate_tokens(&text);
                    yield CompletionPart::Reasoning(text);
                }
                Ok(ChatEvent::Done { truncated, usage }) => {
                    let estimate = TokenUsage { prompt_tokens: estimate_prompt(&messages), answer_tokens };
                    yield CompletionPart::End(CompletionEnd {
                        is_truncated: truncated,
                        usage: usage.unwrap_or(estimate),
                        citations: Vec::new(),
                    });
                }
                Ok(ChatEvent::Loading | ChatEvent::Retracted | ChatEvent::ToolCall { .. }) => {}
                Err(error) => yield CompletionPart::Failed(ApiError::new(error.error_code(), error.to_string())),
            }
        }
    }
    .boxed()
}

/// The parts of a notebook's answer, with markers and a list of sources. The turn ends with the stream.
fn stream_turn(turn: AttachedTurn) -> BoxStream<'static, CompletionPart> {
    async_stream::stream! {
        let mut events = pin!(turn.stream_events());
        let mut marked = MarkedText::default();
        while let Some(stored) = events.next().await {
            let text = marked.apply_event(&stored.event);
            if !text.is_empty() {
                yield CompletionPart::Text(text);
            }
            match stored.event {
                TurnEvent::Reasoning { text } => yield CompletionPart::Reasoning(text),
                TurnEvent::Done { turn } => {
                    let rest = format_answer_end(&turn);
                    if !rest.is_empty() {
                        yield CompletionPart::Text(rest);
                    }
                    yield CompletionPart::End(end_turn(*turn));
                }
                TurnEvent::Failed { error } => yield CompletionPart::Failed(ApiError::new(error.code, error.message)),
                TurnEvent::Cancelled {} | TurnEvent::Interrupted {} => yield fail_by_stop(),
                _ => {}
            }
        }
    }
    .boxed()
}

/// Text after a notebook's answer: the refusal, if it is one, or else the list of sources.
fn format_answer_end(turn: &Turn) -> String {
    match turn.refused.as_ref().filter(|_| turn.answer.is_empty()) {
        Some(refusal) => english_strings().describe_refusal(refusal),
        None => format_source_list(turn),
    }
}

fn format_source_list(turn: &Turn) -> String {
    let mut list = String::new();
    let mut seen = Vec::new();
    for citation in &turn.citations {
        if !seen.contains(&citation.number) {
            seen.push(citation.number);
            let quote = citation.quote.split_whitespace().collect::<Vec<_>>().join(" ");
            list.push_str(&format!("\n[{}] {}: “{quote}”", citation.number, citation.source_title));
        }
    }
    if list.is_empty() { list } else { format!("{SOURCES_HEADING}{list}") }
}

fn end_turn(turn: Turn) -> CompletionEnd {
    // Without a language model, the texts themselves are counted.
    let estimate = TokenUsage {
        prompt_tokens: estimate_tokens(&turn.question),
        answer_tokens: estimate_tokens(&turn.answer),
    };
    CompletionEnd {
        is_truncated: turn.truncated,
        usage: turn.usage.unwrap_or(estimate),
        citations: turn.citations,
    }
}
