//! Access by other programs: keys, curl, Prometheus, event streams.

use std::process::Command;

use futures::StreamExt;
use hearth_tests::documents::HANDBOOK_TEXT;
use hearth_tests::{NodeProcess, wait_for_end};
use hearth_wire::operations::{CreateKey, ListKeys, RevokeKey};
use hearth_wire::{KeyScope, NewKey};
use reqwest::{Client, StatusCode};

/// HTTP client without a proxy and without credentials.
fn create_http_client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_what_it_is_for_until_it_is_revoked() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let new = NewKey { name: "reader".into(), scopes: Some(vec![KeyScope::Read]), per_minute: Some(4) };
    let created = node.client.call::<CreateKey>(&[], &(), &new).await.unwrap();
    let request = async |method: reqwest::Method, path: &str| {
        let url = format!("{}{path}", node.address);
        create_http_client()
            .request(method, url)
            .bearer_auth(&created.secret)
            .json(&serde_json::json!({"title": "x"}))
            .send()
            .await
            .unwrap()
    };
    let get = reqwest::Method::GET;
    assert_eq!(request(get.clone(), "/api/notebooks").await.status(), StatusCode::OK);
    assert_eq!(request(reqwest::Method::POST, "/api/notebooks").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(request(get.clone(), "/api/keys").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(request(get.clone(), "/api/notebooks").await.status(), StatusCode::OK);
    let limited = request(get.clone(), "/api/notebooks").await;
    assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = limited.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");

    let listed = node.client.call::<ListKeys>(&[], &(), &()).await.unwrap().keys;
    assert_eq!((listed.len(), listed[0].name.as_str()), (1, "reader"));
    let database = std::fs::read(data.path().join("library.db")).unwrap();
    let journal = std::fs::read(data.path().join("library.db-wal")).unwrap_or_default();
    for file in [database, journal] {
        let found = file.windows(created.secret.len()).any(|window| window == created.secret.as_bytes());
        assert!(!found, "the secret of a key is not stored");
    }
    node.client.call::<RevokeKey>(&[&created.key.id.to_string()], &(), &()).await.unwrap();
    assert_eq!(request(get, "/api/notebooks").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_and_prometheus_read_what_they_expect() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("House").await;
    node.add_file(notebook, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    node.wait_until_settled(notebook).await;
    let curl = |arguments: &[&str]| {
        let run = Command::new("curl")
            .args(["-sS", "--noproxy", "*", "-H", &format!("Authorization: Bearer {}", node.token)])
            .args(arguments)
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap()
    };
    let listed = curl(&[&format!("{}/api/notebooks", node.address)]);
    assert!(listed.contains("\"title\":\"House\""), "{listed}");
    let upload = curl(&[
        "-F",
        "file=@/dev/null;filename=a.txt",
        &format!("{}/api/notebooks/{notebook}/sources", node.address),
    ]);
    assert!(upload.contains("a.txt is empty"), "{upload}");
    let metrics = curl(&[&format!("{}/metrics", node.address)]);
    for metric in [
        "api_requests_total{endpoint=\"GET /api/notebooks\",status=\"200\"}",
        "api_request_duration_seconds_bucket{",
        "active_requests ",
        "models_loaded{model=\"all-MiniLM-L6-v2\"} 1",
        "model_load_duration_seconds{model=\"all-MiniLM-L6-v2\"}",
        "model_inference_duration_seconds_count{model=\"all-MiniLM-L6-v2\"}",
        "jobs_queued 0",
        "library_sources 1",
    ] {
        assert!(metrics.contains(metric), "{metric} is not in\n{metrics}");
    }
}

/// Id and name of the next event of a stream.
async fn read_next_event(
    stream: &mut (impl StreamExt<Item = reqwest::Result<axum::body::Bytes>> + Unpin),
) -> (String, String) {
    let mut text = String::new();
    while !text.contains("\n\n") {
        let chunk = wait_for_end("an event", stream.next()).await;
        text.push_str(&String::from_utf8_lossy(&chunk.unwrap().unwrap()));
    }
    let field = |name: &str| {
        let found = text.lines().find_map(|line| line.strip_prefix(name));
        found.unwrap_or_default().trim().to_owned()
    };
    (field("id:"), field("event:"))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reconnects_is_told_what_was_missed() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let subscribe = async |after: Option<&str>| {
        let mut request =
            create_http_client().get(format!("{}/api/events", node.address)).bearer_auth(&node.token);
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        request.send().await.unwrap().bytes_stream()
    };
    let mut stream = Box::pin(subscribe(None).await);
    node.create_notebook("One").await;
    let (id, name) = read_next_event(&mut stream).await;
    assert_eq!(name, "notebook");
    drop(stream);
    node.create_notebook("Two").await;
    let mut stream = Box::pin(subscribe(Some(&id)).await);
    let (later, name) = read_next_event(&mut stream).await;
    assert_eq!(name, "notebook");
    assert_ne!(later, id);
    let mut stream = Box::pin(subscribe(Some("of-another-process-7")).await);
    assert_eq!(read_next_event(&mut stream).await.1, "reset");
}
