//! Language models: Ollama and any OpenAI-compatible server, behind [`hearth_domain::ChatModel`].
//!
//! Invariants: an answer that broke off is never reported as complete; a server that says nothing
//! for too long is given up; dropping a stream stops the model.

mod lines;
mod ollama;
mod openai;

use std::time::Duration;

use hearth_domain::{ChatError, ChatMessage, Role};
use reqwest::Client;
use serde_json::{Value, json};
use url::Url;

pub use ollama::Ollama;
pub use openai::OpenAi;

/// How long a server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(3);

/// A client for a language model server; an address without a trailing slash gets one, so that
/// paths are added to it rather than replacing its end.
fn client(address: &str) -> Result<(Url, Client), ChatError> {
    let refused = |reason: String| ChatError::Refused(format!("{address} is not an address: {reason}"));
    let mut url = Url::parse(address).map_err(|error| refused(error.to_string()))?;
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    let client = Client::builder()
        .connect_timeout(CONNECT)
        .no_proxy()
        .build()
        .map_err(|error| refused(error.to_string()))?;
    Ok((url, client))
}

/// Messages as both kinds of server take them.
fn messages(messages: &[ChatMessage]) -> Vec<Value> {
    let shown = |message: &ChatMessage| {
        let role = match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        json!({"role": role, "content": message.text})
    };
    messages.iter().map(shown).collect()
}

fn unreachable(address: &Url, error: &reqwest::Error) -> ChatError {
    // A message without the address twice.
    let reason = match error {
        error if error.is_connect() => "nothing listens there; is it running?".to_owned(),
        error if error.is_timeout() => "it did not answer in time".to_owned(),
        other => other.to_string(),
    };
    ChatError::Unreachable { address: address.to_string(), reason }
}

/// What a server's own words about a failure mean.
fn refusal(model: &str, status: u16, said: &str) -> ChatError {
    let lower = said.to_lowercase();
    if status == 404 || (lower.contains("model") && lower.contains("not found")) {
        return ChatError::ModelMissing { model: model.to_owned() };
    }
    if lower.contains("memory") {
        return ChatError::OutOfMemory(said.to_owned());
    }
    ChatError::Refused(said.to_owned())
}
