//! Calls of operations: what is sent, and what becomes of each kind of response.

use futures::StreamExt;
use hearth_client::{Client, ClientError};
use hearth_domain::NotebookId;
use hearth_wire::operations::{
    ChangeSelection, DeleteNotebook, GetModel, GetOriginal, GetSelection, GetStatus, Search,
};
use hearth_wire::{ErrorCode, SearchQuery, Selection};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::server::{format_response, start};

/// Client of a server that gives one response, and the request once it was made.
async fn call_server<T>(
    response: &str,
    call: impl AsyncFnOnce(Client) -> Result<T, ClientError>,
) -> (Result<T, ClientError>, String) {
    let (address, requests) = start(vec![response]).await;
    // A slash at the end of the address is allowed.
    let outcome = call(Client::new(&format!("{address}/"), "secret").unwrap()).await;
    let request = requests.lock().unwrap().first().cloned().unwrap_or_default();
    (outcome, request)
}

#[tokio::test]
async fn a_call_carries_the_token_the_encoded_path_and_the_body() {
    let selection = Selection::default();
    let response = format_response("200 OK", "{\"source_ids\": []}");
    let (outcome, request) = call_server(&response, async |client| {
        client.call::<ChangeSelection>(&["a/b ü"], &(), &selection).await
    })
    .await;
    assert_eq!(outcome.unwrap(), selection);
    assert!(request.starts_with("PUT /api/notebooks/a%2Fb%20%C3%BC/selection HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nauthorization: Bearer secret\r\n"), "{request}");
    assert!(request.contains("\r\ncontent-type: application/json\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"source_ids\":[]}"), "{request}");
}

#[tokio::test]
async fn a_query_is_encoded_and_leaves_out_what_is_absent() {
    let query = SearchQuery { q: "a&b=ü +c".into(), limit: Some(5), ..SearchQuery::default() };
    let response = format_response("200 OK", "{\"hits\": [], \"took_ms\": 3}");
    let (outcome, request) =
        call_server(&response, async |client| client.call::<Search>(&[], &query, &()).await).await;
    assert_eq!(outcome.unwrap().took_ms, 3);
    assert!(request.starts_with("GET /api/search?q=a%26b%3D%C3%BC+%2Bc&limit=5 HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n"), "a GET has no body: {request}");
}

#[tokio::test]
async fn an_empty_response_is_a_success_without_a_value() {
    let response = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
    let (outcome, _) =
        call_server(response, async |client| client.call::<DeleteNotebook>(&["n"], &(), &()).await).await;
    outcome.unwrap();
}

#[tokio::test]
async fn a_refusal_keeps_code_message_and_details() {
    let body = "{\"error\": {\"code\": \"MODEL_NOT_FOUND\", \"message\": \"there is no model x\", \
                \"request_id\": \"r1\", \"details\": {\"known\": [\"y\"]}}}";
    let response = format_response("404 Not Found", body);
    let (outcome, _) =
        call_server(&response, async |client| client.call::<GetModel>(&["x"], &(), &()).await).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.error_code(), Some(ErrorCode::ModelNotFound));
    assert_eq!(error.to_string(), "there is no model x");
    assert!(
        matches!(&error, ClientError::Refused(api) if api.details["known"][0] == "y" && api.request_id == "r1")
    );
}

#[tokio::test]
async fn an_error_of_a_proxy_is_shown_with_its_status() {
    let response = format_response("502 Bad Gateway", "<html>bad gateway</html>");
    let (outcome, _) =
        call_server(&response, async |client| client.call::<GetModel>(&["x"], &(), &()).await).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.error_code(), None);
    assert!(error.to_string().contains("502 Bad Gateway: <html>bad gateway</html>"), "{error}");
}

#[tokio::test]
async fn a_response_of_another_form_is_no_value() {
    for body in ["<html>Hello</html>", "{\"source_ids\": 7}", "", "null"] {
        let response = format_response("200 OK", body);
        let (outcome, _) =
            call_server(&response, async |client| client.call::<GetSelection>(&["n"], &(), &()).await).await;
        assert!(matches!(outcome, Err(ClientError::Unexpected(_))), "{body}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_node_that_is_not_there_is_named_with_its_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Client::new(&address, "t").unwrap().call::<GetStatus>(&[], &(), &()).await.unwrap_err();
    let expected = format!("the node at {address} does not answer: nothing is listening at this address");
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn bytes_that_break_off_are_an_error() {
    let broken = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345";
    let (outcome, _) =
        call_server(broken, async |client| client.fetch_bytes::<GetOriginal>(&["s"], &()).await).await;
    assert!(matches!(outcome, Err(ClientError::Unexpected(_))), "{outcome:?}");
    let (outcome, _) = call_server(broken, async |client| {
        let chunks: Vec<_> = client.stream_bytes::<GetOriginal>(&["s"]).await?.collect().await;
        Ok(chunks)
    })
    .await;
    let chunks = outcome.unwrap();
    assert!(matches!(chunks.last(), Some(Err(ClientError::Unexpected(_)))), "{chunks:?}");
}

#[tokio::test]
async fn a_file_is_uploaded_under_the_given_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("on-disk.txt");
    std::fs::write(&path, "The boiler hums.").unwrap();
    let notebook = NotebookId(Uuid::now_v7());
    let response = format_response("202 Accepted", "{\"sources\": [], \"jobs\": [], \"refused\": []}");
    let (outcome, request) =
        call_server(&response, async |client| client.add_file(notebook, &path, "manual.txt").await).await;
    assert!(outcome.unwrap().sources.is_empty());
    assert!(
        request.starts_with(&format!("POST /api/notebooks/{notebook}/sources HTTP/1.1\r\n")),
        "{request}"
    );
    assert!(request.contains("\r\ncontent-type: multipart/form-data; boundary="), "{request}");
    assert!(request.contains("name=\"file\"; filename=\"manual.txt\""), "{request}");
    assert!(request.contains("\r\n\r\nThe boiler hums.\r\n--"), "{request}");
}

#[tokio::test]
async fn a_file_that_is_gone_is_named_and_nothing_is_sent() {
    let notebook = NotebookId(Uuid::now_v7());
    let path = std::path::Path::new("/no-such-folder/a.txt");
    let (outcome, request) =
        call_server("", async |client| client.add_file(notebook, path, "a.txt").await).await;
    let error = outcome.unwrap_err();
    assert!(matches!(&error, ClientError::File { .. }), "{error:?}");
    assert!(error.to_string().contains("/no-such-folder/a.txt"), "{error}");
    assert_eq!(request, "");
}
