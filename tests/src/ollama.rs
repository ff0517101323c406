//! A scripted Ollama: it streams the answer of a test, in chunks of a given size.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::{Stream, StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::wait_for_end;

/// Script of the next chats.
#[derive(Clone, Debug)]
pub struct Script {
    /// Pieces of the answer, each a line of its own in the stream.
    pub answer: Vec<String>,
    pub thinking: Option<String>,
    /// Answer to a request for follow-up questions.
    pub follow_ups: String,
    /// Answer to a request for the guide of a source.
    pub guide: String,
    /// Size in bytes of the chunks in which the body is sent.
    pub chunk_bytes: usize,
    /// Gate in the answer, and the number of pieces before it.
    pub gate: Option<(usize, AnswerGate)>,
    /// An error line after the answer instead of its end.
    pub error: Option<String>,
    /// True if the connection ends before the end of the answer.
    pub is_cut_off: bool,
    /// True if the answer reaches its length limit.
    pub is_truncated: bool,
}

/// Token counts that the server reports with each complete answer.
pub const PROMPT_TOKENS: u32 = 321;
pub const ANSWER_TOKENS: u32 = 45;

impl Script {
    /// Script that answers with these parts.
    pub fn answering(answer: &[&str]) -> Self {
        Self {
            answer: answer.iter().map(|&part| part.to_owned()).collect(),
            thinking: None,
            follow_ups: String::new(),
            guide: String::new(),
            chunk_bytes: 7,
            gate: None,
            error: None,
            is_cut_off: false,
            is_truncated: false,
        }
    }

    /// Script of an answer of sixty words, `word0` to `word59`, and the gate that holds it back after `word9`.
    pub fn held_after_ten_words() -> (Self, AnswerGate) {
        let words: Vec<String> = (0..60).map(|n| format!("word{n} ")).collect();
        Self::answering(&words.iter().map(String::as_str).collect::<Vec<&str>>()).hold_after(10)
    }

    /// Holds the answer back after a number of pieces; returns the gate that lets the others through.
    #[must_use]
    pub fn hold_after(self, pieces: usize) -> (Self, AnswerGate) {
        let gate = AnswerGate::default();
        (Self { gate: Some((pieces, gate.clone())), ..self }, gate)
    }
}

/// A gate that holds back the rest of an answer until the test opens it.
#[derive(Clone, Debug, Default)]
pub struct AnswerGate(CancellationToken);

impl AnswerGate {
    /// Lets the rest of the answer through.
    pub fn open(&self) {
        self.0.cancel();
    }
}

/// State that the handlers share.
#[derive(Clone)]
struct ServerState {
    script: Arc<Mutex<Script>>,
    requests: Arc<Mutex<Vec<Value>>>,
    arrivals: Arc<Mutex<Vec<Instant>>>,
    /// Number of answers whose reader went away before their end.
    abandoned: watch::Sender<usize>,
}

/// Counts an answer as abandoned if it is dropped before its end.
struct AbandonmentGuard {
    abandoned: watch::Sender<usize>,
    is_complete: bool,
}

impl AbandonmentGuard {
    /// Marks the answer as read to its end.
    fn complete(mut self) {
        self.is_complete = true;
    }
}

impl Drop for AbandonmentGuard {
    fn drop(&mut self) {
        if !self.is_complete {
            self.abandoned.send_modify(|count| *count += 1);
        }
    }
}

/// A running scripted Ollama.
pub struct ScriptedOllama {
    pub address: String,
    shared: ServerState,
}

impl ScriptedOllama {
    /// Starts the server on a free port.
    pub async fn start(script: Script) -> Self {
        let shared = ServerState {
            script: Arc::new(Mutex::new(script)),
            requests: Arc::default(),
            arrivals: Arc::default(),
            abandoned: watch::Sender::new(0),
        };
        let app = Router::new()
            .route("/api/version", get(async || Json(json!({"version": "0.12.6"}))))
            .route("/api/tags", get(list_models))
            .route("/api/show", post(show_model))
            .route("/api/chat", post(stream_answer))
            .route("/api/pull", post(pull_model))
            .with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, shared }
    }

    /// Sets the script of the next chats.
    pub fn set_script(&self, script: Script) {
        *self.shared.script.lock().unwrap() = script;
    }

    /// Arrival times of the chats so far.
    pub fn chat_arrivals(&self) -> Vec<Instant> {
        self.shared.arrivals.lock().unwrap().clone()
    }

    /// Waits until the readers of so many answers went away before the end.
    pub async fn wait_for_abandoned(&self, count: usize) {
        let mut abandoned = self.shared.abandoned.subscribe();
        let reached = abandoned.wait_for(|abandoned| *abandoned >= count);
        wait_for_end("an abandoned answer", reached).await.unwrap();
    }

    /// Request bodies of the chats so far.
    pub fn chat_requests(&self) -> Vec<Value> {
        self.shared.requests.lock().unwrap().clone()
    }
}

async fn list_models() -> Json<Value> {
    Json(json!({"models": [{
        "name": "scripted:1b", "model": "scripted:1b", "modified_at": "2026-01-01T00:00:00Z", "size": 1_000_000_000_u64,
        "digest": "0", "details": {}
    }]}))
}

async fn show_model(Json(body): Json<Value>) -> Response {
    // Older clients call it `name`.
    let model = body["model"].as_str().or(body["name"].as_str()).unwrap_or_default();
    if model != "scripted:1b" {
        let error = json!({"error": format!("model '{model}' not found")});
        return (StatusCode::NOT_FOUND, Json(error)).into_response();
    }
    Json(json!({
        "license": "", "modelfile": "", "parameters": "", "template": "",
        "details": {}, "capabilities": ["completion"],
        "model_info": {"general.architecture": "llama", "llama.context_length": 4096}
    }))
    .into_response()
}

/// Downloads `tiny:1b` in two layers; fails for any other model.
async fn pull_model(Json(body): Json<Value>) -> Response {
    let mut text = String::from("{\"status\":\"pulling manifest\"}\n");
    if body["model"] == "tiny:1b" {
        for (digest, total) in [("sha256:a", 1000), ("sha256:b", 50)] {
            for completed in [0, total / 2, total] {
                let status = format!("pulling {digest}");
                let line =
                    json!({"status": status, "digest": digest, "total": total, "completed": completed});
                text.push_str(&format!("{line}\n"));
            }
        }
        text.push_str("{\"status\":\"verifying sha256 digest\"}\n{\"status\":\"success\"}\n");
    } else {
        text.push_str("{\"error\":\"pull model manifest: file does not exist\"}\n");
    }
    build_response(stream_chunks(&text, 11))
}

async fn stream_answer(State(shared): State<ServerState>, Json(body): Json<Value>) -> Response {
    let mut script = shared.script.lock().unwrap().clone();
    let last =
        body["messages"].as_array().and_then(|all| all.last()).and_then(|last| last["content"].as_str());
    // Follow-ups and guides are replies in a JSON schema.
    let has_schema = body["format"]["type"] == "object";
    if has_schema && last.is_some_and(|text| text.starts_with("Suggest three")) {
        script = Script::answering(&[&script.follow_ups]);
    } else if has_schema && last.is_some_and(|text| text.starts_with("<document")) {
        script = Script::answering(&[&script.guide]);
    } else {
        shared.arrivals.lock().unwrap().push(Instant::now());
        shared.requests.lock().unwrap().push(body);
    }
    let (before, rest) = format_answer(&script);
    let gate = script.gate.map(|(_, gate)| gate);
    let waiting = stream::once(async move {
        if let Some(gate) = gate {
            gate.0.cancelled().await;
        }
    });
    let waiting = waiting.filter_map(|()| std::future::ready(None));
    let chunks = |text: &str| stream_chunks(text, script.chunk_bytes.max(1));
    let guard = AbandonmentGuard { abandoned: shared.abandoned.clone(), is_complete: false };
    let end = stream::once(async move { guard.complete() }).filter_map(|()| std::future::ready(None));
    build_response(chunks(&before).chain(waiting).chain(chunks(&rest)).chain(end))
}

/// Lines of an answer before its gate, and after it.
fn format_answer(script: &Script) -> (String, String) {
    let line = |message: Value, done: bool| {
        let mut line = json!({"model": "scripted:1b", "created_at": "2026-01-01T00:00:00Z", "message": message, "done": done});
        if done {
            line["done_reason"] = json!(if script.is_truncated { "length" } else { "stop" });
            line["prompt_eval_count"] = json!(PROMPT_TOKENS);
            line["eval_count"] = json!(ANSWER_TOKENS);
        }
        format!("{line}\n")
    };
    let piece = |text: &String| line(json!({"role": "assistant", "content": text}), false);
    let (pieces_before, pieces_after) =
        script.answer.split_at(script.gate.as_ref().map_or(0, |(pieces, _)| *pieces));
    let mut before = String::new();
    if let Some(thinking) = &script.thinking {
        before.push_str(&line(json!({"role": "assistant", "content": "", "thinking": thinking}), false));
    }
    before.extend(pieces_before.iter().map(piece));
    let mut rest: String = pieces_after.iter().map(piece).collect();
    match &script.error {
        Some(error) => rest.push_str(&format!("{}\n", json!({"error": error}))),
        None if script.is_cut_off => {}
        None => rest.push_str(&line(json!({"role": "assistant", "content": ""}), true)),
    }
    (before, rest)
}

/// Text in chunks of so many bytes, each sent by itself.
fn stream_chunks(
    text: &str,
    bytes: usize,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static + use<> {
    let chunks: Vec<Bytes> = text.as_bytes().chunks(bytes).map(Bytes::copy_from_slice).collect();
    stream::iter(chunks).then(async |chunk| {
        tokio::task::yield_now().await;
        Ok(chunk)
    })
}

fn build_response(chunks: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static) -> Response {
    Response::builder()
        .header("content-type", "application/x-ndjson")
        .body(Body::from_stream(chunks))
        .unwrap()
}
