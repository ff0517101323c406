//! A scripted Ollama: it streams the answer of a test, in chunks of a given size.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::StreamExt;
use serde_json::{Value, json};

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
    /// Time before the first byte of the body and between chunks.
    pub pause: Duration,
    /// An error line after the answer instead of its end.
    pub error: Option<String>,
    /// True if the connection ends before the end of the answer.
    pub is_cut_off: bool,
}

impl Script {
    /// Script that answers with these parts.
    pub fn answering(answer: &[&str]) -> Self {
        Self {
            answer: answer.iter().map(|&part| part.to_owned()).collect(),
            thinking: None,
            follow_ups: String::new(),
            guide: String::new(),
            chunk_bytes: 7,
            pause: Duration::ZERO,
            error: None,
            is_cut_off: false,
        }
    }
}

/// State that the handlers share.
#[derive(Clone)]
struct ServerState {
    script: Arc<Mutex<Script>>,
    requests: Arc<Mutex<Vec<Value>>>,
    arrivals: Arc<Mutex<Vec<Instant>>>,
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

async fn show_model() -> Json<Value> {
    Json(json!({
        "license": "", "modelfile": "", "parameters": "", "template": "",
        "details": {}, "capabilities": ["completion"],
        "model_info": {"general.architecture": "llama", "llama.context_length": 4096}
    }))
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
    let chunks: Vec<Bytes> = text.as_bytes().chunks(11).map(Bytes::copy_from_slice).collect();
    let stream = futures::stream::iter(chunks).then(async |chunk| {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok::<_, Infallible>(chunk)
    });
    Response::builder()
        .header("content-type", "application/x-ndjson")
        .body(Body::from_stream(stream))
        .unwrap()
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
    let line = |message: Value, done: bool| {
        let mut line = json!({"model": "scripted:1b", "created_at": "2026-01-01T00:00:00Z", "message": message, "done": done});
        if done {
            line["done_reason"] = json!("stop");
        }
        format!("{line}\n")
    };
    let mut text = String::new();
    if let Some(thinking) = &script.thinking {
        text.push_str(&line(json!({"role": "assistant", "content": "", "thinking": thinking}), false));
    }
    for part in &script.answer {
        text.push_str(&line(json!({"role": "assistant", "content": part}), false));
    }
    match &script.error {
        Some(error) => text.push_str(&format!("{}\n", json!({"error": error}))),
        None if script.is_cut_off => {}
        None => text.push_str(&line(json!({"role": "assistant", "content": ""}), true)),
    }
    let chunks: Vec<Bytes> =
        text.as_bytes().chunks(script.chunk_bytes.max(1)).map(Bytes::copy_from_slice).collect();
    let pause = script.pause;
    let stream = futures::stream::iter(chunks).then(move |chunk| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, Infallible>(chunk)
    });
    Response::builder()
        .header("content-type", "application/x-ndjson")
        .body(Body::from_stream(stream))
        .unwrap()
}
