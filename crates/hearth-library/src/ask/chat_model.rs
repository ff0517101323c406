//! Language model of an answer.

use std::time::{Duration, Instant};

use futures::StreamExt;
use hearth_domain::{ChatError, ChatEvent, ChatRequest, Failure, TurnStep};

use super::{AskRequest, RunningTurn};
use crate::{Library, LibraryError};

/// Interval at which a server that is loading its model is asked again, and the time after which it is given up.
const LOADING_INTERVAL: Duration = Duration::from_secs(1);
const LOADING_TIMEOUT: Duration = Duration::from_mins(10);

/// Timeouts of a short reply.
#[derive(Clone, Copy)]
pub(super) struct ReplyTimeouts {
    /// Time until the first token.
    pub(super) first_token: Duration,
    pub(super) reply: Duration,
}

impl ReplyTimeouts {
    /// One timeout for all.
    pub(super) fn after(timeout: Duration) -> Self {
        Self { first_token: timeout, reply: timeout }
    }
}

/// The language model of an answer.
#[derive(Clone, Debug)]
pub(super) struct ChosenModel {
    pub(super) name: String,
    /// Real context in tokens.
    pub(super) context: u32,
    /// True if it reasons before it answers.
    pub(super) can_reason: bool,
}

impl Library {
    /// The model to use, or the reason for which none can be used, if none was requested. A server that is loading its
    /// model is waited for, which `running` says.
    pub(super) async fn choose_model(
        &self,
        request: &AskRequest,
        is_required: bool,
        running: Option<&RunningTurn>,
    ) -> Result<(Option<ChosenModel>, Option<Failure>), LibraryError> {
        let settings = self.0.ask_settings();
        let requested =
            request.model.clone().or_else(|| Some(settings.model.clone()).filter(|name| !name.is_empty()));
        let is_required = is_required || request.model.is_some();
        let mut choice = self.find_model(requested.as_deref()).await;
        if let (Err(ChatError::Loading), Some(running)) = (&choice, running) {
            let model = requested.clone().unwrap_or_else(|| self.0.chat_model().address());
            running.push_progress(TurnStep::Loading { model });
            let started = Instant::now();
            while matches!(choice, Err(ChatError::Loading)) && started.elapsed() < LOADING_TIMEOUT {
                tokio::time::sleep(LOADING_INTERVAL).await;
                choice = self.find_model(requested.as_deref()).await;
            }
        }
        let error = match choice {
            Ok(Some(found)) => return Ok((Some(found), None)),
            Ok(None) => LibraryError::Invalid(
                "the language model server has no model that can chat; get one, for example with `ollama pull llama3.1:8b`".into(),
            ),
            Err(error) => LibraryError::Chat(error),
        };
        if is_required {
            return Err(error);
        }
        tracing::info!(%error, "no language model: answering with extracts");
        Ok((None, Some(error.to_failure())))
    }

    /// The requested model, or the server's first one that can chat; `None` if it has none.
    async fn find_model(&self, requested: Option<&str>) -> Result<Option<ChosenModel>, ChatError> {
        let chat = self.0.chat_model();
        let found = match requested {
            Some(name) => Some(chat.describe_model(name).await?),
            None => chat.find_chat_model().await?,
        };
        let Some(info) = found else { return Ok(None) };
        if !info.can_chat {
            let message = format!("{} is no model that can chat; choose another one", info.name);
            return Err(ChatError::Refused(message));
        }
        let limit = self.0.ask_settings().context;
        let context = info.context.unwrap_or(limit).min(limit);
        Ok(Some(ChosenModel { name: info.name, context, can_reason: info.can_reason }))
    }

    /// Loads the language model and the embedder into memory before a question.
    pub async fn warm_models(&self) {
        let (chat, embedder) = (self.0.chat_model(), self.0.embedder());
        let language = async {
            if let Ok((Some(model), _)) = self.choose_model(&AskRequest::default(), false, None).await
                && let Err(error) = chat.preload_model(&model.name, model.context).await
            {
                tracing::debug!(%error, "the language model could not be preloaded");
            }
        };
        let embedding = async {
            if let Err(error) = embedder.load().await {
                tracing::debug!(%error, "the search model could not be preloaded");
            }
        };
        tokio::join!(language, embedding);
    }

    /// Completes a short request: the whole reply without reasoning, or `None` if the model fails, exceeds
    /// a timeout, or the library stops.
    pub(super) async fn complete_chat(
        &self,
        request: ChatRequest,
        timeouts: ReplyTimeouts,
    ) -> Option<String> {
        let stream = self.0.chat_model().stream_chat(request);
        let mut text = String::new();
        let reply = async {
            let is_loading = |event: &Result<ChatEvent, ChatError>| matches!(event, Ok(ChatEvent::Loading));
            let mut stream = stream.skip_while(|event| std::future::ready(is_loading(event)));
            let first = tokio::time::timeout(timeouts.first_token, stream.next()).await.ok()?;
            let mut stream = futures::stream::iter(first).chain(stream);
            while let Some(event) = stream.next().await {
                match event.ok()? {
                    ChatEvent::Text(part) => text.push_str(&part),
                    ChatEvent::Done { .. } => return Some(text),
                    ChatEvent::Retracted => text.clear(),
                    ChatEvent::Loading | ChatEvent::Reasoning(_) | ChatEvent::ToolCall { .. } => {}
                }
            }
            None
        };
        tokio::select! {
            result = tokio::time::timeout(timeouts.reply, reply) => result.ok().flatten(),
            () = self.0.stop.cancelled() => None,
        }
    }
}
