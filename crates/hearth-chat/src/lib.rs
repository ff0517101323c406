//! Language models: Ollama and any OpenAI-compatible server, behind [`hearth_domain::ChatModel`].
//!
//! Invariants: an answer that broke off is never reported as complete; a model that stops in the middle of an answer
//! is given up; dropping a stream stops the model; reasoning, tool calls and special tokens are never text.

mod lines;
mod model_names;
mod ollama;
mod openai;
mod reply;

use std::time::Duration;

use hearth_domain::{ChatError, ChatEvent, ChatMessage, Role};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use url::Url;

pub use ollama::Ollama;
pub use openai::OpenAi;

/// Timeout of connecting to a server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Interval at which a silent connection is checked: a server may read a long prompt for minutes, and only a machine
/// that is gone does not answer the checks.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// Checks without an answer after which a connection is lost.
const MAX_LOST_KEEPALIVES: u32 = 3;

/// Builds a client for a language model server. An address without a trailing slash gets one, so that paths
/// are added to it rather than replacing its end.
fn build_client(address: &str) -> Result<(Url, Client), ChatError> {
    let invalid_address =
        |reason: String| ChatError::Refused(format!("{address} is not a valid address: {reason}"));
    let mut url = Url::parse(address)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| invalid_address("use http://HOST:PORT, such as http://127.0.0.1:11434".to_owned()))?;
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    let client = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_keepalive(KEEPALIVE_INTERVAL)
        .tcp_keepalive_interval(KEEPALIVE_INTERVAL)
        .tcp_keepalive_retries(MAX_LOST_KEEPALIVES)
        .no_proxy()
        .build()
        .map_err(|error| invalid_address(error.to_string()))?;
    Ok((url, client))
}

/// Words of the refusals of a prompt that is too long: those of llama.cpp, vLLM, LM Studio, OpenAI, Ollama.
const TOO_LONG_WORDINGS: &[&[&str]] = &[
    &["exceed", "context"],
    &["context", "maximum", "length"],
    &["context_length_exceeded"],
    &["prompt", "too long"],
    &["input", "too long"],
    &["context", "overflow"],
    &["greater than the context length"],
    &["larger than the context"],
];

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

/// Adds a field to a JSON object, if there is a value.
fn add_optional(object: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        object[name] = value.into();
    }
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

/// The body of an error; empty if it does not arrive within `idle_timeout`.
async fn read_error_body(response: Response, idle_timeout: Duration) -> String {
    tokio::time::timeout(idle_timeout, response.text()).await.ok().and_then(Result::ok).unwrap_or_default()
}

/// The message in the body of an error: `error.message`, `error`, `message` or `detail`, or else the body itself.
fn extract_error_message(body: &str) -> String {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let candidates = [&json["error"]["message"], &json["error"], &json["message"], &json["detail"]];
    candidates.into_iter().find_map(Value::as_str).unwrap_or(body).trim().to_owned()
}

/// The event of a tool call that a server has parsed.
fn name_tool_call(call: &Value) -> ChatEvent {
    let name = call["function"]["name"].as_str().or_else(|| call["name"].as_str());
    ChatEvent::ToolCall { name: name.unwrap_or("unnamed").to_owned() }
}

/// Error for a line inside an answer that is no part of it.
fn classify_line(model: &str, line: &[u8]) -> ChatError {
    match serde_json::from_slice::<Value>(line) {
        Ok(json) => classify_refusal(model, 0, &extract_error_message(&json.to_string())),
        Err(_) => ChatError::Interrupted("the server sent a line that is not JSON".into()),
    }
}

/// Classifies a server's error message; `status` is 0 for one inside an answer.
fn classify_refusal(model: &str, status: u16, message: &str) -> ChatError {
    let lower = message.to_lowercase();
    let is_missing =
        ["not found", "not_found", "does not exist", "no such"].iter().any(|text| lower.contains(text));
    if is_missing && lower.contains("model") && !model.is_empty() {
        return ChatError::ModelMissing { model: model.to_owned() };
    }
    if TOO_LONG_WORDINGS.iter().any(|words| words.iter().all(|word| lower.contains(word))) {
        return ChatError::PromptTooLong(message.to_owned());
    }
    if lower.contains("loading") && matches!(status, 0 | 503) {
        return ChatError::Loading;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn paths_are_added_to_the_path_of_an_address() {
        for address in ["http://gate.lan:8080/ollama", "http://gate.lan:8080/ollama/"] {
            let (url, _) = build_client(address).unwrap();
            let endpoint = url.join("api/chat").unwrap();
            assert_eq!(endpoint.as_str(), "http://gate.lan:8080/ollama/api/chat", "{address}");
        }
    }

    #[test]
    fn an_address_without_http_is_refused_with_an_example() {
        for address in ["", "localhost:11434", "127.0.0.1:11434", "file:///tmp/model", "http://"] {
            let error = build_client(address).unwrap_err().to_string();
            assert!(error.contains("http://127.0.0.1:11434"), "{address}: {error}");
            assert!(error.contains(&format!("{address} is not a valid address")), "{error}");
        }
    }

    #[test]
    fn messages_have_the_roles_of_both_apis_in_order() {
        let message = |role, text: &str| ChatMessage { role, text: text.to_owned() };
        let messages = format_messages(&[
            message(Role::System, "Be brief."),
            message(Role::User, "Is it \"warm\"?"),
            message(Role::Assistant, "Yes."),
        ]);
        let expected = json!([
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Is it \"warm\"?"},
            {"role": "assistant", "content": "Yes."},
        ]);
        assert_eq!(Value::from(messages), expected);
    }

    #[test]
    fn a_model_that_does_not_fit_is_out_of_memory() {
        // As Ollama and llama.cpp write it.
        for message in [
            "model requires more system memory (5.6 GiB) than is available (3.1 GiB)",
            "llama runner process has terminated: cudaMalloc failed: out of memory",
        ] {
            let error = classify_refusal("tiny", 500, message);
            assert_eq!(error, ChatError::OutOfMemory(message.to_owned()));
        }
    }

    #[test]
    fn a_prompt_that_is_too_long_is_told_apart() {
        for message in [
            "the request exceeds the available context size. try increasing the context size or enable context shift",
            "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens",
            "The number of tokens to keep from the initial prompt is greater than the context length",
            "prompt is too long: 9000 tokens > 8192 maximum",
            "input length exceeds the context length",
        ] {
            let error = classify_refusal("tiny", 400, message);
            assert_eq!(error, ChatError::PromptTooLong(message.to_owned()));
        }
        let error = classify_refusal("tiny", 400, "the maximum of temperature is 2");
        assert!(matches!(error, ChatError::Refused(_)), "{error:?}");
    }

    #[test]
    fn a_missing_file_is_no_missing_model() {
        let error = classify_refusal("tiny", 500, "open /tmp/grammar.gbnf: no such file or directory");
        assert!(matches!(error, ChatError::Refused(_)), "{error:?}");
    }

    #[test]
    fn a_request_without_a_model_never_misses_one() {
        let error = classify_refusal("", 404, "model not found");
        assert!(matches!(error, ChatError::Refused(_)), "{error:?}");
    }

    #[test]
    fn an_error_without_a_text_is_shown_in_full() {
        for body in [r#"{"error": {"code": 500}}"#, r#"{"detail": [{"msg": "too long"}]}"#, "[1]"] {
            assert_eq!(extract_error_message(body), body);
        }
    }
}
