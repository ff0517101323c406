//! Ollama, played by HTTP on this computer: what it streams, however it is cut, and how it fails.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::StreamExt;
use hearth_chat::Ollama;
use hearth_domain::{ChatError, ChatEvent, ChatMessage, ChatModel, ChatRequest, Role};
use serde_json::{Value, json};

const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

async fn serve(router: Router) -> Ollama {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    Ollama::new(&address, "10m", IDLE_TIMEOUT).unwrap()
}

/// A body in pieces of so many bytes.
fn cut_body(text: &str, piece_bytes: usize) -> Body {
    let pieces: Vec<Vec<u8>> = text.as_bytes().chunks(piece_bytes).map(<[u8]>::to_vec).collect();
    Body::from_stream(futures::stream::iter(pieces.into_iter().map(Ok::<_, Infallible>)))
}

/// Starts a server that answers each chat with this body in pieces.
async fn start_chat_server(body: String, piece_bytes: usize) -> Ollama {
    serve(Router::new().route("/api/chat", post(move || async move { cut_body(&body, piece_bytes) }))).await
}

fn sample_request() -> ChatRequest {
    ChatRequest {
        model: "tiny:1b".into(),
        messages: vec![ChatMessage { role: Role::User, text: "Is it warm?".into() }],
        context: 2048,
        max_answer: 100,
        temperature: 0.5,
        schema: None,
    }
}

async fn collect_events(server: &Ollama, request: ChatRequest) -> Vec<Result<ChatEvent, ChatError>> {
    server
        .stream_chat(request)
        .filter(|event| std::future::ready(*event != Ok(ChatEvent::Loading)))
        .collect()
        .await
}

fn text_line(text: &str) -> String {
    format!("{}\n", json!({"message": {"role": "assistant", "content": text}, "done": false}))
}

fn done_line(reason: &str) -> String {
    format!("{}\n", json!({"message": {"content": ""}, "done": true, "done_reason": reason}))
}

#[tokio::test]
async fn an_answer_is_the_same_however_its_stream_is_cut() {
    let thinking = json!({"message": {"content": "", "thinking": "hm"}, "done": false});
    let body = format!("{thinking}\n\n{}{}{}", text_line("Grüße: "), text_line("日本 ☕"), done_line("stop"));
    for piece_bytes in [1, 2, 3, 7, 10_000] {
        let server = start_chat_server(body.clone(), piece_bytes).await;
        let events = collect_events(&server, sample_request()).await;
        let expected = [
            Ok(ChatEvent::Reasoning("hm".into())),
            Ok(ChatEvent::Text("Grüße: ".into())),
            Ok(ChatEvent::Text("日本 ☕".into())),
            Ok(ChatEvent::Done { truncated: false }),
        ];
        assert_eq!(events, expected, "{piece_bytes}");
    }
    let server = start_chat_server(format!("{}{}", text_line("Ye"), done_line("length")), 64).await;
    let events = collect_events(&server, sample_request()).await;
    assert_eq!(events.last(), Some(&Ok(ChatEvent::Done { truncated: true })));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_never_complete() {
    let memory = json!({"error": "model runner ran out of memory"});
    for (end, expected) in [
        (String::new(), "the connection to the language model was lost: the answer ended early"),
        (format!("{memory}\n"), "the server ran out of memory"),
        ("<html>\n".to_owned(), "a line that is not JSON"),
    ] {
        let server = start_chat_server(format!("{}{end}", text_line("The boiler ")), 5).await;
        let events = collect_events(&server, sample_request()).await;
        assert_eq!(events[0], Ok(ChatEvent::Text("The boiler ".into())));
        let error = events.last().unwrap().as_ref().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_request_has_the_context_that_was_planned_and_its_schema() {
    let echo = async |Json(body): Json<Value>| {
        let seen = json!([body["options"]["num_ctx"], body["options"]["num_predict"], body["format"]]);
        format!("{}{}", text_line(&seen.to_string()), done_line("stop"))
    };
    let server = serve(Router::new().route("/api/chat", post(echo))).await;
    let events = collect_events(&server, sample_request()).await;
    assert_eq!(events[0], Ok(ChatEvent::Text("[2048,100,null]".into())));
    let request = ChatRequest { schema: Some(json!({"type": "object"})), ..sample_request() };
    let events = collect_events(&server, request).await;
    assert_eq!(events[0], Ok(ChatEvent::Text("[2048,100,{\"type\":\"object\"}]".into())));
}

#[tokio::test]
async fn a_missing_model_and_a_server_that_is_not_there_are_told_apart() {
    let missing = || async { (StatusCode::NOT_FOUND, r#"{"error": "model 'tiny:1b' not found"}"#) };
    let server = serve(Router::new().route("/api/chat", post(missing))).await;
    let events = collect_events(&server, sample_request()).await;
    assert_eq!(events, [Err(ChatError::ModelMissing { model: "tiny:1b".into() })]);
    let nobody = Ollama::new("http://127.0.0.1:9", "10m", IDLE_TIMEOUT).unwrap();
    let events = collect_events(&nobody, sample_request()).await;
    assert!(matches!(events[..], [Err(ChatError::Unreachable { .. })]), "{events:?}");
    assert!(matches!(nobody.list_models().await, Err(ChatError::Unreachable { .. })));
}

#[tokio::test]
async fn a_model_says_how_much_it_can_read() {
    let show = || async {
        Json(json!({
            "license": "", "modelfile": "", "parameters": "", "template": "",
            "model_info": {"general.architecture": "llama", "llama.context_length": 8192}
        }))
    };
    let version = || async { Json(json!({"version": "0.9.1"})) };
    let router = Router::new().route("/api/show", post(show)).route("/api/version", get(version));
    let server = serve(router).await;
    assert_eq!(server.describe_model("tiny:1b").await.unwrap().context, Some(8192));
    assert_eq!(server.server_version().await.unwrap(), "0.9.1");
}

/// Answers a download: `good` in layers, `cut` without an end, all else with a refusal.
async fn answer_pull(Json(body): Json<Value>) -> Response {
    let layer = |digest: &str, completed: u64, total: u64| {
        format!(
            "{}\n",
            json!({"status": "pulling", "digest": digest, "total": total, "completed": completed})
        )
    };
    let layers =
        layer("a", 0, 1000) + &layer("a", 900, 1000) + &layer("b", 0, 1000) + &layer("b", 1000, 1000);
    match body["model"].as_str() {
        Some("good") => (layers + "{\"status\":\"success\"}\n").into_response(),
        Some("cut") => layers.into_response(),
        _ => "{\"error\":\"pull model manifest: file does not exist\"}\n".into_response(),
    }
}

#[tokio::test]
async fn a_download_reports_shares_that_never_fall_and_ends_whole_or_not_at_all() {
    let server = serve(Router::new().route("/api/pull", post(answer_pull))).await;
    let pull = async |model: &str| server.pull_model(model).collect::<Vec<_>>().await;
    let good: Vec<f32> = pull("good").await.into_iter().map(Result::unwrap).collect();
    assert!(good.is_sorted() && good.last() == Some(&1.0), "{good:?}");
    assert!(good[good.len() - 2] < 1.0);
    let cut = pull("cut").await;
    assert!(matches!(cut.last(), Some(Err(ChatError::Interrupted(_)))), "{cut:?}");
    let refused = pull("unknown").await;
    assert!(matches!(&refused[..], [Err(ChatError::Refused(reason))] if reason.contains("does not exist")));
}
