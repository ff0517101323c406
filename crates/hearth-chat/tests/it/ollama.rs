//! Ollama, played by HTTP on this computer: what it streams, however it is cut, and how it fails.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::StreamExt;
use hearth_chat::Ollama;
use hearth_domain::{
    ChatError, ChatEvent, ChatMessage, ChatModel, ChatRequest, Reasoning, Role, SamplingOptions, TokenUsage,
};
use serde_json::{Value, json};

use crate::server::{self, cut_body, open_body};

const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

async fn serve(router: Router) -> Ollama {
    Ollama::new(&server::start(router).await, "10m", IDLE_TIMEOUT).unwrap()
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
        reasoning: Reasoning::UpTo(0),
        sampling: SamplingOptions::with_temperature(0.5),
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
            Ok(ChatEvent::Done { truncated: false, usage: None }),
        ];
        assert_eq!(events, expected, "{piece_bytes}");
    }
    let server = start_chat_server(format!("{}{}", text_line("Ye"), done_line("length")), 64).await;
    let events = collect_events(&server, sample_request()).await;
    assert_eq!(events.last(), Some(&Ok(ChatEvent::Done { truncated: true, usage: None })));
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

#[tokio::test]
async fn the_counts_of_a_documented_answer_are_read() {
    let part = json!({
        "model": "llama3.2", "created_at": "2023-08-04T08:52:19.385406455-07:00",
        "message": {"role": "assistant", "content": "The", "images": null}, "done": false,
    });
    let end = json!({
        "model": "llama3.2", "created_at": "2023-08-04T19:22:45.499127Z",
        "message": {"role": "assistant", "content": ""}, "done": true,
        "total_duration": 4_883_583_458_u64, "load_duration": 1_334_875, "prompt_eval_count": 26,
        "prompt_eval_duration": 342_546_000, "eval_count": 282, "eval_duration": 4_535_599_000_u64,
    });
    let server = start_chat_server(format!("{part}\n{end}\n"), 100).await;
    let events = collect_events(&server, sample_request()).await;
    assert_eq!(
        events,
        [
            Ok(ChatEvent::Text("The".into())),
            Ok(ChatEvent::Done {
                truncated: false,
                usage: Some(TokenUsage { prompt_tokens: 26, answer_tokens: 282 })
            })
        ]
    );
}

#[tokio::test]
async fn an_empty_answer_is_complete() {
    let server = start_chat_server(done_line("stop"), 100).await;
    let events = collect_events(&server, sample_request()).await;
    assert_eq!(events, [Ok(ChatEvent::Done { truncated: false, usage: None })]);
}

#[tokio::test]
async fn a_last_line_with_everything_is_read_in_order() {
    let line =
        json!({"message": {"content": "Yes.", "thinking": "hm"}, "done": true, "done_reason": "length"});
    // Without a line's end, too.
    let server = start_chat_server(line.to_string(), 100).await;
    let events = collect_events(&server, sample_request()).await;
    let expected = [
        Ok(ChatEvent::Reasoning("hm".into())),
        Ok(ChatEvent::Text("Yes.".into())),
        Ok(ChatEvent::Done { truncated: true, usage: None }),
    ];
    assert_eq!(events, expected);
}

#[tokio::test]
async fn a_tool_call_is_no_text() {
    // As recorded.
    let line = json!({
        "model": "gpt-oss:120b", "created_at": "2025-08-17T17:44:13.678380168Z",
        "message": {"role": "assistant", "content": "", "thinking": "Use tool.",
            "tool_calls": [{"function": {"name": "datetime", "arguments": {}}}]},
        "done": true, "total_duration": 486_181_268, "prompt_eval_count": 126, "eval_count": 33,
    });
    let server = start_chat_server(format!("{line}\n"), 100).await;
    let events = collect_events(&server, sample_request()).await;
    assert_eq!(
        events,
        [
            Ok(ChatEvent::Reasoning("Use tool.".into())),
            Ok(ChatEvent::ToolCall { name: "datetime".into() }),
            Ok(ChatEvent::Done {
                truncated: false,
                usage: Some(TokenUsage { prompt_tokens: 126, answer_tokens: 33 })
            })
        ]
    );
}

#[tokio::test]
async fn nothing_is_waited_for_after_the_end() {
    let body = text_line("Yes.") + &done_line("stop");
    let respond = move || async move { open_body(body) };
    let server = serve(Router::new().route("/api/chat", post(respond))).await;
    let events = collect_events(&server, sample_request()).await;
    assert_eq!(events.last(), Some(&Ok(ChatEvent::Done { truncated: false, usage: None })));
}

#[tokio::test]
async fn tokens_are_counted_unless_the_prompt_was_in_the_cache() {
    for (counts, usage) in [
        (
            json!({"prompt_eval_count": 30, "eval_count": 4}),
            Some(TokenUsage { prompt_tokens: 30, answer_tokens: 4 }),
        ),
        (json!({"eval_count": 4}), None),
        (json!({"prompt_eval_count": 0, "eval_count": 4}), None),
    ] {
        let mut end = json!({"message": {"content": ""}, "done": true, "done_reason": "stop"});
        end.as_object_mut().unwrap().extend(counts.as_object().unwrap().clone());
        let server = start_chat_server(format!("{}{end}\n", text_line("Yes.")), 64).await;
        let events = collect_events(&server, sample_request()).await;
        assert_eq!(events.last(), Some(&Ok(ChatEvent::Done { truncated: false, usage })));
    }
}

#[tokio::test]
async fn reasoning_has_tokens_of_its_own_or_is_turned_off() {
    let requests = Arc::new(Mutex::new(Vec::<Value>::new()));
    let received = Arc::clone(&requests);
    let respond = async move |Json(body): Json<Value>| {
        received.lock().unwrap().push(body);
        text_line("Yes.") + &done_line("stop")
    };
    let server = serve(Router::new().route("/api/chat", post(respond))).await;
    for reasoning in [Reasoning::UpTo(50), Reasoning::Off] {
        collect_events(&server, ChatRequest { reasoning, ..sample_request() }).await;
    }
    let requests = requests.lock().unwrap();
    let parts: Vec<_> =
        requests.iter().map(|body| (&body["options"]["num_predict"], &body["think"])).collect();
    assert_eq!(parts, [(&json!(150), &Value::Null), (&json!(100), &json!(false))]);
}

#[tokio::test]
async fn a_prompt_that_is_read_for_long_is_no_silence() {
    let respond = || async {
        tokio::time::sleep(server::SHORT_TIMEOUT * 5).await;
        text_line("Yes.") + &done_line("stop")
    };
    let address = server::start(Router::new().route("/api/chat", post(respond))).await;
    let server = Ollama::new(&address, "10m", server::SHORT_TIMEOUT).unwrap();
    let events = collect_events(&server, sample_request()).await;
    assert_eq!(events.first(), Some(&Ok(ChatEvent::Text("Yes.".into()))), "{events:?}");
}

#[tokio::test]
async fn a_server_that_falls_silent_in_an_answer_is_given_up() {
    let respond = || async { open_body(text_line("The ")) };
    let address = server::start(Router::new().route("/api/chat", post(respond))).await;
    let server = Ollama::new(&address, "10m", server::SHORT_TIMEOUT).unwrap();
    let events = collect_events(&server, sample_request()).await;
    assert_eq!(events, [Ok(ChatEvent::Text("The ".into())), Err(ChatError::Stalled { seconds: 0 })]);
}

#[tokio::test]
async fn an_error_before_an_answer_is_shown_as_ollama_wrote_it() {
    let refuse = || async { (StatusCode::BAD_REQUEST, r#"{"error":"\"tiny:1b\" does not support chat"}"#) };
    let server = serve(Router::new().route("/api/chat", post(refuse))).await;
    let events = collect_events(&server, sample_request()).await;
    assert_eq!(events, [Err(ChatError::Refused(r#""tiny:1b" does not support chat"#.into()))]);
}

#[tokio::test]
async fn a_model_that_vanishes_during_an_answer_is_missing() {
    let body = text_line("The ") + "{\"error\":\"model 'tiny:1b' not found, try pulling it first\"}\n";
    let events = collect_events(&start_chat_server(body, 100).await, sample_request()).await;
    assert_eq!(events.last(), Some(&Err(ChatError::ModelMissing { model: "tiny:1b".into() })));
}
