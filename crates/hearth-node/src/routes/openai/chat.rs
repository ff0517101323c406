//! Chat completions, as in OpenAI's API.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use hearth_domain::TokenUsage;
use hearth_wire::openai::{
    ChatCompletion, ChatRequest, Choice, Content, Delta, Message, OpenAiError, OpenAiErrorBody, Usage,
};
use serde::Serialize;

use super::body::OpenAiBody;
use super::completion::{Completion, CompletionPart, start_completion};
use super::completion_task::{Answerer, CompletionTask};
use super::request_checks::{
    check_range, check_sampling, check_token_limit, choose_schema, convert_message, list_stop_texts,
    refuse_unsupported,
};
use super::{NOTEBOOK_PREFIX, model_not_found, refuse_param, with_model_used};
use crate::app::App;
use crate::extractors::{ResponseResult, RouteResult};

/// Data of a stream's last event.
const STREAM_END: &str = "[DONE]";
/// Interval of the comments that keep a silent stream open.
pub(super) const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(10);

pub(crate) async fn complete_chat(
    State(app): State<App>,
    OpenAiBody(request): OpenAiBody<ChatRequest>,
) -> ResponseResult {
    let task = build_task(&request)?;
    let completion = start_completion(&app, task).await?;
    let model = request.model.clone();
    let response = if request.stream {
        let has_usage = request.stream_options.is_some_and(|options| options.include_usage);
        stream_response(completion, model.clone(), has_usage)
    } else {
        complete_response(completion, model.clone()).await?
    };
    Ok(with_model_used(response, &model))
}

/// What a model id names.
pub(super) fn parse_answerer(model: &str) -> RouteResult<Answerer> {
    match model.strip_prefix(NOTEBOOK_PREFIX) {
        Some(id) => id.parse().map(Answerer::Notebook).map_err(|_| model_not_found(model)),
        None if model.is_empty() => Err(model_not_found(model)),
        None => Ok(Answerer::LanguageModel(model.to_owned())),
    }
}

fn build_task(request: &ChatRequest) -> RouteResult<CompletionTask> {
    let is_filled = |list: &Option<Vec<_>>| list.as_ref().is_some_and(|list| !list.is_empty());
    let bias = request.logit_bias.as_ref().and_then(|bias| bias.as_object());
    refuse_unsupported(&[
        ("n", request.n.is_some_and(|count| count != 1)),
        ("logprobs", request.logprobs.unwrap_or_default()),
        ("top_logprobs", request.top_logprobs.unwrap_or_default() > 0),
        ("logit_bias", bias.is_some_and(|bias| !bias.is_empty())),
        ("tools", is_filled(&request.tools)),
        ("functions", is_filled(&request.functions)),
        ("modalities", request.modalities.iter().flatten().any(|kind| kind != "text")),
        ("audio", request.audio.is_some()),
    ])?;
    let mut sampling = check_sampling(request.temperature, request.top_p)?;
    sampling.seed = request.seed;
    sampling.presence_penalty = check_range("presence_penalty", request.presence_penalty, -2.0, 2.0)?;
    sampling.frequency_penalty = check_range("frequency_penalty", request.frequency_penalty, -2.0, 2.0)?;
    sampling.stop = list_stop_texts(request.stop.as_ref())?;
    let schema = match &request.response_format {
        Some(format) => {
            let schema = format.json_schema.as_ref().map(|form| &form.schema);
            choose_schema(&format.kind, schema, "response_format")?
        }
        None => None,
    };
    let old_limit = check_token_limit("max_tokens", request.max_tokens)?;
    let limit = check_token_limit("max_completion_tokens", request.max_completion_tokens)?;
    let messages = request.messages.iter().enumerate().map(|(index, message)| {
        convert_message(&message.role, &message.content, &format!("messages[{index}]"))
    });
    let messages = messages.collect::<RouteResult<Vec<_>>>()?;
    if messages.is_empty() {
        return Err(refuse_param("messages", "messages is empty"));
    }
    Ok(CompletionTask {
        answerer: parse_answerer(&request.model)?,
        messages,
        max_answer: limit.or(old_limit),
        sampling,
        schema,
        is_kept: request.store.unwrap_or_default(),
        conversation: None,
    })
}

fn count_usage(usage: TokenUsage) -> Usage {
    Usage {
        prompt_tokens: usage.prompt_tokens,
        completion_tokens: usage.answer_tokens,
        total_tokens: usage.prompt_tokens.saturating_add(usage.answer_tokens),
    }
}

fn finish_reason(is_truncated: bool) -> String {
    if is_truncated { "length" } else { "stop" }.to_owned()
}

async fn complete_response(completion: Completion, model: String) -> ResponseResult {
    let (id, created) = (completion_id(&completion), completion.created_at.as_second());
    let answer = completion.collect().await?;
    let message = Message {
        role: "assistant".into(),
        content: Content::Text(answer.text),
        reasoning_content: Some(answer.reasoning).filter(|text| !text.is_empty()),
    };
    let finish_reason = Some(finish_reason(answer.end.is_truncated));
    Ok(Json(ChatCompletion {
        id,
        object: "chat.completion".into(),
        created,
        model,
        choices: vec![Choice { index: 0, message: Some(message), delta: None, finish_reason }],
        usage: Some(count_usage(answer.end.usage)),
    })
    .into_response())
}

fn completion_id(completion: &Completion) -> String {
    format!("chatcmpl-{}", completion.id)
}

/// An event of a stream with JSON as its data.
pub(super) fn json_event(value: &impl Serialize) -> Event {
    Event::default().data(serde_json::to_string(value).unwrap_or_default())
}

fn stream_response(completion: Completion, model: String, has_usage: bool) -> Response {
    let events = stream_chunks(completion, model, has_usage).map(Ok::<_, Infallible>);
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_INTERVAL)).into_response()
}

fn stream_chunks(
    mut completion: Completion,
    model: String,
    has_usage: bool,
) -> impl Stream<Item = Event> + Send + 'static {
    let (id, created) = (completion_id(&completion), completion.created_at.as_second());
    let chunk = move |choices: Vec<Choice>, usage: Option<Usage>| {
        json_event(&ChatCompletion {
            id: id.clone(),
            object: "chat.completion.chunk".into(),
            created,
            model: model.clone(),
            choices,
            usage,
        })
    };
    let choice = |delta: Delta, finish_reason: Option<String>| {
        vec![Choice { index: 0, message: None, delta: Some(delta), finish_reason }]
    };
    async_stream::stream! {
        let role = Delta { role: Some("assistant".into()), ..Delta::default() };
        yield chunk(choice(role, None), None);
        while let Some(part) = completion.parts.next().await {
            match part {
                CompletionPart::Text(text) => {
                    yield chunk(choice(Delta { content: Some(text), ..Delta::default() }, None), None);
                }
                CompletionPart::Reasoning(text) => {
                    yield chunk(choice(Delta { reasoning_content: Some(text), ..Delta::default() }, None), None);
                }
                CompletionPart::End(end) => {
                    let reason = finish_reason(end.is_truncated);
                    yield chunk(choice(Delta::default(), Some(reason)), None);
                    if has_usage {
                        yield chunk(Vec::new(), Some(count_usage(end.usage)));
                    }
                }
                CompletionPart::Failed(error) => {
                    yield json_event(&OpenAiErrorBody { error: OpenAiError::from(&error) });
                }
            }
        }
        yield Event::default().data(STREAM_END);
    }
}
