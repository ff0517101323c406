//! Ollama's lists, descriptions, downloads and preloading, as its documentation and recorded exchanges have them.

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::StreamExt;
use hearth_chat::Ollama;
use hearth_domain::{ChatError, ChatModel};
use serde_json::{Value, json};

use crate::server::{LONG_TIMEOUT, SHORT_TIMEOUT, open_body, start};

async fn start_ollama(router: Router) -> Ollama {
    Ollama::new(&start(router).await, "10m", LONG_TIMEOUT).unwrap()
}

/// Starts a server that answers one path with a status and a body.
async fn start_answering(path: &str, status: StatusCode, body: impl Into<String>) -> Ollama {
    let body = body.into();
    let respond = move || async move { (status, body) };
    start_ollama(Router::new().route(path, get(respond.clone()).post(respond))).await
}

#[tokio::test]
async fn models_are_listed_as_the_server_names_them() {
    let details = json!({"parent_model": "", "format": "", "family": "", "families": null,
        "parameter_size": "", "quantization_level": ""});
    let model = |name: &str, size: u64| {
        json!({"name": name, "model": name, "modified_at": "2025-08-05T00:00:00Z", "size": size,
            "digest": "d98fe6ba01e6", "details": details})
    };
    let list = json!({"models": [model("gpt-oss:120b", 65_290_180_781), model("hf.co/a/b:Q4", 815_319_791)]});
    let models =
        start_answering("/api/tags", StatusCode::OK, list.to_string()).await.list_models().await.unwrap();
    let models: Vec<_> = models.iter().map(|model| (model.name.as_str(), model.size_bytes)).collect();
    assert_eq!(models, [("gpt-oss:120b", Some(65_290_180_781)), ("hf.co/a/b:Q4", Some(815_319_791))]);
}

#[tokio::test]
async fn a_server_without_models_has_an_empty_list() {
    let server = start_answering("/api/tags", StatusCode::OK, r#"{"models":[]}"#).await;
    assert_eq!(server.list_models().await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_list_that_fails_shows_the_servers_message() {
    let body = r#"{"error":"the disk is gone"}"#;
    let server = start_answering("/api/tags", StatusCode::INTERNAL_SERVER_ERROR, body).await;
    assert_eq!(server.list_models().await, Err(ChatError::Refused("the disk is gone".into())));
}

#[tokio::test]
async fn a_page_of_something_else_is_no_list_of_models() {
    let server = start_answering("/api/tags", StatusCode::OK, "<html>Hello</html>").await;
    let error = server.list_models().await.unwrap_err().to_string();
    assert!(error.contains("no Ollama server"), "{error}");
}

#[tokio::test]
async fn a_model_without_optional_parts_is_described() {
    // As recorded for gemma3n: no parameters. Others have no licence.
    let body = json!({
        "modelfile": "FROM gemma3n", "template": "{{ .Prompt }}",
        "details": {"parent_model": "", "format": "gguf", "family": "gemma3n", "families": ["gemma3n"],
            "parameter_size": "6.9B", "quantization_level": "Q4_K_M"},
        "model_info": {"general.architecture": "gemma3n", "gemma3n.context_length": 32768, "llama.context_length": 1},
        "capabilities": ["completion"],
    });
    let server = start_answering("/api/show", StatusCode::OK, body.to_string()).await;
    assert_eq!(server.describe_model("gemma3n:e4b").await.unwrap().context, Some(32768));
}

#[tokio::test]
async fn a_model_without_completion_cannot_chat() {
    for (capabilities, can_chat) in
        [(json!(["embedding"]), false), (json!(["completion", "tools"]), true), (json!([]), true)]
    {
        let body = json!({"modelfile": "", "model_info": {}, "capabilities": capabilities});
        let server = start_answering("/api/show", StatusCode::OK, body.to_string()).await;
        assert_eq!(server.describe_model("tiny").await.unwrap().can_chat, can_chat, "{capabilities}");
    }
}

#[tokio::test]
async fn a_model_that_does_not_report_its_context_has_none() {
    for info in [json!({}), json!({"general.architecture": "llama"}), json!({"llama.context_length": 8192})] {
        let body =
            json!({"license": "", "modelfile": "", "parameters": "", "template": "", "model_info": info});
        let server = start_answering("/api/show", StatusCode::OK, body.to_string()).await;
        assert_eq!(server.describe_model("tiny").await.unwrap().context, None, "{info}");
    }
}

#[tokio::test]
async fn a_missing_model_is_missing_in_a_description_and_when_preloaded() {
    let body = r#"{"error":"model 'tiny' not found"}"#;
    let missing = ChatError::ModelMissing { model: "tiny".into() };
    let server = start_answering("/api/show", StatusCode::NOT_FOUND, body).await;
    assert_eq!(server.describe_model("tiny").await, Err(missing));
    let missing = ChatError::ModelMissing { model: "tiny".into() };
    let server = start_answering("/api/chat", StatusCode::NOT_FOUND, body).await;
    assert_eq!(server.preload_model("tiny", 2048).await, Err(missing));
}

#[tokio::test]
async fn preloading_asks_for_the_context_of_the_question_and_for_no_answer() {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let received = Arc::clone(&requests);
    let respond = async move |Json(body): Json<Value>| {
        received.lock().unwrap().push(body);
        r#"{"message":{"role":"assistant","content":""},"done_reason":"load","done":true}"#
    };
    let server = start_ollama(Router::new().route("/api/chat", post(respond))).await;
    server.preload_model("tiny", 6144).await.unwrap();
    let expected = json!({
        "model": "tiny", "messages": [], "stream": false, "keep_alive": "10m", "options": {"num_ctx": 6144},
    });
    assert_eq!(*requests.lock().unwrap(), [expected]);
}

#[tokio::test]
async fn an_address_with_a_path_is_used_for_every_call() {
    let show = || async {
        Json(json!({"model_info": {}, "license": "", "modelfile": "", "parameters": "", "template": ""}))
    };
    let router = Router::new()
        .route("/ollama/api/tags", get(|| async { r#"{"models":[]}"# }))
        .route("/ollama/api/show", post(show))
        .route("/ollama/api/version", get(|| async { r#"{"version":"0.11.4"}"# }))
        .route("/ollama/api/chat", post(|| async { "{}" }));
    let server = Ollama::new(&format!("{}/ollama", start(router).await), "10m", LONG_TIMEOUT).unwrap();
    assert_eq!(server.list_models().await, Ok(Vec::new()));
    assert!(server.describe_model("tiny").await.is_ok());
    assert_eq!(server.server_version().await.unwrap(), "0.11.4");
    assert_eq!(server.preload_model("tiny", 2048).await, Ok(()));
}

#[tokio::test]
async fn a_documented_download_ends_with_all_of_it() {
    let lines = [
        json!({"status": "pulling manifest"}),
        json!({"status": "pulling 6a0746a1ec1a", "digest": "sha256:6a0746a1ec1a", "total": 2000}),
        json!({"status": "pulling 6a0746a1ec1a", "digest": "sha256:6a0746a1ec1a", "total": 2000, "completed": 500}),
        json!({"status": "verifying sha256 digest"}),
        json!({"status": "writing manifest"}),
        json!({"status": "removing any unused layers"}),
        json!({"status": "success"}),
    ];
    let body = lines.map(|line| format!("{line}\n")).concat();
    let server = start_answering("/api/pull", StatusCode::OK, body).await;
    let shares: Vec<_> = server.pull_model("llama3.2").collect().await;
    assert_eq!(shares, [Ok(0.0), Ok(0.25), Ok(1.0)]);
}

#[tokio::test]
async fn a_download_that_fails_halfway_is_no_download() {
    let layer = json!({"status": "pulling a", "digest": "a", "total": 4, "completed": 4});
    let body = format!("{layer}\n{}\n", json!({"error": "max retries exceeded: EOF"}));
    let server = start_answering("/api/pull", StatusCode::OK, body).await;
    let shares: Vec<_> = server.pull_model("llama3.2").collect().await;
    assert!(
        matches!(&shares[..], [Ok(share), Err(ChatError::Refused(reason))]
            if *share < 1.0 && reason.contains("llama3.2") && reason.contains("max retries exceeded")),
        "{shares:?}"
    );
}

#[tokio::test]
async fn an_error_whose_body_never_ends_is_given_up() {
    let refuse = || async { (StatusCode::BAD_GATEWAY, open_body("<html>".into())).into_response() };
    let address = start(Router::new().route("/api/chat", post(refuse))).await;
    let server = Ollama::new(&address, "10m", SHORT_TIMEOUT).unwrap();
    let error = server.preload_model("tiny", 2048).await.unwrap_err();
    assert!(matches!(&error, ChatError::Refused(message) if message.contains("502")), "{error:?}");
}
