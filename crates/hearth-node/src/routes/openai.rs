//! Operations compatible with OpenAI's API: models, embeddings, chat.

use std::convert::Infallible;

use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt;
use hearth_domain::{NotebookId, TextRole, Turn, TurnEvent};
use hearth_library::{AskRequest, Exchange};
use hearth_texts::english_strings;
use hearth_wire::ErrorCode;
use hearth_wire::openai::{
    ChatCompletion, ChatRequest, Choice, Content as MessageContent, Delta, Embedding, EmbeddingInput,
    EmbeddingList, EmbeddingRequest, EmbeddingValue, EncodingFormat, Message, Model, ModelList, Usage,
};

use crate::app::App;
use crate::extractors::{JsonBody, ResponseResult, RouteResult};
use crate::guard::ModelUsed;
use crate::route_error::RouteError;

/// Prefix of the model ids that answer from a notebook.
const NOTEBOOK_PREFIX: &str = "notebook:";
/// Texts embedded in one batch.
const EMBED_BATCH_SIZE: usize = 256;
/// Data of a stream's last event.
const STREAM_END: &str = "[DONE]";
/// Limit of the characters of a streamed answer that are held back for their citations.
const MAX_HELD_CHARS: usize = 500;
/// Limit of the texts of a request.
const MAX_INPUT_TEXTS: usize = 10_000;

pub(crate) async fn list_models(State(app): State<App>) -> RouteResult<Json<ModelList>> {
    let mut data = Vec::new();
    for notebook in app.library.list_notebooks(1000, None).await? {
        data.push(Model {
            id: format!("{NOTEBOOK_PREFIX}{}", notebook.id),
            object: "model".into(),
            created: notebook.created_at.as_second(),
            owned_by: "hearth".into(),
            name: notebook.title,
        });
    }
    for entry in app
        .machine
        .models()
        .list_entries()
        .iter()
        .filter(|entry| app.machine.models().cache().find_files(entry).is_some())
    {
        data.push(Model {
            id: entry.id.clone(),
            object: "model".into(),
            created: 0,
            owned_by: "hearth".into(),
            name: entry.name.clone(),
        });
    }
    Ok(Json(ModelList { object: "list".into(), data }))
}

fn model_not_found(id: &str) -> RouteError {
    RouteError::new(
        ErrorCode::ModelNotFound,
        format!("there is no model {id}; GET /v1/models lists the available models"),
    )
}

pub(crate) async fn create_embeddings(
    State(app): State<App>,
    JsonBody(request): JsonBody<EmbeddingRequest>,
) -> ResponseResult {
    let embedder =
        app.machine.models().get_embedder(&request.model).map_err(|_| model_not_found(&request.model))?;
    let tokenizer = embedder.clone();
    let input = request.input;
    // Loading and tokenizing take time, so they run on a blocking thread.
    let (texts, tokens) = tokio::task::spawn_blocking(move || {
        let texts = match input {
            EmbeddingInput::Text(text) => vec![text],
            EmbeddingInput::Texts(texts) => texts,
            EmbeddingInput::Tokens(tokens) => vec![tokenizer.decode_tokens(&tokens)?],
            EmbeddingInput::TokenLists(lists) => {
                lists.iter().map(|tokens| tokenizer.decode_tokens(tokens)).collect::<Result<_, _>>()?
            }
        };
        let token_count = texts.iter().map(|text| tokenizer.count_tokens(text)).sum::<Result<usize, _>>()?;
        Ok::<_, hearth_domain::EmbedError>((texts, token_count))
    })
    .await
    .map_err(hearth_library::LibraryError::from)?
    .map_err(hearth_library::LibraryError::from)?;
    if texts.is_empty() || texts.len() > MAX_INPUT_TEXTS {
        return Err(RouteError::invalid_request(format!("input must hold 1 to {MAX_INPUT_TEXTS} texts")));
    }
    let mut data = Vec::new();
    for batch in texts.chunks(EMBED_BATCH_SIZE) {
        let vectors = hearth_domain::Embedder::embed(&embedder, TextRole::Passage, batch.to_vec())
            .await
            .map_err(hearth_library::LibraryError::from)?;
        for vector in vectors {
            let vector = truncate_vector(vector, request.dimensions)?;
            data.push(Embedding {
                object: "embedding".into(),
                index: data.len() as u32,
                embedding: match request.encoding_format.unwrap_or_default() {
                    EncodingFormat::Float => EmbeddingValue::Numbers(vector),
                    EncodingFormat::Base64 => {
                        let bytes: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
                        EmbeddingValue::Base64(STANDARD.encode(bytes))
                    }
                },
            });
        }
    }
    let usage = Usage { prompt_tokens: tokens as u32, completion_tokens: 0, total_tokens: tokens as u32 };
    let list = EmbeddingList { object: "list".into(), data, model: request.model.clone(), usage };
    Ok(with_model_used(Json(list).into_response(), &request.model))
}

/// Truncates a vector to its first `dimensions` values and normalises it again.
fn truncate_vector(mut vector: Vec<f32>, dimensions: Option<u32>) -> RouteResult<Vec<f32>> {
    let Some(dimensions) = dimensions.map(|dimensions| dimensions as usize) else {
        return Ok(vector);
    };
    if dimensions == 0 || dimensions > vector.len() {
        return Err(RouteError::invalid_request(format!("dimensions must be 1 to {}", vector.len())));
    }
    vector.truncate(dimensions);
    let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
    Ok(vector.into_iter().map(|value| value / norm).collect())
}

fn with_model_used(mut response: Response, model: &str) -> Response {
    response.extensions_mut().insert(ModelUsed(model.to_owned()));
    response
}

pub(crate) async fn complete_chat(
    State(app): State<App>,
    JsonBody(request): JsonBody<ChatRequest>,
) -> ResponseResult {
    let notebook: NotebookId = request
        .model
        .strip_prefix(NOTEBOOK_PREFIX)
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| model_not_found(&request.model))?;
    let last_message = request.messages.iter().rev().find(|message| message.role == "user");
    let question = last_message.map(|message| message.content.text()).unwrap_or_default();
    let turn = app
        .library
        .ask_question(
            notebook,
            AskRequest { question, history: chat_history(&request.messages), ..AskRequest::default() },
        )
        .await?;
    let response = if request.stream {
        streamed_response(&app, &turn, &request.model).await?
    } else {
        complete_response(&app, &turn, &request.model).await?
    };
    Ok(with_model_used(response, &request.model))
}

/// Earlier questions with their answers, oldest first.
fn chat_history(messages: &[Message]) -> Vec<Exchange> {
    let mut pairs = Vec::new();
    let mut pending_question: Option<String> = None;
    for message in messages {
        match message.role.as_str() {
            "user" => pending_question = Some(message.content.text()),
            "assistant" => pairs.extend(
                pending_question.take().map(|question| Exchange { question, answer: message.content.text() }),
            ),
            _ => {}
        }
    }
    pairs
}

/// Formats an answer as plain text, with its markers and its list of sources.
fn format_answer(turn: &Turn) -> String {
    if let Some(refusal) = turn.refused.as_ref().filter(|_| turn.answer.is_empty()) {
        return english_strings().describe_refusal(refusal);
    }
    let mut text: Vec<char> = turn.answer.chars().collect();
    let mut citations: Vec<_> = turn.citations.iter().collect();
    citations.sort_by_key(|citation| (citation.at, citation.number));
    for citation in citations.iter().rev() {
        let at = (citation.at.0 as usize).min(text.len());
        text.splice(at..at, format!("[{}]", citation.number).chars());
    }
    text.into_iter().collect::<String>() + &format_source_list(turn)
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
    if list.is_empty() { list } else { format!("\n\nSources:{list}") }
}

fn build_completion(turn: &Turn, model: &str, choice: Choice) -> ChatCompletion {
    let is_part = choice.delta.is_some();
    ChatCompletion {
        id: format!("chatcmpl-{}", turn.id),
        object: if is_part { "chat.completion.chunk".into() } else { "chat.completion".into() },
        created: turn.created_at.as_second(),
        model: model.to_owned(),
        choices: vec![choice],
        usage: None,
    }
}

async fn complete_response(app: &App, turn: &Turn, model: &str) -> ResponseResult {
    let mut events = Box::pin(app.library.stream_turn_events(turn.id, 0).await?);
    while events.next().await.is_some() {}
    let turn = app.library.get_turn(turn.id).await?;
    if let Some(error) = &turn.error {
        return Err(RouteError::new(error.code, error.message.clone()));
    }
    let message = Message { role: "assistant".into(), content: MessageContent::Text(format_answer(&turn)) };
    let choice = Choice { index: 0, message: Some(message), delta: None, finish_reason: Some("stop".into()) };
    // The server's token counts are unknown; a quarter of the characters is the usual estimate.
    let estimate_tokens = |text: &str| (text.chars().count() / 4) as u32;
    let (prompt_tokens, completion_tokens) = (estimate_tokens(&turn.question), estimate_tokens(&turn.answer));
    let usage = Usage { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
    Ok(Json(ChatCompletion { usage: Some(usage), ..build_completion(&turn, model, choice) }).into_response())
}

async fn streamed_response(app: &App, turn: &Turn, model: &str) -> ResponseResult {
    let events = app.library.stream_turn_events(turn.id, 0).await?;
    let (turn, model) = (turn.clone(), model.to_owned());
    let chunk = move |delta: Delta, end: Option<&str>| {
        let choice =
            Choice { index: 0, message: None, delta: Some(delta), finish_reason: end.map(str::to_owned) };
        let text = serde_json::to_string(&build_completion(&turn, &model, choice)).unwrap_or_default();
        Ok::<_, Infallible>(Event::default().data(text))
    };
    let first = chunk(Delta { role: Some("assistant".into()), content: None }, None);
    let text_delta = |content: String| Delta { role: None, content: Some(content) };
    let mut tail = AnswerTail::default();
    let chunks = events.flat_map(move |stored| {
        futures::stream::iter(match stored.event {
            TurnEvent::Text { text } => vec![chunk(text_delta(tail.push(&text)), None)],
            TurnEvent::Citation { citation } => {
                let before = tail.release_until(citation.at.0 as usize);
                vec![chunk(text_delta(format!("{before}[{}]", citation.number)), None)]
            }
            TurnEvent::Done { turn } => {
                let rest = match turn.refused.as_ref().filter(|_| turn.answer.is_empty()) {
                    Some(refusal) => english_strings().describe_refusal(refusal),
                    None => tail.release_until(usize::MAX) + &format_source_list(&turn),
                };
                vec![
                    chunk(text_delta(rest), None),
                    chunk(Delta::default(), Some("stop")),
                    Ok(Event::default().data(STREAM_END)),
                ]
            }
            TurnEvent::Failed { error } => {
                let text = serde_json::json!({"error": {"code": error.code, "message": error.message}});
                vec![Ok(Event::default().data(text.to_string())), Ok(Event::default().data(STREAM_END))]
            }
            TurnEvent::Cancelled {} | TurnEvent::Interrupted {} => {
                vec![chunk(Delta::default(), Some("stop")), Ok(Event::default().data(STREAM_END))]
            }
            _ => Vec::new(),
        })
    });
    let all = futures::stream::iter([first]).chain(chunks);
    Ok(Sse::new(all.take_until(app.stop.clone().cancelled_owned())).into_response())
}

/// End of a streamed answer, held back until its citations are known: they come a sentence late.
#[derive(Default)]
struct AnswerTail {
    held: Vec<char>,
    /// Characters released so far.
    released: usize,
}

impl AnswerTail {
    /// Appends text, and releases the part that can get no more citations.
    fn push(&mut self, text: &str) -> String {
        self.held.extend(text.chars());
        self.release_until((self.released + self.held.len()).saturating_sub(MAX_HELD_CHARS))
    }

    /// Releases the text before an offset of the answer, in characters.
    fn release_until(&mut self, offset: usize) -> String {
        let count = offset.saturating_sub(self.released).min(self.held.len());
        self.released += count;
        self.held.drain(..count).collect()
    }
}
