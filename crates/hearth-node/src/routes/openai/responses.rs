//! Responses with text, as in OpenAI's API.

use std::convert::Infallible;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt};
use hearth_domain::{ChatMessage, Citation, ConversationId, Role, TokenUsage, TurnId};
use hearth_wire::ErrorCode;
use hearth_wire::openai::{
    Annotation, IncompleteDetails, InputTokenDetails, OpenAiError, OutputContent, OutputItem,
    OutputTokenDetails, Response, ResponseInput, ResponseUsage, ResponsesRequest,
};
use serde_json::{Value, json};

use super::body::OpenAiBody;
use super::chat::{KEEP_ALIVE_INTERVAL, json_event, parse_answerer};
use super::completion::{CompleteAnswer, Completion, CompletionPart, start_completion};
use super::completion_task::CompletionTask;
use super::request_checks::{
    check_sampling, check_token_limit, choose_schema, convert_message, refuse_unsupported,
};
use super::{refuse_param, with_model_used};
use crate::app::App;
use crate::extractors::{ResponseResult, RouteResult};
use crate::route_error::RouteError;

/// Prefix of the ids of responses.
const RESPONSE_PREFIX: &str = "resp_";
/// Prefix of the ids of messages.
const MESSAGE_PREFIX: &str = "msg_";

pub(crate) async fn create_response(
    State(app): State<App>,
    OpenAiBody(request): OpenAiBody<ResponsesRequest>,
) -> ResponseResult {
    let task = build_task(&app, &request).await?;
    let completion = start_completion(&app, task).await?;
    let progress = ResponseProgress::new(&request, &completion);
    let response = if request.stream {
        let events = stream_response_events(completion, progress).map(Ok::<_, Infallible>);
        Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_INTERVAL)).into_response()
    } else {
        let answer = completion.collect().await?;
        Json(progress.complete(answer)).into_response()
    };
    Ok(with_model_used(response, &request.model))
}

async fn build_task(app: &App, request: &ResponsesRequest) -> RouteResult<CompletionTask> {
    refuse_unsupported(&[
        ("tools", request.tools.as_ref().is_some_and(|tools| !tools.is_empty())),
        ("background", request.background.unwrap_or_default()),
        ("conversation", request.conversation.is_some()),
        ("prompt", request.prompt.is_some()),
        ("top_logprobs", request.top_logprobs.unwrap_or_default() > 0),
    ])?;
    let schema = match request.text.as_ref().and_then(|text| text.format.as_ref()) {
        Some(format) => choose_schema(&format.kind, Some(&format.schema), "text.format")?,
        None => None,
    };
    let conversation = match &request.previous_response_id {
        Some(id) => Some(find_conversation(app, id).await?),
        None => None,
    };
    Ok(CompletionTask {
        answerer: parse_answerer(&request.model)?,
        messages: list_messages(request)?,
        max_answer: check_token_limit("max_output_tokens", request.max_output_tokens)?,
        sampling: check_sampling(request.temperature, request.top_p)?,
        schema,
        is_kept: request.store.unwrap_or_default(),
        conversation,
    })
}

fn list_messages(request: &ResponsesRequest) -> RouteResult<Vec<ChatMessage>> {
    let instructions = request.instructions.iter().filter(|text| !text.is_empty());
    let mut messages: Vec<ChatMessage> =
        instructions.map(|text| ChatMessage { role: Role::System, text: text.clone() }).collect();
    match &request.input {
        ResponseInput::Text(text) => messages.push(ChatMessage { role: Role::User, text: text.clone() }),
        ResponseInput::Items(items) => {
            for (index, item) in items.iter().enumerate() {
                let param = format!("input[{index}]");
                match item.kind.as_deref() {
                    None | Some("message") => {
                        messages.push(convert_message(&item.role, &item.content, &param)?);
                    }
                    // What a model thought before is not read again.
                    Some("reasoning") => {}
                    Some(other) => {
                        let message =
                            format!("input of the type {other} is not supported; send messages alone");
                        return Err(refuse_param(&param, message));
                    }
                }
            }
        }
    }
    if messages.iter().all(|message| message.role != Role::User) {
        return Err(refuse_param("input", "input has no message of the user"));
    }
    Ok(messages)
}

/// The conversation that a kept response is in.
async fn find_conversation(app: &App, id: &str) -> RouteResult<ConversationId> {
    let turn = id.strip_prefix(RESPONSE_PREFIX).and_then(|id| id.parse::<TurnId>().ok());
    let found = match turn {
        Some(turn) => app.library.get_turn(turn).await.ok(),
        None => None,
    };
    found.map(|turn| turn.conversation_id).ok_or_else(|| {
        let message =
            format!("there is no response {id}; only responses of notebooks with \"store\": true are kept");
        RouteError::new(ErrorCode::NotFound, message).with_param("previous_response_id")
    })
}

/// A response in progress.
struct ResponseProgress {
    response: Response,
    message_id: String,
}

impl ResponseProgress {
    fn new(request: &ResponsesRequest, completion: &Completion) -> Self {
        let response = Response {
            id: format!("{RESPONSE_PREFIX}{}", completion.id),
            object: "response".into(),
            created_at: completion.created_at.as_second(),
            status: "in_progress".into(),
            error: None,
            incomplete_details: None,
            instructions: request.instructions.clone(),
            max_output_tokens: request.max_output_tokens,
            model: request.model.clone(),
            output: Vec::new(),
            parallel_tool_calls: true,
            previous_response_id: request.previous_response_id.clone(),
            store: request.store.unwrap_or_default(),
            temperature: request.temperature,
            tool_choice: "auto".into(),
            tools: Vec::new(),
            top_p: request.top_p,
            metadata: request.metadata.clone(),
            usage: None,
        };
        Self { response, message_id: format!("{MESSAGE_PREFIX}{}", completion.id) }
    }

    /// The message of the answer, with its text so far.
    fn output_item(&self, status: &str, content: Vec<OutputContent>) -> OutputItem {
        OutputItem {
            kind: "message".into(),
            id: self.message_id.clone(),
            status: status.to_owned(),
            role: "assistant".into(),
            content,
        }
    }

    /// The response with its answer.
    fn complete(&self, answer: CompleteAnswer) -> Response {
        let status = if answer.end.is_truncated { "incomplete" } else { "completed" };
        let reason = IncompleteDetails { reason: "max_output_tokens".into() };
        let content = output_content(answer.text, &answer.end.citations);
        Response {
            status: status.into(),
            incomplete_details: answer.end.is_truncated.then_some(reason),
            output: vec![self.output_item(status, vec![content])],
            usage: Some(count_usage(answer.end.usage)),
            ..self.response.clone()
        }
    }

    fn fail(&self, error: OpenAiError) -> Response {
        Response { status: "failed".into(), error: Some(error), ..self.response.clone() }
    }
}

fn output_content(text: String, citations: &[Citation]) -> OutputContent {
    let mut annotations: Vec<Annotation> = Vec::new();
    for citation in citations {
        if annotations.iter().all(|known| known.index != citation.number) {
            annotations.push(Annotation {
                kind: "file_citation".into(),
                file_id: citation.source_id.to_string(),
                filename: citation.source_title.clone(),
                index: citation.number,
                quote: citation.quote.clone(),
            });
        }
    }
    OutputContent { kind: "output_text".into(), text, annotations, logprobs: Vec::new() }
}

fn count_usage(usage: TokenUsage) -> ResponseUsage {
    ResponseUsage {
        input_tokens: usage.prompt_tokens,
        input_tokens_details: InputTokenDetails::default(),
        output_tokens: usage.answer_tokens,
        output_tokens_details: OutputTokenDetails::default(),
        total_tokens: usage.prompt_tokens.saturating_add(usage.answer_tokens),
    }
}

/// Numbers the events of a stream.
#[derive(Default)]
struct EventNumbers(u32);

impl EventNumbers {
    /// An event with its name, its number and its fields.
    fn number_event(&mut self, name: &str, mut fields: Value) -> Event {
        fields["type"] = json!(name);
        fields["sequence_number"] = json!(self.0);
        self.0 += 1;
        json_event(&fields).event(name)
    }
}

fn stream_response_events(
    mut completion: Completion,
    progress: ResponseProgress,
) -> impl Stream<Item = Event> + Send + 'static {
    async_stream::stream! {
        let mut numbers = EventNumbers::default();
        yield numbers.number_event("response.created", json!({"response": progress.response}));
        yield numbers.number_event("response.in_progress", json!({"response": progress.response}));
        let item = progress.output_item("in_progress", Vec::new());
        yield numbers.number_event("response.output_item.added", json!({"output_index": 0, "item": item}));
        let place = json!({"item_id": progress.message_id, "output_index": 0, "content_index": 0});
        let at_place = |name: &str, value: Value| {
            let mut fields = place.clone();
            fields[name] = value;
            fields
        };
        let empty = output_content(String::new(), &[]);
        yield numbers.number_event("response.content_part.added", at_place("part", json!(empty)));
        let mut answer = CompleteAnswer::default();
        while let Some(part) = completion.parts.next().await {
            match part {
                CompletionPart::Text(text) => {
                    answer.text.push_str(&text);
                    let mut fields = at_place("delta", json!(text));
                    fields["logprobs"] = json!([]);
                    yield numbers.number_event("response.output_text.delta", fields);
                }
                CompletionPart::Reasoning(_) => {}
                CompletionPart::Failed(error) => {
                    let response = progress.fail(OpenAiError::from(&error));
                    yield numbers.number_event("response.failed", json!({"response": response}));
                    return;
                }
                CompletionPart::End(end) => {
                    answer.end = end;
                    break;
                }
            }
        }
        let mut fields = at_place("text", json!(answer.text));
        fields["logprobs"] = json!([]);
        yield numbers.number_event("response.output_text.done", fields);
        let response = progress.complete(answer);
        let item = response.output.first();
        let content = item.and_then(|item| item.content.first());
        yield numbers.number_event("response.content_part.done", at_place("part", json!(content)));
        yield numbers.number_event("response.output_item.done", json!({"output_index": 0, "item": item}));
        let name = format!("response.{}", response.status);
        yield numbers.number_event(&name, json!({"response": response}));
    }
}
