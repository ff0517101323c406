//! Language model of an answer.

use std::time::Duration;

use futures::StreamExt;
use hearth_domain::{ChatError, ChatEvent, ChatRequest, Failure};

use super::AskRequest;
use crate::{Library, LibraryError};

impl Library {
    /// The model to use and its real context in tokens, or the reason for which none can be used, if none was
    /// requested.
    pub(super) async fn choose_model(
        &self,
        request: &AskRequest,
        is_required: bool,
    ) -> Result<(Option<(String, u32)>, Option<Failure>), LibraryError> {
        let settings = self.0.ask_settings();
        let requested =
            request.model.clone().or_else(|| Some(settings.model.clone()).filter(|name| !name.is_empty()));
        let is_required = is_required || request.model.is_some();
        let chat = self.0.chat_model();
        let choice = async {
            let found = match requested {
                Some(name) => Some(chat.describe_model(&name).await?),
                None => chat.find_chat_model().await?,
            };
            let Some(info) = found else { return Ok(None) };
            if !info.can_chat {
                return Err(ChatError::Refused(format!(
                    "{} is no model that can chat; choose another one",
                    info.name
                )));
            }
            let context = info.context.unwrap_or(settings.context).min(settings.context);
            Ok::<_, ChatError>(Some((info.name, context)))
        };
        let error = match choice.await {
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

    /// Loads the language model and the embedder into memory before a question.
    pub async fn warm_models(&self) {
        let (chat, embedder) = (self.0.chat_model(), self.0.embedder());
        let language = async {
            if let Ok((Some((model, context)), _)) = self.choose_model(&AskRequest::default(), false).await
                && let Err(error) = chat.preload_model(&model, context).await
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
    /// the timeout, or the library stops.
    pub(super) async fn complete_chat(&self, request: ChatRequest, timeout: Duration) -> Option<String> {
        let mut stream = self.0.chat_model().stream_chat(request);
        let mut text = String::new();
        let reply = async {
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
            result = tokio::time::timeout(timeout, reply) => result.ok().flatten(),
            () = self.0.stop.cancelled() => None,
        }
    }
}
