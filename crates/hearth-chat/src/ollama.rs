//! Ollama. Models are listed and described through ollama-rs; the chat itself is a call of our own,
//! because that crate drops a chunk that is cut inside a character and reports a failed stream as
//! complete.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use hearth_domain::{ChatError, ChatEvent, ChatModel, ChatModelInfo, ChatRequest, Reasoning, TokenUsage};
use ollama_rs::error::OllamaError;
use reqwest::{Client, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::lines::{next_line, read_lines};
use crate::model_names::{can_chat_by_name, can_reason_by_name};
use crate::reply::ReplyFilter;
use crate::{
    add_optional, build_client, classify_line, classify_refusal, extract_error_message, format_messages,
    name_tool_call, read_error_body, unreachable_error,
};

/// Delay without a first word after which the model is reported as loading.
const LOADING_NOTICE_DELAY: Duration = Duration::from_millis(400);
/// Timeout of a download's silence: a large model is verified at its end without any progress message.
const PULL_IDLE_TIMEOUT: Duration = Duration::from_mins(15);
/// Timeout of a list or a description.
const METADATA_TIMEOUT: Duration = Duration::from_secs(10);

/// A running Ollama server.
#[derive(Clone)]
pub struct Ollama {
    address: Url,
    http: Client,
    api: ollama_rs::Ollama,
    keep_alive: String,
    idle_timeout: Duration,
}

/// A part of the answer.
#[derive(Deserialize)]
struct ChatPart {
    message: Option<Message>,
    #[serde(default)]
    done: bool,
    done_reason: Option<String>,
    prompt_eval_count: Option<u32>,
    eval_count: Option<u32>,
}

impl ChatPart {
    /// Counts of the last part; a server whose cache held the prompt reports no count of it.
    fn token_usage(&self) -> Option<TokenUsage> {
        let prompt_tokens = self.prompt_eval_count.filter(|tokens| *tokens > 0)?;
        Some(TokenUsage { prompt_tokens, answer_tokens: self.eval_count.unwrap_or_default() })
    }
}

#[derive(Default, Deserialize)]
struct Message {
    #[serde(default)]
    content: String,
    thinking: Option<String>,
    #[serde(default)]
    tool_calls: Vec<Value>,
}

/// Options of a chat. Without `num_ctx` Ollama silently cuts the prompt at its own default.
fn build_options(request: &ChatRequest) -> Value {
    let sampling = &request.sampling;
    let mut options = json!({
        "num_ctx": request.context,
        "num_predict": request.max_answer.saturating_add(request.reasoning.max_tokens()),
    });
    add_optional(&mut options, "temperature", sampling.temperature);
    if !sampling.stop.is_empty() {
        options["stop"] = json!(sampling.stop);
    }
    add_optional(&mut options, "top_p", sampling.top_p);
    add_optional(&mut options, "seed", sampling.seed);
    add_optional(&mut options, "presence_penalty", sampling.presence_penalty);
    add_optional(&mut options, "frequency_penalty", sampling.frequency_penalty);
    options
}

/// Parses a line of the chat's response; anything but a part of the answer is an error, in one of many shapes.
fn parse_chat_part(model: &str, line: &[u8]) -> Result<ChatPart, ChatError> {
    match serde_json::from_slice::<ChatPart>(line) {
        Ok(part) if part.message.is_some() || part.done => Ok(part),
        _ => Err(classify_line(model, line)),
    }
}

/// A line of a download's response.
#[derive(Deserialize)]
struct PullLine {
    #[serde(default)]
    status: String,
    error: Option<String>,
    digest: Option<String>,
    #[serde(default)]
    total: u64,
    #[serde(default)]
    completed: u64,
}

/// Completed share of all layers. Layers are announced one after the other, so the share of those announced
/// may fall; the reported share never does.
#[derive(Default)]
struct PullProgress {
    sizes: HashMap<String, (u64, u64)>,
    reported: f32,
}

impl PullProgress {
    /// Updates one layer (bytes) and returns the share to report, below 1.
    fn update_layer(&mut self, digest: String, completed: u64, total: u64) -> f32 {
        self.sizes.insert(digest, (completed, total));
        let (done, size) = self.sizes.values().fold((0, 0), |(a, b), (done, size)| (a + done, b + size));
        self.reported = self.reported.max(done as f32 / size.max(1) as f32).min(0.999);
        self.reported
    }
}

impl Ollama {
    /// A server at an address such as `http://127.0.0.1:11434`. `idle_timeout` is the maximum time between two tokens.
    pub fn new(address: &str, keep_alive: &str, idle_timeout: Duration) -> Result<Self, ChatError> {
        let (address, http) = build_client(address)?;
        let api = ollama_rs::Ollama::builder().url(address.clone()).reqwest_client(http.clone()).build();
        Ok(Self { address, http, api, keep_alive: keep_alive.to_owned(), idle_timeout })
    }

    fn build_chat_body(&self, request: &ChatRequest) -> Value {
        let mut body = json!({
            "model": request.model,
            "messages": format_messages(&request.messages),
            "stream": true,
            "keep_alive": self.keep_alive,
            "options": build_options(request),
        });
        if request.reasoning == Reasoning::Off {
            body["think"] = json!(false);
        }
        if let Some(schema) = &request.schema {
            body["format"] = schema.clone();
        }
        body
    }

    /// Posts JSON to Ollama, which answers once the model is loaded and has read the prompt. A refusal becomes an error
    /// with Ollama's own message.
    async fn post_json(&self, path: &str, model: &str, body: &Value) -> Result<Response, ChatError> {
        let address = self.address.join(path).map_err(|error| ChatError::Refused(error.to_string()))?;
        let response = self.http.post(address).json(body).send().await;
        let response = response.map_err(|error| unreachable_error(&self.address, &error))?;
        let status = response.status().as_u16();
        if status < 400 {
            return Ok(response);
        }
        let body = read_error_body(response, self.idle_timeout).await;
        Err(classify_refusal(model, status, &extract_error_message(&body)))
    }

    /// Converts the error of a list, or of the description of `model`.
    fn convert_error(&self, model: &str, error: OllamaError) -> ChatError {
        match error {
            OllamaError::ReqwestError(error) => unreachable_error(&self.address, &error),
            OllamaError::JsonError(_) => ChatError::Refused(format!(
                "{} is no Ollama server, its response is of another form",
                self.address
            )),
            OllamaError::Other(body) => classify_refusal(model, 0, &extract_error_message(&body)),
            other => ChatError::Refused(other.to_string()),
        }
    }

    fn timeout_error(&self) -> ChatError {
        ChatError::Unreachable {
            address: self.address.to_string(),
            reason: "it did not answer in time".into(),
        }
    }
}

#[async_trait]
impl ChatModel for Ollama {
    fn address(&self) -> String {
        self.address.as_str().trim_end_matches('/').to_owned()
    }

    async fn list_models(&self) -> Result<Vec<ChatModelInfo>, ChatError> {
        let models = tokio::time::timeout(METADATA_TIMEOUT, self.api.list_local_models())
            .await
            .map_err(|_| self.timeout_error())?
            .map_err(|error| self.convert_error("", error))?;
        Ok(models
            .into_iter()
            .map(|model| ChatModelInfo {
                can_chat: can_chat_by_name(&model.name),
                can_reason: can_reason_by_name(&model.name),
                name: model.name,
                size_bytes: Some(model.size),
                context: None,
            })
            .collect())
    }

    async fn server_version(&self) -> Result<String, ChatError> {
        #[derive(Deserialize)]
        struct Version {
            version: String,
        }
        let address =
            self.address.join("api/version").map_err(|error| ChatError::Refused(error.to_string()))?;
        let fetch_version = async {
            let response = self.http.get(address).send().await?.error_for_status()?;
            response.json::<Version>().await
        };
        let version =
            tokio::time::timeout(METADATA_TIMEOUT, fetch_version).await.map_err(|_| self.timeout_error())?;
        Ok(version.map_err(|error| unreachable_error(&self.address, &error))?.version)
    }

    async fn describe_model(&self, model: &str) -> Result<ChatModelInfo, ChatError> {
        let details = tokio::time::timeout(METADATA_TIMEOUT, self.api.show_model_info(model.to_owned()))
            .await
            .map_err(|_| self.timeout_error())?
            .map_err(|error| self.convert_error(model, error))?;
        let context = details
            .model_info
            .get("general.architecture")
            .and_then(Value::as_str)
            .and_then(|architecture| details.model_info.get(&format!("{architecture}.context_length")))
            .and_then(Value::as_u64)
            .and_then(|tokens| u32::try_from(tokens).ok());
        // Servers before 0.6.4 report no capabilities.
        let can_chat = match details.capabilities.as_slice() {
            [] => can_chat_by_name(model),
            known => known.iter().any(|capability| capability == "completion"),
        };
        let can_reason = match details.capabilities.as_slice() {
            [] => can_reason_by_name(model),
            known => known.iter().any(|capability| capability == "thinking"),
        };
        Ok(ChatModelInfo { name: model.to_owned(), size_bytes: None, context, can_chat, can_reason })
    }

    fn pull_model(&self, model: &str) -> BoxStream<'static, Result<f32, ChatError>> {
        let this = self.clone();
        let model = model.to_owned();
        async_stream::try_stream! {
            let body = json!({"model": model, "stream": true});
            let response = this.post_json("api/pull", &model, &body).await?;
            let mut progress = PullProgress::default();
            let mut lines = Box::pin(read_lines(response));
            while let Some(line) = next_line(&mut lines, Some(PULL_IDLE_TIMEOUT)).await {
                let line: PullLine = serde_json::from_slice(&line?)
                    .map_err(|_| ChatError::Interrupted("the server sent a line that is not JSON".into()))?;
                if let Some(error) = line.error {
                    Err(ChatError::Refused(format!("Ollama could not download {model}: {error}")))?;
                }
                if line.status == "success" {
                    yield 1.0;
                    return;
                }
                if let Some(digest) = line.digest {
                    yield progress.update_layer(digest, line.completed, line.total);
                }
            }
            Err(ChatError::Interrupted("the download ended early".into()))?;
        }
        .boxed()
    }

    async fn preload_model(&self, model: &str, context: u32) -> Result<(), ChatError> {
        // Without messages Ollama only loads; with another context it would load again.
        let body = json!({
            "model": model,
            "messages": [],
            "stream": false,
            "keep_alive": self.keep_alive,
            "options": {"num_ctx": context},
        });
        self.post_json("api/chat", model, &body).await.map(drop)
    }

    fn stream_chat(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatEvent, ChatError>> {
        let this = self.clone();
        async_stream::try_stream! {
            let body = this.build_chat_body(&request);
            let pending_response = this.post_json("api/chat", &request.model, &body);
            tokio::pin!(pending_response);
            // Ollama answers only when the model is in memory.
            let response = match tokio::time::timeout(LOADING_NOTICE_DELAY, &mut pending_response).await {
                Ok(response) => response?,
                Err(_) => {
                    yield ChatEvent::Loading;
                    pending_response.await?
                }
            };
            let mut done = false;
            let mut filter = ReplyFilter::default();
            let mut lines = Box::pin(read_lines(response));
            // Until the first token, reading the prompt may take minutes.
            let mut idle_timeout = None;
            while let Some(line) = next_line(&mut lines, idle_timeout).await {
                let line = line?;
                idle_timeout = Some(this.idle_timeout);
                let part: ChatPart = parse_chat_part(&request.model, &line)?;
                let usage = part.token_usage();
                let message = part.message.unwrap_or_default();
                if let Some(thinking) = message.thinking.filter(|text| !text.is_empty()) {
                    yield ChatEvent::Reasoning(thinking);
                }
                for event in filter.push(&message.content) {
                    yield event;
                }
                for call in &message.tool_calls {
                    yield name_tool_call(call);
                }
                if part.done {
                    done = true;
                    for event in filter.finish() {
                        yield event;
                    }
                    yield ChatEvent::Done { truncated: part.done_reason.as_deref() == Some("length"), usage };
                    break;
                }
            }
            if !done {
                Err(ChatError::Interrupted("the answer ended early".into()))?;
            }
        }
        .boxed()
    }
}
