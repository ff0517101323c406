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

/// The message in the body of an error: `error.message`, `error`, `message` or `detail`, or else the body itself.
fn extract_error_message(body: &str) -> String {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let candidates = [&json["error"]["message"], &json["error"], &json["message"], &json["detail"]];
    candidates.into_iter().find_map(Value::as_str).unwrap_or(body).trim().to_owned()
}

/// Classifies a server's error message; `status` is 0 for one inside an answer.
fn classify_refusal(model: &str, status: u16, message: &str) -> ChatError {
    let lower = message.to_lowercase();
    let is_missing =
        ["not found", "not_found", "does not exist", "no such"].iter().any(|text| lower.contains(text));
    if is_missing && lower.contains("model") && !model.is_empty() {
        return ChatError::ModelMissing { model: model.to_owned() };
    }
    if lower.contains("memory") {
        return ChatError::OutOfMemory(message.to_owned());
    }
    ChatError::Refused(match status {
        404 => format!("it knows no such address (404); check the server's address in Settings. {message}"),
        401 | 403 => format!("it does not accept the key ({status}); check the key in Settings. {message}"),
        _ if message.is_empty() => format!("status {status}, without a message"),
        _ => message.to_owned(),
    })
}
