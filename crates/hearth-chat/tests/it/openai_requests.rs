//! Requests to OpenAI-compatible servers: what they contain, and what follows a refusal.

use std::sync::{Arc, Mutex};

use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::StreamExt;
use hearth_chat::OpenAi;
use hearth_domain::{ChatError, ChatEvent, ChatModel, ChatRequest, Reasoning, SamplingOptions, TokenUsage};
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
async fn sampling_and_reasoning_are_sent_as_servers_know_them() {
    let (server, requests) = start_chat_server(vec![200, 200, 200]).await;
    let sampling = SamplingOptions {
        temperature: None,
        top_p: Some(0.5),
        seed: Some(7),
        stop: vec!["END".into()],
        ..SamplingOptions::default()
    };
    let request = ChatRequest { sampling, reasoning: Reasoning::UpTo(50), ..sample_request() };
    server.stream_chat(request).collect::<Vec<_>>().await;
    for model in ["qwen3:4b", "llama3.1:8b"] {
        let request = ChatRequest { model: model.into(), reasoning: Reasoning::Off, ..sample_request() };
        server.stream_chat(request).collect::<Vec<_>>().await;
    }
    let requests = requests.lock().unwrap();
    assert_eq!((&requests[0]["max_tokens"], &requests[0]["seed"]), (&json!(150), &json!(7)));
    assert_eq!((&requests[0]["stop"], &requests[0]["top_p"]), (&json!(["END"]), &json!(0.5)));
    assert!(requests[0].get("temperature").is_none() && requests[0].get("presence_penalty").is_none());
    // Only models that reason are asked not to.
    let switches: Vec<_> =
        requests.iter().map(|request| &request["chat_template_kwargs"]["enable_thinking"]).collect();
    assert_eq!(switches, [&Value::Null, &json!(false), &Value::Null]);
}

#[tokio::test]
async fn a_server_that_is_loading_its_model_is_waited_for() {
    let asked = Arc::new(Mutex::new(0));
    let respond = async move || {
        let mut asked = asked.lock().unwrap();
        *asked += 1;
        if *asked == 1 {
            // As llama.cpp writes it.
            let error =
                json!({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}});
            return (StatusCode::SERVICE_UNAVAILABLE, Json(error)).into_response();
        }
        let event = json!({"choices": [{"delta": {"content": "Yes."}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}});
        format!("data: {event}\n\n").into_response()
    };
    let address = start(Router::new().route("/v1/chat/completions", post(respond))).await;
    let server = OpenAi::new(&format!("{address}/v1"), "", LONG_TIMEOUT).unwrap();
    let events: Vec<_> = server.stream_chat(sample_request()).collect().await;
    let usage = Some(TokenUsage { prompt_tokens: 9, answer_tokens: 2 });
    let expected = [
        Ok(ChatEvent::Loading),
        Ok(ChatEvent::Text("Yes.".into())),
        Ok(ChatEvent::Done { truncated: false, usage }),
    ];
    assert_eq!(events, expected);
}

#[tokio::test]
async fn the_context_that_a_server_uses_comes_before_what_its_model_was_trained_for() {
    let models = json!({"data": [{"id": "tiny", "meta": {"n_ctx_train": 131_072}}]});
    let props = json!({"default_generation_settings": {"n_ctx": 4096}});
    for (has_properties, context) in [(true, Some(4096)), (false, Some(131_072))] {
        let (models, props) = (models.clone(), props.clone());
        let mut router = Router::new().route("/v1/models", get(async move || Json(models)));
        if has_properties {
            router = router.route("/props", get(async move || Json(props)));
        }
        let server = OpenAi::new(&format!("{}/v1", start(router).await), "", LONG_TIMEOUT).unwrap();
        assert_eq!(server.describe_model("tiny").await.unwrap().context, context);
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
