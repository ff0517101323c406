//! Ollama. Models are listed and described through ollama-rs; the chat itself is a call of our
//! own, because that crate drops a chunk that is cut inside a character and reports a failed
//! stream as complete.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use hearth_domain::{ChatError, ChatEvent, ChatModel, ChatModelInfo, ChatRequest};
use reqwest::{Client, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::lines::lines;
use crate::{client, messages, refusal, unreachable};

/// After this long without a first word the model is being brought into memory.
const LOADING_SHOWS: Duration = Duration::from_millis(400);
/// Longest silence of a download: a large model is checked at its end without a word.
const CHECKING: Duration = Duration::from_mins(15);
/// Longest wait for a list or a description.
const SHORT_CALL: Duration = Duration::from_secs(10);

/// A running Ollama server.
#[derive(Clone)]
pub struct Ollama {
    address: Url,
    http: Client,
    api: ollama_rs::Ollama,
    keep_alive: String,
    patience: Duration,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Failed { error: String },
    Part(Part),
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    message: Message,
    #[serde(default)]
    done: bool,
    done_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Message {
    #[serde(default)]
    content: String,
    thinking: Option<String>,
}

/// What a pull says, line by line.
#[derive(Deserialize)]
struct Pulled {
    #[serde(default)]
    status: String,
    error: Option<String>,
    digest: Option<String>,
    #[serde(default)]
    total: u64,
    #[serde(default)]
    completed: u64,
}

/// The share of all layers that is there: layers are announced one after the other, so the share of those
/// announced may fall; what is told never does.
#[derive(Default)]
struct Layers {
    sizes: HashMap<String, (u64, u64)>,
    told: f32,
}

impl Layers {
    fn share(&mut self, digest: String, completed: u64, total: u64) -> f32 {
        self.sizes.insert(digest, (completed, total));
        let (done, all) = self.sizes.values().fold((0, 0), |(a, b), (done, all)| (a + done, b + all));
        self.told = self.told.max(done as f32 / all.max(1) as f32).min(0.999);
        self.told
    }
}

impl Ollama {
    /// A server at an address such as `http://127.0.0.1:11434`. `patience` is how long it may be
    /// silent.
    pub fn new(address: &str, keep_alive: &str, patience: Duration) -> Result<Self, ChatError> {
        let (address, http) = client(address)?;
        let api = ollama_rs::Ollama::builder().url(address.clone()).reqwest_client(http.clone()).build();
        Ok(Self { address, http, api, keep_alive: keep_alive.to_owned(), patience })
    }

    fn body(&self, request: &ChatRequest) -> Value {
        json!({
            "model": request.model,
            "messages": messages(&request.messages),
            "stream": true,
            "keep_alive": self.keep_alive,
            // Without num_ctx Ollama silently cuts the prompt at its own default.
            "options": {
                "num_ctx": request.context,
                "num_predict": request.max_answer,
                "temperature": request.temperature,
            },
        })
    }

    /// Posts to Ollama; what it refuses is an error in its own words.
    async fn post(
        &self,
        path: &str,
        model: &str,
        body: &Value,
        patience: Duration,
    ) -> Result<Response, ChatError> {
        let address = self.address.join(path).map_err(|error| ChatError::Refused(error.to_string()))?;
        let response = tokio::time::timeout(patience, self.http.post(address).json(body).send())
            .await
            .map_err(|_| ChatError::Stalled { seconds: patience.as_secs() })?
            .map_err(|error| unreachable(&self.address, &error))?;
        let status = response.status().as_u16();
        if status < 400 {
            return Ok(response);
        }
        let said = response.text().await.unwrap_or_default();
        let said = serde_json::from_str::<Value>(&said)
            .ok()
            .and_then(|body| body["error"].as_str().map(str::to_owned))
            .unwrap_or(said);
        Err(refusal(model, status, &said))
    }

    fn failure(&self, error: ollama_rs::error::OllamaError) -> ChatError {
        match error {
            ollama_rs::error::OllamaError::ReqwestError(error) => unreachable(&self.address, &error),
            other => ChatError::Refused(other.to_string()),
        }
    }

    fn late(&self) -> ChatError {
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

    async fn models(&self) -> Result<Vec<ChatModelInfo>, ChatError> {
        let models = tokio::time::timeout(SHORT_CALL, self.api.list_local_models())
            .await
            .map_err(|_| self.late())?
            .map_err(|error| self.failure(error))?;
        Ok(models
            .into_iter()
            .map(|model| ChatModelInfo { name: model.name, size_bytes: Some(model.size), context: None })
            .collect())
    }

    async fn version(&self) -> Result<String, ChatError> {
        #[derive(Deserialize)]
        struct Version {
            version: String,
        }
        let address =
            self.address.join("api/version").map_err(|error| ChatError::Refused(error.to_string()))?;
        let asked = async {
            let response = self.http.get(address).send().await?.error_for_status()?;
            response.json::<Version>().await
        };
        let answered = tokio::time::timeout(SHORT_CALL, asked).await.map_err(|_| self.late())?;
        Ok(answered.map_err(|error| unreachable(&self.address, &error))?.version)
    }

    async fn describe(&self, model: &str) -> Result<ChatModelInfo, ChatError> {
        let shown = tokio::time::timeout(SHORT_CALL, self.api.show_model_info(model.to_owned()))
            .await
            .map_err(|_| self.late())?
            .map_err(|error| match error {
                ollama_rs::error::OllamaError::ReqwestError(_) => self.failure(error),
                other => refusal(model, 0, &other.to_string()),
            })?;
        let context = shown
            .model_info
            .get("general.architecture")
            .and_then(Value::as_str)
            .and_then(|architecture| shown.model_info.get(&format!("{architecture}.context_length")))
            .and_then(Value::as_u64)
            .and_then(|tokens| u32::try_from(tokens).ok());
        Ok(ChatModelInfo { name: model.to_owned(), size_bytes: None, context })
    }

    fn pull(&self, model: &str) -> BoxStream<'static, Result<f32, ChatError>> {
        let this = self.clone();
        let model = model.to_owned();
        async_stream::try_stream! {
            let body = json!({"model": model, "stream": true});
            let response = this.post("api/pull", &model, &body, this.patience).await?;
            let mut layers = Layers::default();
            let mut parts = Box::pin(lines(response, CHECKING));
            while let Some(line) = parts.next().await {
                let line: Pulled = serde_json::from_slice(&line?)
                    .map_err(|_| ChatError::Interrupted("it sent something that is not JSON".into()))?;
                if let Some(error) = line.error {
                    Err(ChatError::Refused(format!("Ollama could not get {model}: {error}")))?;
                }
                if line.status == "success" {
                    yield 1.0;
                    return;
                }
                if let Some(digest) = line.digest {
                    yield layers.share(digest, line.completed, line.total);
                }
            }
            Err(ChatError::Interrupted("the download ended early".into()))?;
        }
        .boxed()
    }

    async fn warm(&self, model: &str, context: u32) -> Result<(), ChatError> {
        // Without messages Ollama only loads; with another context it would load again.
        let body = json!({
            "model": model,
            "messages": [],
            "stream": false,
            "keep_alive": self.keep_alive,
            "options": {"num_ctx": context},
        });
        self.post("api/chat", model, &body, self.patience).await.map(drop)
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatEvent, ChatError>> {
        let this = self.clone();
        async_stream::try_stream! {
            let body = this.body(&request);
            let sent = this.post("api/chat", &request.model, &body, this.patience);
            tokio::pin!(sent);
            // Ollama answers only when the model is in memory.
            let response = match tokio::time::timeout(LOADING_SHOWS, &mut sent).await {
                Ok(response) => response?,
                Err(_) => {
                    yield ChatEvent::Loading;
                    sent.await?
                }
            };
            let mut done = false;
            let mut parts = Box::pin(lines(response, this.patience));
            while let Some(line) = parts.next().await {
                let line = line?;
                let line: Line = serde_json::from_slice(&line)
                    .map_err(|_| ChatError::Interrupted("it sent something that is not JSON".into()))?;
                match line {
                    Line::Failed { error } => Err(refusal(&request.model, 0, &error))?,
                    Line::Part(part) => {
                        if let Some(thinking) = part.message.thinking.filter(|text| !text.is_empty()) {
                            yield ChatEvent::Reasoning(thinking);
                        }
                        if !part.message.content.is_empty() {
                            yield ChatEvent::Text(part.message.content);
                        }
                        if part.done {
                            done = true;
                            yield ChatEvent::Done {
                                truncated: part.done_reason.as_deref() == Some("length"),
                            };
                            break;
                        }
                    }
                }
            }
            if !done {
                Err(ChatError::Interrupted("the answer ended early".into()))?;
            }
        }
        .boxed()
    }
}
