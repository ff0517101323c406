//! Any server that speaks OpenAI's chat completions: llama.cpp, vLLM, LM Studio, …

use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use hearth_domain::{ChatError, ChatEvent, ChatModel, ChatModelInfo, ChatRequest};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use url::Url;

use crate::lines::lines;
use crate::{client, messages, refusal, unreachable};

const SHORT_CALL: Duration = Duration::from_secs(10);

/// An OpenAI-compatible server; its address includes the version, as in
/// `http://127.0.0.1:8080/v1`.
#[derive(Clone)]
pub struct OpenAi {
    address: Url,
    http: Client,
    key: String,
    patience: Duration,
}

impl OpenAi {
    pub fn new(address: &str, key: &str, patience: Duration) -> Result<Self, ChatError> {
        let (address, http) = client(address)?;
        Ok(Self { address, http, key: key.to_owned(), patience })
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        if self.key.is_empty() { request } else { request.bearer_auth(&self.key) }
    }

    fn at(&self, path: &str) -> Result<Url, ChatError> {
        self.address.join(path).map_err(|error| ChatError::Refused(error.to_string()))
    }
}

#[async_trait]
impl ChatModel for OpenAi {
    fn address(&self) -> String {
        self.address.as_str().trim_end_matches('/').to_owned()
    }

    async fn models(&self) -> Result<Vec<ChatModelInfo>, ChatError> {
        let request = self.authorised(self.http.get(self.at("models")?)).timeout(SHORT_CALL);
        let response = request.send().await.map_err(|error| unreachable(&self.address, &error))?;
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap_or_default();
        if status >= 400 {
            return Err(refusal("", status, &body["error"]["message"].to_string()));
        }
        let models = body["data"].as_array().cloned().unwrap_or_default();
        Ok(models
            .iter()
            .filter_map(|model| {
                Some(ChatModelInfo {
                    name: model["id"].as_str()?.to_owned(),
                    size_bytes: None,
                    // llama.cpp and vLLM say it under these names; the standard has none.
                    context: [&model["meta"]["n_ctx_train"], &model["max_model_len"]]
                        .into_iter()
                        .find_map(|value| u32::try_from(value.as_u64()?).ok()),
                })
            })
            .collect())
    }

    async fn describe(&self, model: &str) -> Result<ChatModelInfo, ChatError> {
        let models = self.models().await?;
        models
            .into_iter()
            .find(|info| info.name == model)
            .ok_or_else(|| ChatError::ModelMissing { model: model.to_owned() })
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatEvent, ChatError>> {
        let this = self.clone();
        async_stream::try_stream! {
            let body = json!({
                "model": request.model,
                "messages": messages(&request.messages),
                "stream": true,
                "max_tokens": request.max_answer,
                "temperature": request.temperature,
            });
            let sent = this.authorised(this.http.post(this.at("chat/completions")?)).json(&body).send();
            let response = tokio::time::timeout(this.patience, sent)
                .await
                .map_err(|_| ChatError::Stalled { seconds: this.patience.as_secs() })?
                .map_err(|error| unreachable(&this.address, &error))?;
            let status = response.status().as_u16();
            if status >= 400 {
                let said = response.text().await.unwrap_or_default();
                let message = serde_json::from_str::<Value>(&said)
                    .ok()
                    .and_then(|body| body["error"]["message"].as_str().map(str::to_owned));
                Err(refusal(&request.model, status, &message.unwrap_or(said)))?;
                return;
            }
            let mut ended = None;
            let mut events = Box::pin(lines(response, this.patience));
            while let Some(line) = events.next().await {
                let line = line?;
                let Some(data) = line.strip_prefix(b"data:") else {
                    continue;
                };
                let data = data.trim_ascii();
                if data == b"[DONE]" {
                    ended = ended.or(Some(false));
                    break;
                }
                let event: Value = serde_json::from_slice(data)
                    .map_err(|_| ChatError::Interrupted("it sent something that is not JSON".into()))?;
                if let Some(message) = event["error"]["message"].as_str() {
                    Err(refusal(&request.model, 0, message))?;
                }
                let choice = &event["choices"][0];
                let delta = &choice["delta"];
                if let Some(text) = delta["reasoning_content"].as_str().filter(|text| !text.is_empty()) {
                    yield ChatEvent::Reasoning(text.to_owned());
                }
                if let Some(text) = delta["content"].as_str().filter(|text| !text.is_empty()) {
                    yield ChatEvent::Text(text.to_owned());
                }
                if let Some(reason) = choice["finish_reason"].as_str() {
                    ended = Some(reason == "length");
                }
            }
            match ended {
                Some(truncated) => yield ChatEvent::Done { truncated },
                None => Err(ChatError::Interrupted("the answer ended early".into()))?,
            }
        }
        .boxed()
    }
}
