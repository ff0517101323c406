//! Requests to OpenAI-compatible servers: what they contain, and what follows a refusal.

use std::sync::{Arc, Mutex};

use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::StreamExt;
use hearth_chat::OpenAi;
use hearth_domain::{ChatError, ChatEvent, ChatModel, ChatRequest};
use serde_json::{Value, json};

use crate::server::{LONG_TIMEOUT, sample_request, start};

/// Starts a server that answers the list of models with a status and a body.
async fn start_model_server(status: StatusCode, body: Value) -> OpenAi {
    let list = move || async move { (status, Json(body)) };
    let address = start(Router::new().route("/v1/models", get(list))).await;
    OpenAi::new(&format!("{address}/v1"), "", LONG_TIMEOUT).unwrap()
}

/// Starts a server that answers requests with these statuses, one after the other, each with its number as message or
/// text. Returns the bodies of the requests so far.
async fn start_chat_server(statuses: Vec<u16>) -> (OpenAi, Arc<Mutex<Vec<Value>>>) {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let received = Arc::clone(&requests);
    let respond = async move |Json(body): Json<Value>| {
        let mut received = received.lock().unwrap();
        received.push(body);
        let number = received.len();
        let status = StatusCode::from_u16(statuses[number - 1]).unwrap();
        if status.is_success() {
            let event =
                json!({"choices": [{"delta": {"content": number.to_string()}, "finish_reason": "stop"}]});
            return format!("data: {event}\n\n").into_response();
        }
        (status, Json(json!({"error": {"message": format!("refusal {number}")}}))).into_response()
    };
    let address = start(Router::new().route("/v1/chat/completions", post(respond))).await;
    (OpenAi::new(&format!("{address}/v1"), "", LONG_TIMEOUT).unwrap(), requests)
}

fn schema_request() -> ChatRequest {
    ChatRequest { schema: Some(json!({"type": "object"})), ..sample_request() }
}

#[tokio::test]
async fn a_request_asks_for_a_stream_with_its_limits() {
    let (server, requests) = start_chat_server(vec![200]).await;
    server.stream_chat(sample_request()).collect::<Vec<_>>().await;
    let expected = json!({
        "model": "tiny",
        "messages": [{"role": "user", "content": "Is it warm?"}],
        "stream": true,
        "max_tokens": 100,
        "temperature": 0.5,
        "stream_options": {"include_usage": true},
    });
    assert_eq!(*requests.lock().unwrap(), [expected]);
}

#[tokio::test]
async fn a_schema_has_the_name_that_openai_demands() {
    let (server, requests) = start_chat_server(vec![200]).await;
    server.stream_chat(schema_request()).collect::<Vec<_>>().await;
    let format = requests.lock().unwrap()[0]["response_format"].clone();
    assert_eq!(format["type"], "json_schema");
    assert_eq!(format["json_schema"]["schema"], json!({"type": "object"}));
    assert!(format["json_schema"]["name"].is_string(), "{format}");
}

#[tokio::test]
async fn each_status_of_a_refused_schema_leads_to_a_request_without_it() {
    for status in [400, 422, 501] {
        let (server, requests) = start_chat_server(vec![status, 200]).await;
        let events: Vec<_> = server.stream_chat(schema_request()).collect().await;
        assert_eq!(events[0], Ok(ChatEvent::Text("2".into())), "{status}");
        assert!(requests.lock().unwrap()[1].get("response_format").is_none(), "{status}");
    }
}

#[tokio::test]
async fn a_refusal_that_has_another_cause_is_the_one_shown() {
    let (server, _requests) = start_chat_server(vec![400, 400]).await;
    let events: Vec<_> = server.stream_chat(schema_request()).collect().await;
    assert_eq!(events, [Err(ChatError::Refused("refusal 2".into()))]);
}

#[tokio::test]
async fn only_a_refused_schema_is_worth_a_second_request() {
    for (status, request) in [(401, schema_request()), (500, schema_request()), (400, sample_request())] {
        let (server, requests) = start_chat_server(vec![status, 200]).await;
        let events: Vec<_> = server.stream_chat(request).collect().await;
        assert!(matches!(events[..], [Err(ChatError::Refused(_))]), "{status}: {events:?}");
        assert_eq!(requests.lock().unwrap().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_key_is_sent_as_a_bearer_token_and_none_if_there_is_none() {
    let echo = async |headers: HeaderMap| {
        let sent = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
        Json(json!({"object": "list", "data": [{"id": sent.unwrap_or_else(|| "none".into())}]}))
    };
    let address = start(Router::new().route("/v1/models", get(echo))).await;
    for (key, expected) in [("sk-123", "Bearer sk-123"), ("", "none")] {
        let server = OpenAi::new(&format!("{address}/v1/"), key, LONG_TIMEOUT).unwrap();
        assert_eq!(server.list_models().await.unwrap()[0].name, expected);
    }
}

#[tokio::test]
async fn a_server_without_models_has_an_empty_list() {
    // Ollama writes an empty list as null.
    for data in [json!([]), Value::Null] {
        let server = start_model_server(StatusCode::OK, json!({"object": "list", "data": data})).await;
        assert_eq!(server.list_models().await, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn a_wrong_path_of_lm_studio_is_no_empty_list() {
    // It answers unknown paths with 200.
    let body = json!({"error": "Unexpected endpoint or method. (GET /models)"});
    let error = start_model_server(StatusCode::OK, body).await.list_models().await.unwrap_err();
    assert!(error.to_string().contains("/v1"), "{error}");
}

#[tokio::test]
async fn a_model_is_described_by_its_entry_in_the_list() {
    let models = json!([{"id": "tiny-long", "max_model_len": 9}, {"id": "tiny", "max_model_len": 4096}]);
    let body = json!({"object": "list", "data": models});
    let server = start_model_server(StatusCode::OK, body).await;
    assert_eq!(server.describe_model("tiny").await.unwrap().context, Some(4096));
    let missing = server.describe_model("tin").await;
    assert_eq!(missing, Err(ChatError::ModelMissing { model: "tin".into() }));
}

#[tokio::test]
async fn a_context_that_no_number_of_tokens_can_be_is_unknown() {
    let models = json!([{"id": "a", "max_model_len": -1}, {"id": "b", "max_model_len": 5_000_000_000_u64}]);
    let body = json!({"object": "list", "data": models});
    let models = start_model_server(StatusCode::OK, body).await.list_models().await.unwrap();
    assert!(models.iter().all(|model| model.context.is_none()), "{models:?}");
}
