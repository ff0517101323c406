//! A language model that answers by a script.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use hearth_domain::{ChatError, ChatEvent, ChatModel, ChatModelInfo, ChatRequest};
use tokio::sync::{Semaphore, watch};

/// Name of the one model.
pub const SCRIPTED_MODEL: &str = "scripted:1b";
/// Context of the model, in tokens.
const CONTEXT_TOKENS: u32 = 4096;

/// One scripted answer.
pub struct ScriptedReply {
    events: Vec<Result<ChatEvent, ChatError>>,
    /// Gate before the event of this index, which the test opens.
    gate: Option<(usize, Arc<Semaphore>)>,
}

impl ScriptedReply {
    /// An answer in parts that ends as it should.
    pub fn text(parts: &[&str]) -> Self {
        let text = parts.iter().map(|part| Ok(ChatEvent::Text((*part).to_owned())));
        Self::events(text.chain([Ok(ChatEvent::Done { truncated: false, usage: None })]).collect())
    }

    /// An answer of any events.
    pub fn events(events: Vec<Result<ChatEvent, ChatError>>) -> Self {
        Self { events, gate: None }
    }

    /// Has the answer wait before one of its events until a permit is added.
    pub fn wait_before(mut self, index: usize) -> (Self, Arc<Semaphore>) {
        let gate = Arc::new(Semaphore::new(0));
        self.gate = Some((index, Arc::clone(&gate)));
        (self, gate)
    }
}

/// A server with one model.
pub struct ScriptedChat {
    replies: Mutex<VecDeque<ScriptedReply>>,
    /// Replies to requests with a schema, which come in the background.
    json_replies: Mutex<VecDeque<ScriptedReply>>,
    requests: watch::Sender<Vec<ChatRequest>>,
    /// Number of descriptions that are refused because the model is being loaded.
    loading: Mutex<usize>,
}

impl Default for ScriptedChat {
    fn default() -> Self {
        Self {
            replies: Mutex::default(),
            json_replies: Mutex::default(),
            requests: watch::Sender::new(Vec::new()),
            loading: Mutex::default(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ScriptedChat {
    /// Adds the reply to a later request without a schema; a request without a reply is refused.
    pub fn add_reply(&self, reply: ScriptedReply) {
        lock(&self.replies).push_back(reply);
    }

    /// Adds the reply to a later request with a schema.
    pub fn add_json_reply(&self, json: &str) {
        lock(&self.json_replies).push_back(ScriptedReply::text(&[json]));
    }

    /// Refuses the next descriptions of the model, as it is being loaded.
    pub fn refuse_while_loading(&self, descriptions: usize) {
        *lock(&self.loading) = descriptions;
    }

    /// Requests so far, oldest first.
    pub fn requests(&self) -> Vec<ChatRequest> {
        self.requests.borrow().clone()
    }

    /// Waits until there were so many requests.
    pub async fn wait_for_requests(&self, count: usize) {
        let mut requests = self.requests.subscribe();
        // The sender lives as long as `self`.
        let _ = requests.wait_for(|requests| requests.len() >= count).await;
    }
}

#[async_trait]
impl ChatModel for ScriptedChat {
    fn address(&self) -> String {
        "scripted".into()
    }

    async fn list_models(&self) -> Result<Vec<ChatModelInfo>, ChatError> {
        Ok(vec![self.describe_model(SCRIPTED_MODEL).await?])
    }

    async fn describe_model(&self, model: &str) -> Result<ChatModelInfo, ChatError> {
        let mut loading = lock(&self.loading);
        if *loading > 0 {
            *loading -= 1;
            return Err(ChatError::Loading);
        }
        drop(loading);
        if model != SCRIPTED_MODEL {
            return Err(ChatError::ModelMissing { model: model.into() });
        }
        Ok(ChatModelInfo {
            name: model.into(),
            size_bytes: None,
            context: Some(CONTEXT_TOKENS),
            can_chat: true,
            can_reason: false,
        })
    }

    fn stream_chat(&self, request: ChatRequest) -> BoxStream<'static, Result<ChatEvent, ChatError>> {
        let replies = if request.schema.is_some() { &self.json_replies } else { &self.replies };
        let reply = lock(replies).pop_front();
        self.requests.send_modify(|requests| requests.push(request));
        let Some(ScriptedReply { events, gate }) = reply else {
            return stream::iter([Err(ChatError::Refused("the script has no reply".into()))]).boxed();
        };
        stream::iter(events.into_iter().enumerate())
            .then(move |(index, event)| {
                let gate = gate.clone().filter(|(at, _)| *at == index);
                async move {
                    if let Some((_, gate)) = gate
                        && let Ok(permit) = gate.acquire().await
                    {
                        permit.forget();
                    }
                    event
                }
            })
            .boxed()
    }
}
