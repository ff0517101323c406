//! Any server with OpenAI's chat completions: llama.cpp, vLLM, LM Studio, …

use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use hearth_domain::{ChatError, ChatEvent, ChatModel, ChatModelInfo, ChatRequest, Reasoning, TokenUsage};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use url::Url;

use crate::lines::{next_line, read_lines};
use crate::model_names::{can_chat_by_name, can_reason_by_name};
use crate::reply::ReplyFilter;
use crate::{
    add_optional, build_client, classify_refusal, extract_error_message, format_messages, name_tool_call,
    read_error_body, unreachable_error,
};

/// Interval at which a server that is loading its model is asked again, and the time after which it is given up.
const LOADING_INTERVAL: Duration = Duration::from_secs(1);
const LOADING_TIMEOUT: Duration = Duration::from_mins(10);
/// Timeout of a list of models.
const METADATA_TIMEOUT: Duration = Duration::from_secs(10);
/// Statuses with which servers refuse a field that they do not know.
const EXTENSION_REFUSALS: [u16; 3] = [400, 422, 501];

/// An OpenAI-compatible server; its address includes the version, as in
/// `http://127.0.0.1:8080/v1`.
#[derive(Clone)]
pub struct OpenAi {
    address: Url,
    http: Client,
    key: String,
    idle_timeout: Duration,
}

impl OpenAi {
    /// A server at an address; an empty `key` means none, `idle_timeout` is the maximum time between two tokens.
    pub fn new(address: &str, key: &str, idle_timeout: Duration) -> Result<Self, ChatError> {
        let (address, http) = build_client(address)?;
        Ok(Self { address, http, key: key.to_owned(), idle_timeout })
    }

    fn add_authorization(&self, request: RequestBuilder) -> RequestBuilder {
        if self.key.is_empty() { request } else { request.bearer_auth(&self.key) }
    }

    async fn post_chat(&self, body: &Value) -> Result<Response, ChatError> {
        let post = self.http.post(self.endpoint_url("chat/completions")?);
        let response = self.add_authorization(post).json(body).send().await;
        response.map_err(|error| unreachable_error(&self.address, &error))
    }

    /// Sends a request, without its extensions if the server refuses them; returns a response that is no error.
    async fn start_chat(&self, request: &ChatRequest) -> Result<Response, ChatError> {
        let mut response = self.post_chat(&build_chat_body(request, false)).await?;
        let mut status = response.status().as_u16();
        if status < 400 {
            return Ok(response);
        }
        let mut error_body = read_error_body(response, self.idle_timeout).await;
        // Servers that do not know an extension refuse the request.
        let names_extension =
            ["stream_options", "chat_template_kwargs"].iter().any(|name| error_body.contains(name));
        let has_unknown_part = request.schema.is_some() || names_extension;
        if has_unknown_part && EXTENSION_REFUSALS.contains(&status) {
            response = self.post_chat(&build_chat_body(request, true)).await?;
            status = response.status().as_u16();
            if status < 400 {
                return Ok(response);
            }
            error_body = read_error_body(response, self.idle_timeout).await;
        }
        Err(classify_refusal(&request.model, status, &extract_error_message(&error_body)))
    }

    /// Tokens of context of each request, which llama.cpp reports beside its API; `None` for other servers.
    async fn fetch_slot_context(&self) -> Option<u32> {
        let request = self.add_authorization(self.http.get(self.endpoint_url("../props").ok()?));
        let response = request.timeout(METADATA_TIMEOUT).send().await.ok()?.error_for_status().ok()?;
        let properties: Value = serde_json::from_slice(&response.bytes().await.ok()?).ok()?;
        u32::try_from(properties["default_generation_settings"]["n_ctx"].as_u64()?).ok()
    }

    fn endpoint_url(&self, path: &str) -> Result<Url, ChatError> {
        self.address.join(path).map_err(|error| ChatError::Refused(error.to_string()))
    }
}

/// Body of a chat; with the request's schema and a count of the tokens, unless it is `reduced` to what every server
/// knows.
fn build_chat_body(request: &ChatRequest, reduced: bool) -> Value {
    let sampling = &request.sampling;
    let mut body = json!({
        "model": request.model,
        "messages": format_messages(&request.messages),
        "stream": true,
        "max_tokens": request.max_answer.saturating_add(request.reasoning.max_tokens()),
    });
    add_optional(&mut body, "temperature", sampling.temperature);
    if !sampling.stop.is_empty() {
        body["stop"] = json!(sampling.stop);
    }
    add_optional(&mut body, "top_p", sampling.top_p);
    add_optional(&mut body, "seed", sampling.seed);
    add_optional(&mut body, "presence_penalty", sampling.presence_penalty);
    add_optional(&mut body, "frequency_penalty", sampling.frequency_penalty);
    if reduced {
        return body;
    }
    body["stream_options"] = json!({"include_usage": true});
    if request.reasoning == Reasoning::Off && can_reason_by_name(&request.model) {
        // As llama.cpp, vLLM and SGLang take it.
        body["chat_template_kwargs"] = json!({"enable_thinking": false});
    }
    if let Some(schema) = &request.schema {
        body["response_format"] = json!({
            "type": "json_schema",
            "json_schema": {"name": "reply", "strict": true, "schema": schema},
        });
    }
    body
}

/// A line of an answer's stream.
enum StreamLine {
    /// A comment, a field other than `data`, or an empty line.
    Other,
    Event(Value),
    /// `[DONE]`: no event follows.
    End,
}

/// Parses a line of an answer's stream. Fails if it reports an error, in any of the forms that servers use.
fn parse_line(line: &[u8], model: &str) -> Result<StreamLine, ChatError> {
    let refusal =
        |text: &[u8]| classify_refusal(model, 0, &extract_error_message(&String::from_utf8_lossy(text)));
    // llama.cpp sent errors as a field of their own, before `[DONE]`.
    if let Some(error) = line.strip_prefix(b"error:") {
        return Err(refusal(error));
    }
    let Some(data) = line.strip_prefix(b"data:").map(<[u8]>::trim_ascii) else {
        return Ok(StreamLine::Other);
    };
    if data == b"[DONE]" {
        return Ok(StreamLine::End);
    }
    let event: Value = serde_json::from_slice(data)
        .map_err(|_| ChatError::Interrupted("the server sent an event that is not JSON".into()))?;
    if !event["error"].is_null() || event["object"] == "error" {
        return Err(refusal(data));
    }
    Ok(StreamLine::Event(event))
}

/// The reasoning in a part of an answer: `reasoning_content` of llama.cpp and vLLM, `reasoning` of others.
fn find_reasoning(delta: &Value) -> Option<&str> {
    ["reasoning_content", "reasoning"]
        .into_iter()
        .find_map(|name| delta[name].as_str().filter(|text| !text.is_empty()))
}

/// Token counts in a part of an answer, mostly the last one.
fn read_usage(event: &Value) -> Option<TokenUsage> {
    let count = |name: &str| u32::try_from(event["usage"][name].as_u64()?).ok();
    Some(TokenUsage {
        prompt_tokens: count("prompt_tokens")?,
        answer_tokens: count("completion_tokens").unwrap_or_default(),
    })
}

#[async_trait]
impl ChatModel for OpenAi {
    fn address(&self) -> String {
        self.address.as_str().trim_end_matches('/').to_owned()
    }

    async fn list_models(&self) -> Result<Vec<ChatModelInfo>, ChatError> {
        let request =
            self.add_authorization(self.http.get(self.endpoint_url("models")?)).timeout(METADATA_TIMEOUT);
        let response = request.send().await.map_err(|error| unreachable_error(&self.address, &error))?;
        let status = response.status().as_u16();
        let body = response.text().await.map_err(|error| unreachable_error(&self.address, &error))?;
        if status >= 400 {
            return Err(classify_refusal("", status, &extract_error_message(&body)));
        }
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        // Ollama's own list of no models is null.
        if body["object"] == "list" && body["data"].is_null() {
            return Ok(Vec::new());
        }
        let models = body["data"].as_array().ok_or_else(|| {
            ChatError::Refused(format!(
                "{} is no OpenAI-compatible address, it sent no list of models; most end in /v1",
                self.address
            ))
        })?;
        Ok(models
            .iter()
            .filter_map(|model| {
                Some(ChatModelInfo {
                    name: model["id"].as_str()?.to_owned(),
                    size_bytes: None,
                    can_chat: can_chat_by_name(model["id"].as_str()?),
                    can_reason: can_reason_by_name(model["id"].as_str()?),
                    // llama.cpp and vLLM report it under these names; the standard has none. What the server uses comes
                    // before what the model was trained for.
                    context: [
                        &model["meta"]["n_ctx"],
                        &model["max_model_len"],
                        &model["context_length"],
                        &model["meta"]["n_ctx_train"],
                    ]
                    .into_iter()
                    .find_map(|value| u32::try_from(value.as_u64()?).ok()),
                })
            })
            .collect())
    }

    async fn describe_model(&self, model: &str) -> Result<ChatModelInfo, ChatError> {
        let (models, slot_context) = tokio::join!(self.list_models(), self.fetch_slot_context());
        let mut info = models?
            .into_iter()
            .find(|info| info.name == model)
            .ok_or_else(|| ChatError::ModelMissing { model: model.to_owned() })?;
        info.context = slot_context.or(info.context);
        Ok(info)
    }

    fn stream_chat(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatEvent, ChatError>> {
        let this = self.clone();
        async_stream::try_stream! {
            let mut response = this.start_chat(&request).await;
            let started = Instant::now();
            if matches!(response, Err(ChatError::Loading)) {
                yield ChatEvent::Loading;
            }
            while matches!(response, Err(ChatError::Loading)) && started.elapsed() < LOADING_TIMEOUT {
                tokio::time::sleep(LOADING_INTERVAL).await;
                response = this.start_chat(&request).await;
            }
            let response = response?;
            let mut truncation = None;
            let mut usage = None;
            let mut filter = ReplyFilter::default();
            let mut lines = Box::pin(read_lines(response));
            // Until the first token, reading the prompt may take minutes.
            let mut idle_timeout = None;
            while let Some(line) = next_line(&mut lines, idle_timeout).await {
                let event = match parse_line(&line?, &request.model)? {
                    StreamLine::Event(event) => event,
                    StreamLine::Other => continue,
                    StreamLine::End => {
                        truncation = truncation.or(Some(false));
                        break;
                    }
                };
                usage = read_usage(&event).or(usage);
                let choice = &event["choices"][0];
                let delta = &choice["delta"];
                if find_reasoning(delta).is_some() || delta["content"].as_str().is_some_and(|text| !text.is_empty()) {
                    idle_timeout = Some(this.idle_timeout);
                }
                if let Some(text) = find_reasoning(delta) {
                    yield ChatEvent::Reasoning(text.to_owned());
                }
                for event in filter.push(delta["content"].as_str().unwrap_or_default()) {
                    yield event;
                }
                // A call comes in pieces, of which the first has the name.
                for call in delta["tool_calls"].as_array().into_iter().flatten() {
                    if call["function"]["name"].is_string() {
                        yield name_tool_call(call);
                    }
                }
                if let Some(reason) = choice["finish_reason"].as_str() {
                    truncation = Some(reason == "length");
                }
            }
            for event in filter.finish() {
                yield event;
            }
            match truncation {
                Some(truncated) => yield ChatEvent::Done { truncated, usage },
                None => Err(ChatError::Interrupted("the answer ended early".into()))?,
            }
        }
        .boxed()
    }
}
