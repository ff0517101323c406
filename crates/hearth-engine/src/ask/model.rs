//! Which language model answers, and how much it can be told.

use std::time::Duration;

use futures::StreamExt;
use hearth_domain::{ChatEvent, ChatRequest};

use super::{AskRequest, Exchange};
use crate::ask::pack::tokens_of;
use crate::{Engine, EngineError};

impl Engine {
    /// The model to use with its real context; `None` where none is reachable and none was asked
    /// for.
    pub(super) async fn model(
        &self,
        request: &AskRequest,
        must: bool,
    ) -> Result<Option<(String, u32)>, EngineError> {
        let settings = self.0.settings();
        let wanted =
            request.model.clone().or_else(|| Some(settings.model.clone()).filter(|name| !name.is_empty()));
        let must = must || request.model.is_some();
        let chat = self.0.chat();
        let described = async {
            let name = match wanted {
                Some(name) => name,
                None => match chat.models().await?.into_iter().next() {
                    Some(first) => first.name,
                    None => return Ok(None),
                },
            };
            let info = chat.describe(&name).await?;
            let context = info.context.unwrap_or(settings.context).min(settings.context);
            Ok(Some((name, context)))
        };
        match described.await {
            Ok(Some(found)) => Ok(Some(found)),
            Ok(None) if must => Err(EngineError::Invalid(
                "the language model server has no models; get one, for example with `ollama pull llama3.1:8b`".into(),
            )),
            Err(error) if must => Err(EngineError::Chat(error)),
            Ok(None) => Ok(None),
            Err(error) => {
                tracing::info!(%error, "no language model: answering with extracts");
                Ok(None)
            }
        }
    }

    /// Has the language model and the embedder brought into memory: somebody is about to ask.
    pub(crate) async fn warm(&self) {
        let (chat, embedder) = (self.0.chat(), self.0.embedder());
        let language = async {
            if let Ok(Some((model, context))) = self.model(&AskRequest::default(), false).await
                && let Err(error) = chat.warm(&model, context).await
            {
                tracing::debug!(%error, "the language model was not loaded before it was asked");
            }
        };
        let embedding = async {
            if let Err(error) = embedder.load().await {
                tracing::debug!(%error, "the embedder was not loaded before it was asked");
            }
        };
        tokio::join!(language, embedding);
    }

    /// What a model says to a short request, whole and without its thoughts; `None` where it fails, takes longer than
    /// `patience`, or the engine stops.
    pub(super) async fn said(&self, request: ChatRequest, patience: Duration) -> Option<String> {
        let mut stream = self.0.chat().chat(request);
        let mut text = String::new();
        let whole = async {
            while let Some(event) = stream.next().await {
                match event.ok()? {
                    ChatEvent::Text(part) => text.push_str(&part),
                    ChatEvent::Done { .. } => return Some(text),
                    ChatEvent::Loading | ChatEvent::Reasoning(_) => {}
                }
            }
            None
        };
        tokio::select! {
            said = tokio::time::timeout(patience, whole) => said.ok().flatten(),
            () = self.0.stop.cancelled() => None,
        }
    }

    /// Tokens for passages: the context less the answer, the rules, the question and the history.
    pub(super) fn room(&self, context: u32, question: &str, history: &[Exchange]) -> u32 {
        let told: u32 = history.iter().map(|past| tokens_of(&past.question) + tokens_of(&past.answer)).sum();
        let fixed = 400 + tokens_of(question) + told;
        context.saturating_sub(self.0.settings().max_answer.min(context / 3)).saturating_sub(fixed)
    }

    /// The latest of a history that leaves a third of the context to the passages.
    pub(super) fn bounded<'a>(
        &self,
        context: u32,
        question: &str,
        mut history: &'a [Exchange],
    ) -> &'a [Exchange] {
        // What is remembered never crowds out what is asked about.
        while !history.is_empty() && self.room(context, question, history) < context / 3 {
            history = &history[1..];
        }
        history
    }
}
