//! Language model servers, played by HTTP on this computer: here an OpenAI-compatible one, with every kind of answer.
#![allow(clippy::unwrap_used, reason = "tests")]

mod ollama;
mod ollama_models;
mod openai_requests;
mod openai_stream;
mod server;

use std::time::Duration;

use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::StreamExt;
use hearth_chat::OpenAi;
use hearth_domain::{
    ChatError, ChatEvent, ChatMessage, ChatModel, ChatRequest, Reasoning, Role, SamplingOptions,
};
use serde_json::{Value, json};

const IDLE_TIMEOUT: Duration = Duration::from_mins(5);

/// Starts a server that gives the same response to each request under `/v1`.
async fn start_server(status: u16, body: &'static str) -> OpenAi {
    let respond = move || async move { (StatusCode::from_u16(status).unwrap(), body) };
    let router = Router::new().route("/v1/models", get(respond)).route("/v1/chat/completions", post(respond));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    OpenAi::new(&address, "", IDLE_TIMEOUT).unwrap()
}

async fn collect_events(server: &OpenAi) -> Vec<Result<ChatEvent, ChatError>> {
    let request = ChatRequest {
        model: "tiny".into(),
        messages: vec![ChatMessage { role: Role::User, text: "Is it warm?".into() }],
        context: 2048,
        max_answer: 100,
        reasoning: Reasoning::UpTo(0),
        sampling: SamplingOptions::with_temperature(0.0),
        schema: None,
    };
    server.stream_chat(request).collect().await
}

/// A server that answers with the kind of response format of the last request it accepted; it refuses schemas unless
/// `knows_schemas`.
async fn start_schema_server(knows_schemas: bool) -> OpenAi {
    let respond = async move |Json(body): Json<Value>| {
        let format = body["response_format"]["type"].as_str().unwrap_or("none").to_owned();
        if !knows_schemas && format != "none" {
            let refusal = json!({"error": {"message": "response_format is not supported"}});
            return (StatusCode::BAD_REQUEST, refusal.to_string());
        }
        let part = json!({"choices": [{"delta": {"content": format}, "finish_reason": "stop"}]});
        (StatusCode::OK, format!("data: {part}\n\n"))
    };
    let router = Router::new().route("/v1/chat/completions", post(respond));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    OpenAi::new(&address, "", IDLE_TIMEOUT).unwrap()
}

#[tokio::test]
async fn a_schema_is_sent_and_left_out_for_servers_that_refuse_it() {
    for (knows_schemas, sent) in [(true, "json_schema"), (false, "none")] {
        let server = start_schema_server(knows_schemas).await;
        let request = ChatRequest {
            model: "tiny".into(),
            messages: vec![ChatMessage { role: Role::User, text: "Is it warm?".into() }],
            context: 2048,
            max_answer: 100,
            reasoning: Reasoning::UpTo(0),
            sampling: SamplingOptions::with_temperature(0.0),
            schema: Some(json!({"type": "object"})),
        };
        let events: Vec<_> = server.stream_chat(request).collect().await;
        assert_eq!(events[0], Ok(ChatEvent::Text(sent.into())), "{events:?}");
    }
}

/// The error of a chat that gets this response.
async fn chat_error(status: u16, body: &'static str) -> ChatError {
    let events = collect_events(&start_server(status, body).await).await;
    events.into_iter().next_back().unwrap().unwrap_err()
}

#[tokio::test]
async fn models_are_listed_with_the_context_that_servers_report() {
    let body = r#"{"data": [{"id": "tiny", "max_model_len": 4096}, {"id": "small", "meta": {"n_ctx_train": 8192}}, {"id": "x"}]}"#;
    let models = start_server(200, body).await.list_models().await.unwrap();
    let models: Vec<_> = models.iter().map(|model| (model.name.as_str(), model.context)).collect();
    assert_eq!(models, [("tiny", Some(4096)), ("small", Some(8192)), ("x", None)]);
}

#[tokio::test]
async fn an_address_of_something_else_is_no_empty_list_of_models() {
    for body in ["<html>Hello</html>", "{}", "[]", r#"{"models": []}"#] {
        let error = start_server(200, body).await.list_models().await.unwrap_err();
        assert!(error.to_string().contains("/v1"), "{error}");
    }
}

#[tokio::test]
async fn an_error_message_is_shown_as_the_server_wrote_it() {
    let bodies = [
        r#"{"error": {"message": "the \"budget\" is spent"}}"#,
        r#"{"error": "the \"budget\" is spent"}"#,
        r#"{"detail": "the \"budget\" is spent"}"#,
        "the \"budget\" is spent\n",
    ];
    for body in bodies {
        let expected = r#"the "budget" is spent"#;
        let error = start_server(400, body).await.list_models().await.unwrap_err();
        assert_eq!(error, ChatError::Refused(expected.into()));
        assert_eq!(chat_error(400, body).await, ChatError::Refused(expected.into()));
    }
}

#[tokio::test]
async fn a_missing_model_a_wrong_address_and_a_wrong_key_are_told_apart() {
    let missing = [
        (404, r#"{"error": {"message": "The model `tiny` does not exist."}}"#),
        (404, r#"{"error": {"message": "model 'tiny' not found"}}"#),
        (400, r#"{"error": {"message": "model_not_found"}}"#),
    ];
    for (status, body) in missing {
        assert_eq!(
            chat_error(status, body).await,
            ChatError::ModelMissing { model: "tiny".into() },
            "{body}"
        );
    }
    for (status, body, part) in
        [(404, "404 page not found", "address"), (404, "", "address"), (401, "", "key"), (500, "", "500")]
    {
        let error = chat_error(status, body).await;
        assert!(matches!(&error, ChatError::Refused(message) if message.contains(part)), "{error:?}");
    }
    let full = chat_error(500, r#"{"error": {"message": "CUDA out of memory"}}"#).await;
    assert!(matches!(full, ChatError::OutOfMemory(_)), "{full:?}");
}

#[tokio::test]
async fn an_answer_streams_and_says_how_it_ended() {
    const PARTS: &str = "data: {\"choices\": [{\"delta\": {\"reasoning_content\": \"hm\"}}]}\n\n\
        data: {\"choices\": [{\"delta\": {\"content\": \"Yes.\"}}]}\n\n";
    const WHOLE: &str = "data: {\"choices\": [{\"delta\": {\"content\": \"Yes.\"}, \"finish_reason\": \"stop\"}]}\n\n\
        data: [DONE]\n\n";
    const CUT: &str =
        "data: {\"choices\": [{\"delta\": {\"content\": \"Ye\"}, \"finish_reason\": \"length\"}]}\n\n";
    const FAILED: &str = "data: {\"error\": {\"message\": \"the slot was taken\"}}\n\n";
    let events = collect_events(&start_server(200, WHOLE).await).await;
    assert_eq!(
        events,
        [Ok(ChatEvent::Text("Yes.".into())), Ok(ChatEvent::Done { truncated: false, usage: None })]
    );
    let events = collect_events(&start_server(200, CUT).await).await;
    assert_eq!(
        events,
        [Ok(ChatEvent::Text("Ye".into())), Ok(ChatEvent::Done { truncated: true, usage: None })]
    );
    let events = collect_events(&start_server(200, PARTS).await).await;
    assert_eq!(events[..2], [Ok(ChatEvent::Reasoning("hm".into())), Ok(ChatEvent::Text("Yes.".into()))]);
    assert!(matches!(events[2], Err(ChatError::Interrupted(_))), "{events:?}");
    assert_eq!(chat_error(200, FAILED).await, ChatError::Refused("the slot was taken".into()));
    let events = collect_events(&start_server(200, "<html>Hello</html>").await).await;
    assert!(matches!(events[..], [Err(ChatError::Interrupted(_))]), "{events:?}");
}
