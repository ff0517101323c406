//! Language models: Ollama and any OpenAI-compatible server, behind [`hearth_domain::ChatModel`].
//!
//! Invariants: an answer that broke off is never reported as complete; a server that stays silent for
//! too long is given up; dropping a stream stops the model.

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

/// Timeout of connecting to a server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Builds a client for a language model server. An address without a trailing slash gets one, so that paths
/// are added to it rather than replacing its end.
fn build_client(address: &str) -> Result<(Url, Client), ChatError> {
    let invalid_address =
        |reason: String| ChatError::Refused(format!("{address} is not a valid address: {reason}"));
    let mut url = Url::parse(address).map_err(|error| invalid_address(error.to_string()))?;
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    let client = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .no_proxy()
        .build()
        .map_err(|error| invalid_address(error.to_string()))?;
    Ok((url, client))
}

/// Formats messages for both kinds of server.
fn format_messages(messages: &[ChatMessage]) -> Vec<Value> {
    let format_message = |message: &ChatMessage| {
        let role = match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        json!({"role": role, "content": message.text})
    };
    messages.iter().map(format_message).collect()
}

/// Error for a request that got no response.
fn unreachable_error(address: &Url, error: &reqwest::Error) -> ChatError {
    // Reasons without the address, which the error names already.
    let reason = match error {
        error if error.is_connect() => "nothing is listening at this address; is it running?".to_owned(),
        error if error.is_timeout() => "it did not answer in time".to_owned(),
        other => other.to_string(),
    };
    ChatError::Unreachable { address: address.to_string(), reason }
}

/// Classifies a server's error message.
fn classify_refusal(model: &str, status: u16, message: &str) -> ChatError {
    let lower = message.to_lowercase();
    if status == 404 || (lower.contains("model") && lower.contains("not found")) {
        return ChatError::ModelMissing { model: model.to_owned() };
    }
    if lower.contains("memory") {
        return ChatError::OutOfMemory(message.to_owned());
    }
    ChatError::Refused(message.to_owned())
}
