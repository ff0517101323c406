//! The operations of OpenAI's API that other programs use.

use std::convert::Infallible;

use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt;
use hearth_domain::{NotebookId, TextRole, Turn, TurnEvent};
use hearth_engine::{AskRequest, Exchange};
use hearth_wire::ErrorCode;
use hearth_wire::openai::{
    ChatCompletion, ChatRequest, Choice, Content as Said, Delta, Embedding, EmbeddingInput, EmbeddingList,
    EmbeddingRequest, EmbeddingValue, EncodingFormat, Message, Model, ModelList, Usage,
};

use crate::app::App;
use crate::extract::{Answer, Content, Raw};
use crate::failure::Failure;
use crate::guard::ModelUsed;

/// How a model is called that answers from a notebook.
const NOTEBOOK: &str = "notebook:";
/// Texts that are embedded at a time.
const BATCH: usize = 256;
/// What ends a stream.
const DONE: &str = "[DONE]";
/// Characters of a streamed answer that wait for their citations at most.
const HELD_BACK: usize = 500;
/// Most texts of a request.
const MOST: usize = 10_000;

pub(crate) async fn models(State(app): State<App>) -> Answer<Json<ModelList>> {
    let mut data = Vec::new();
    for notebook in app.engine.store().notebooks(1000, None).await? {
        data.push(Model {
            id: format!("{NOTEBOOK}{}", notebook.id),
            object: "model".into(),
            created: notebook.created_at.as_second(),
            owned_by: "hearth".into(),
            name: notebook.title,
        });
    }
    for entry in app.models.entries().iter().filter(|entry| app.models.cache.find(entry).is_some()) {
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

fn no_model(id: &str) -> Failure {
    Failure::new(ErrorCode::ModelNotFound, format!("there is no model {id}; GET /v1/models lists them"))
}

pub(crate) async fn embeddings(State(app): State<App>, Content(request): Content<EmbeddingRequest>) -> Raw {
    let embedder = app.models.embedder(&request.model).map_err(|_| no_model(&request.model))?;
    let worker = embedder.clone();
    let input = request.input;
    // Loading and tokenizing take time.
    let (texts, tokens) = tokio::task::spawn_blocking(move || {
        let texts = match input {
            EmbeddingInput::Text(text) => vec![text],
            EmbeddingInput::Texts(texts) => texts,
            EmbeddingInput::Tokens(tokens) => vec![worker.text_of(&tokens)?],
            EmbeddingInput::TokenLists(lists) => {
                lists.iter().map(|tokens| worker.text_of(tokens)).collect::<Result<_, _>>()?
            }
        };
        let counted = texts.iter().map(|text| worker.count_tokens(text)).sum::<Result<usize, _>>()?;
        Ok::<_, hearth_domain::EmbedError>((texts, counted))
    })
    .await
    .map_err(hearth_engine::EngineError::from)?
    .map_err(hearth_engine::EngineError::from)?;
    if texts.is_empty() || texts.len() > MOST {
        return Err(Failure::invalid(format!("input must hold 1 to {MOST} texts")));
    }
    let mut data = Vec::new();
    for batch in texts.chunks(BATCH) {
        let vectors = hearth_domain::Embedder::embed(&embedder, TextRole::Passage, batch.to_vec())
            .await
            .map_err(hearth_engine::EngineError::from)?;
        for vector in vectors {
            let vector = shortened(vector, request.dimensions)?;
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
    Ok(with_model(Json(list).into_response(), &request.model))
}

/// The first values of a vector, as a unit vector again.
fn shortened(mut vector: Vec<f32>, dimensions: Option<u32>) -> Answer<Vec<f32>> {
    let Some(wanted) = dimensions.map(|wanted| wanted as usize) else {
        return Ok(vector);
    };
    if wanted == 0 || wanted > vector.len() {
        return Err(Failure::invalid(format!("dimensions must be 1 to {}", vector.len())));
    }
    vector.truncate(wanted);
    let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
    Ok(vector.into_iter().map(|value| value / norm).collect())
}

fn with_model(mut response: Response, model: &str) -> Response {
    response.extensions_mut().insert(ModelUsed(model.to_owned()));
    response
}

pub(crate) async fn chat(State(app): State<App>, Content(request): Content<ChatRequest>) -> Raw {
    let notebook: NotebookId = request
        .model
        .strip_prefix(NOTEBOOK)
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| no_model(&request.model))?;
    let last = request.messages.iter().rev().find(|message| message.role == "user");
    let question = last.map(|message| message.content.text()).unwrap_or_default();
    let turn = app
        .engine
        .ask(notebook, AskRequest { question, told: told(&request.messages), ..AskRequest::default() })
        .await?;
    let response = if request.stream {
        streamed(&app, &turn, &request.model).await?
    } else {
        whole(&app, &turn, &request.model).await?
    };
    Ok(with_model(response, &request.model))
}

/// What was asked and answered before, as pairs, oldest first.
fn told(messages: &[Message]) -> Vec<Exchange> {
    let mut pairs = Vec::new();
    let mut asked: Option<String> = None;
    for message in messages {
        match message.role.as_str() {
            "user" => asked = Some(message.content.text()),
            "assistant" => pairs
                .extend(asked.take().map(|question| Exchange { question, answer: message.content.text() })),
            _ => {}
        }
    }
    pairs
}

/// An answer with its markers and its list of sources, as plain text has them.
fn printed(turn: &Turn) -> String {
    let mut text: Vec<char> = turn.answer.chars().collect();
    let mut citations: Vec<_> = turn.citations.iter().collect();
    citations.sort_by_key(|citation| (citation.at, citation.number));
    for citation in citations.iter().rev() {
        let at = (citation.at.0 as usize).min(text.len());
        text.splice(at..at, format!("[{}]", citation.number).chars());
    }
    text.into_iter().collect::<String>() + &sources(turn)
}

fn sources(turn: &Turn) -> String {
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

fn completion(turn: &Turn, model: &str, choice: Choice) -> ChatCompletion {
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

async fn whole(app: &App, turn: &Turn, model: &str) -> Raw {
    let mut events = Box::pin(app.engine.turn_events(turn.id, 0).await?);
    while events.next().await.is_some() {}
    let turn = app.engine.turn(turn.id).await?;
    if let Some(error) = &turn.error {
        let code = ErrorCode::ALL.iter().copied().find(|code| code.as_str() == error.code);
        return Err(Failure::new(code.unwrap_or(ErrorCode::Internal), error.message.clone()));
    }
    let message = Message { role: "assistant".into(), content: Said::Text(printed(&turn)) };
    let choice = Choice { index: 0, message: Some(message), delta: None, finish_reason: Some("stop".into()) };
    // Tokens of a model elsewhere are its own business; characters by four is the usual guess.
    let guess = |text: &str| (text.chars().count() / 4) as u32;
    let (prompt_tokens, completion_tokens) = (guess(&turn.question), guess(&turn.answer));
    let usage = Usage { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
    Ok(Json(ChatCompletion { usage: Some(usage), ..completion(&turn, model, choice) }).into_response())
}

async fn streamed(app: &App, turn: &Turn, model: &str) -> Raw {
    let events = app.engine.turn_events(turn.id, 0).await?;
    let (begun, model) = (turn.clone(), model.to_owned());
    let part = move |delta: Delta, end: Option<&str>| {
        let choice =
            Choice { index: 0, message: None, delta: Some(delta), finish_reason: end.map(str::to_owned) };
        let text = serde_json::to_string(&completion(&begun, &model, choice)).unwrap_or_default();
        Ok::<_, Infallible>(Event::default().data(text))
    };
    let first = part(Delta { role: Some("assistant".into()), content: None }, None);
    let said = |content: String| Delta { role: None, content: Some(content) };
    let mut tail = Tail::default();
    let parts = events.flat_map(move |stored| {
        futures::stream::iter(match stored.event {
            TurnEvent::Text { text } => vec![part(said(tail.push(&text)), None)],
            TurnEvent::Citation { citation } => {
                let before = tail.up_to(citation.at.0 as usize);
                vec![part(said(format!("{before}[{}]", citation.number)), None)]
            }
            TurnEvent::Done { turn } => {
                let rest = tail.up_to(usize::MAX) + &sources(&turn);
                vec![
                    part(said(rest), None),
                    part(Delta::default(), Some("stop")),
                    Ok(Event::default().data(DONE)),
                ]
            }
            TurnEvent::Failed { error } => {
                let text = serde_json::json!({"error": {"code": error.code, "message": error.message}});
                vec![Ok(Event::default().data(text.to_string())), Ok(Event::default().data(DONE))]
            }
            TurnEvent::Cancelled {} => {
                vec![part(Delta::default(), Some("stop")), Ok(Event::default().data(DONE))]
            }
            _ => Vec::new(),
        })
    });
    let all = futures::stream::iter([first]).chain(parts);
    Ok(Sse::new(all.take_until(app.stop.clone().cancelled_owned())).into_response())
}

/// The end of an answer, held back until its citations are known: they come a sentence late.
#[derive(Default)]
struct Tail {
    held: Vec<char>,
    /// Characters that were given away.
    given: usize,
}

impl Tail {
    /// Takes text, and gives away what no citation will come for any more.
    fn push(&mut self, text: &str) -> String {
        self.held.extend(text.chars());
        self.up_to((self.given + self.held.len()).saturating_sub(HELD_BACK))
    }

    /// Gives away what stands before an offset of the answer.
    fn up_to(&mut self, offset: usize) -> String {
        let count = offset.saturating_sub(self.given).min(self.held.len());
        self.given += count;
        self.held.drain(..count).collect()
    }
}
