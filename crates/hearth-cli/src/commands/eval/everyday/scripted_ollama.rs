//! A language model server (Ollama's API) that sends the pieces of a script as its answer.
//!
//! A piece is a text, or an object: `thinking`, `tool_calls`, `error` (a line within the stream), `raw` (this line
//! as it is), `status` with `error` (instead of a stream), `cut` (the connection breaks), `end` (the stream ends
//! without a last line), `done_reason`. `{N:words}` in a text becomes the number of the passage in the prompt that
//! has these words; if none has, a number that no passage has.

use std::io;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::SinkExt;
use futures::channel::mpsc;
use regex::{Captures, Regex};
use serde_json::{Value, json};

use super::comparison::{read_list, read_text, squeeze_spaces};

const MODEL: &str = "scripted:8b";
const CREATED_AT: &str = "2026-11-01T00:00:00Z";
/// Number for words that no passage has.
const NO_PASSAGE: &str = "97";
/// Time in which what was sent before reaches the client.
const CUT_DELAY: Duration = Duration::from_millis(20);

static PASSAGE_PATTERN: LazyLock<Regex> =
    LazyLock::new(|| create_pattern(r#"(?s)<passage[^>]*?number="(\d+)"[^>]*>(.*?)</passage>"#));
static NUMBER_PATTERN: LazyLock<Regex> = LazyLock::new(|| create_pattern(r"\{N:([^}]*)\}"));

fn create_pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is valid")
}

/// What came since the last script was set.
#[derive(Clone, Default)]
pub(super) struct ReceivedRequests {
    /// True if the model was asked for an answer.
    pub(super) was_asked: bool,
    /// Words of `{N:words}` that no passage of the prompt has.
    pub(super) missing_passages: Vec<String>,
}

#[derive(Default)]
struct Script {
    pieces: Vec<Value>,
    pause: Duration,
    requests: ReceivedRequests,
}

/// A running scripted server.
pub(super) struct ScriptedOllama {
    pub(super) address: String,
    script: SharedScript,
}

#[derive(Clone, Default)]
struct SharedScript(Arc<Mutex<Script>>);

impl SharedScript {
    fn with<T>(&self, change: impl FnOnce(&mut Script) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ScriptedOllama {
    /// Starts the server on a free port.
    pub(super) async fn start() -> anyhow::Result<Self> {
        let script = SharedScript::default();
        let router = Router::new()
            .route("/api/version", get(async || Json(json!({"version": "0.12.6"}))))
            .route("/api/tags", get(list_models))
            .route("/api/ps", get(async || Json(json!({"models": []}))))
            .route("/api/show", post(show_model))
            .route("/api/chat", post(answer_chat))
            .with_state(script.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, script })
    }

    /// Sets the pieces of the next answers, with a pause between two, and forgets the requests so far.
    pub(super) fn set_script(&self, pieces: Vec<Value>, pause: Duration) {
        self.script.with(|script| *script = Script { pieces, pause, requests: ReceivedRequests::default() });
    }

    /// Takes what came since the script was set.
    pub(super) fn take_requests(&self) -> ReceivedRequests {
        self.script.with(|script| std::mem::take(&mut script.requests))
    }
}

async fn list_models() -> Json<Value> {
    Json(json!({"models": [{
        "name": MODEL, "model": MODEL, "modified_at": CREATED_AT, "size": 4_000_000_000_u64, "digest": "a".repeat(64),
        "details": {
            "format": "gguf", "family": "llama", "families": ["llama"], "parameter_size": "8B",
            "quantization_level": "Q4_K_M"
        }
    }]}))
}

async fn show_model() -> Json<Value> {
    Json(json!({
        "details": {"family": "llama", "format": "gguf", "parameter_size": "8B", "quantization_level": "Q4"},
        "capabilities": ["completion", "thinking", "tools"],
        "model_info": {"general.architecture": "llama", "llama.context_length": 131_072},
        "modified_at": CREATED_AT
    }))
}

/// Streams the script to a request for an answer; sends nothing to other requests.
async fn answer_chat(State(script): State<SharedScript>, body: Bytes) -> Response {
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if read_list(&request, "messages").is_empty() {
        let message = json!({"role": "assistant", "content": ""});
        let mut line = json!({"model": request["model"], "created_at": CREATED_AT, "message": message});
        line["done"] = json!(true);
        line["done_reason"] = json!("load");
        return Json(line).into_response();
    }
    let (pieces, pause) = if asks_for_answer(&request) {
        script.with(|script| {
            script.requests.was_asked = true;
            (script.pieces.clone(), script.pause)
        })
    } else {
        (Vec::new(), Duration::ZERO)
    };
    if let Some(status) = pieces.first().and_then(|piece| piece["status"].as_u64()) {
        let status = StatusCode::from_u16(status as u16).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        return (status, Json(json!({"error": pieces[0]["error"]}))).into_response();
    }
    let (sender, receiver) = mpsc::channel(0);
    let answer = ScriptedAnswer { script, request, lines: sender };
    // An error means that the client has gone.
    tokio::spawn(async move { answer.send(&pieces, pause).await.ok() });
    ([("content-type", "application/x-ndjson")], Body::from_stream(receiver)).into_response()
}

/// False for a request for follow-up questions, for the guide of a source, or for a question in other words.
fn asks_for_answer(request: &Value) -> bool {
    let messages = read_list(request, "messages");
    let starts_with =
        |message: Option<&Value>, start| message.is_some_and(|m| read_text(m, "content").starts_with(start));
    !starts_with(messages.last(), "Suggest three")
        && !starts_with(messages.last(), "<document")
        && !starts_with(messages.first(), "Rewrite")
}

/// An answer that is being sent.
struct ScriptedAnswer {
    script: SharedScript,
    request: Value,
    lines: mpsc::Sender<io::Result<String>>,
}

impl ScriptedAnswer {
    async fn send(mut self, pieces: &[Value], pause: Duration) -> Result<(), mpsc::SendError> {
        let mut done_reason = json!("stop");
        for (index, piece) in pieces.iter().enumerate() {
            if index > 0 && !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            if let Some(text) = piece.as_str() {
                let text = self.fill_in_numbers(text);
                self.send_message(json!({"content": text})).await?;
            } else if piece.get("thinking").is_some() {
                self.send_message(json!({"content": "", "thinking": piece["thinking"]})).await?;
            } else if piece.get("tool_calls").is_some() {
                self.send_message(json!({"content": "", "tool_calls": piece["tool_calls"]})).await?;
            } else if let Some(error) = piece.get("error") {
                return self.send_line(&json!({"error": error})).await;
            } else if let Some(line) = piece["raw"].as_str() {
                self.lines.send(Ok(line.to_owned())).await?;
            } else if piece.get("cut").is_some() {
                tokio::time::sleep(CUT_DELAY).await;
                return self.lines.send(Err(io::Error::other("the connection is cut"))).await;
            } else if piece.get("end").is_some() {
                return Ok(());
            } else if let Some(reason) = piece.get("done_reason") {
                done_reason = reason.clone();
            }
        }
        self.send_line(&json!({
            "model": self.request["model"], "created_at": CREATED_AT,
            "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": done_reason,
            "total_duration": 1, "prompt_eval_count": 100, "eval_count": 10
        }))
        .await
    }

    async fn send_message(&mut self, mut message: Value) -> Result<(), mpsc::SendError> {
        message["role"] = json!("assistant");
        let line = json!({
            "model": self.request["model"], "created_at": CREATED_AT, "message": message, "done": false
        });
        self.send_line(&line).await
    }

    async fn send_line(&mut self, line: &Value) -> Result<(), mpsc::SendError> {
        self.lines.send(Ok(format!("{line}\n"))).await
    }

    /// Replaces each `{N:words}` by the number of the passage that has the words.
    fn fill_in_numbers(&self, text: &str) -> String {
        let messages = read_list(&self.request, "messages");
        let prompt = messages.last().map(|message| read_text(message, "content")).unwrap_or_default();
        let fill_in = |found: &Captures| {
            let words = squeeze_spaces(&found[1]);
            let number = find_passage_number(prompt, &words, messages.len());
            number.unwrap_or_else(|| {
                self.script.with(|script| script.requests.missing_passages.push(words));
                NO_PASSAGE.to_owned()
            })
        };
        NUMBER_PATTERN.replace_all(text, fill_in).into_owned()
    }
}

/// Number of the first passage of a prompt that has these words; 1 in a conversation without passages.
fn find_passage_number(prompt: &str, words: &str, message_count: usize) -> Option<String> {
    let mut passages = PASSAGE_PATTERN.captures_iter(prompt).peekable();
    if passages.peek().is_none() && message_count > 2 {
        return Some("1".to_owned());
    }
    passages.find(|passage| squeeze_spaces(&passage[2]).contains(words)).map(|passage| passage[1].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMPT: &str = "<passage number=\"1\" source=\"a.md\">One\n  pump.</passage>\n<passage number=\"2\" \
                          source=\"b.md\">Nine bar.</passage>\nHow high is the pressure?";

    #[test]
    fn a_passage_is_found_by_its_words() {
        assert_eq!(find_passage_number(PROMPT, "One pump.", 2).as_deref(), Some("1"));
        assert_eq!(find_passage_number(PROMPT, "Nine bar.", 2).as_deref(), Some("2"));
        assert_eq!(find_passage_number(PROMPT, "ten bar", 4), None);
        assert_eq!(find_passage_number("And then?", "ten bar", 2), None);
        assert_eq!(find_passage_number("And then?", "ten bar", 4).as_deref(), Some("1"));
    }

    #[test]
    fn only_some_requests_are_for_answers() {
        let asks = |contents: &[&str]| {
            let messages: Vec<Value> = contents.iter().map(|content| json!({"content": content})).collect();
            asks_for_answer(&json!({"messages": messages}))
        };
        assert!(asks(&["You answer.", PROMPT]));
        assert!(!asks(&["You answer.", PROMPT, "x", "Suggest three questions"]));
        assert!(!asks(&["You write.", "<document title=\"a\">"]));
        assert!(!asks(&["Rewrite the question.", "And then?"]));
    }
}
