//! Event streams over connections that break, played by a server that sends given bytes.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::pin::pin;
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use hearth_client::{Client, ClientError};
use hearth_domain::{TurnEvent, TurnId};
use hearth_wire::NodeEvent;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use uuid::Uuid;

/// Head of a response whose body is announced as longer than it is, so that its end is a broken connection.
const BROKEN_HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 100000\r\n\r\n";
/// Head of a response that ends with its connection.
const WHOLE_HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

/// Starts a server that answers the connections with these responses, one after the other. Returns its client and the
/// requests so far.
async fn start_server(responses: Vec<String>) -> (Client, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::new(&format!("http://{}", listener.local_addr().unwrap()), "token").unwrap();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let received = Arc::clone(&requests);
    tokio::spawn(async move {
        for response in responses {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(connection.read_u8().await.unwrap());
            }
            received.lock().unwrap().push(String::from_utf8(request).unwrap());
            connection.write_all(response.as_bytes()).await.unwrap();
        }
    });
    (client, requests)
}

fn text_event(id: u64, text: &str) -> String {
    format!("id: {id}\nevent: text\ndata: {{\"type\": \"text\", \"text\": \"{text}\"}}\n\n")
}

#[tokio::test(start_paused = true)]
async fn a_turns_stream_goes_on_where_it_broke() {
    let half_event = "id: 3\nevent: text\ndata: {\"type\": \"te";
    let (client, requests) = start_server(vec![
        format!("{BROKEN_HEAD}{}: keep\n\n{}{half_event}", text_event(1, "The "), text_event(2, "burner ")),
        format!("{WHOLE_HEAD}{}", text_event(3, "hums")),
        format!("{WHOLE_HEAD}id: 4\ndata: {{\"type\": \"cancelled\"}}\n\n"),
    ])
    .await;
    let events: Vec<_> = client.stream_turn_events(TurnId(Uuid::now_v7()), 0).collect().await;
    let mut text = String::new();
    for event in &events {
        if let (_, TurnEvent::Text { text: part }) = event.as_ref().unwrap() {
            text.push_str(part);
        }
    }
    assert_eq!(text, "The burner hums");
    assert!(matches!(events.last(), Some(Ok((4, TurnEvent::Cancelled {})))), "{events:?}");
    let requests = requests.lock().unwrap();
    let positions: Vec<_> = requests
        .iter()
        .filter_map(|request| request.lines().find_map(|line| line.strip_prefix("last-event-id: ")))
        .collect();
    assert_eq!(positions, ["0", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn a_turns_stream_that_never_brings_anything_is_given_up() {
    let (client, requests) = start_server(vec![WHOLE_HEAD.to_owned(); 7]).await;
    let events: Vec<_> = client.stream_turn_events(TurnId(Uuid::now_v7()), 0).collect().await;
    assert!(matches!(events[..], [Err(ClientError::Unexpected(_))]), "{events:?}");
    assert_eq!(requests.lock().unwrap().len(), 6);
}

#[tokio::test]
async fn a_node_stream_that_breaks_says_so_and_one_that_ends_just_ends() {
    let event = "data: {\"type\": \"settings\"}\n\n";
    let (client, _requests) = start_server(vec![
        format!("{BROKEN_HEAD}{event}"),
        format!("{WHOLE_HEAD}{event}"),
        format!("{WHOLE_HEAD}data: {{\"type\": 7}}\n\n"),
    ])
    .await;
    let broken: Vec<_> = pin!(client.stream_node_events().await.unwrap()).collect().await;
    assert!(
        matches!(broken[..], [Ok(NodeEvent::Settings {}), Err(ClientError::Unreachable { .. })]),
        "{broken:?}"
    );
    let whole: Vec<_> = pin!(client.stream_node_events().await.unwrap()).collect().await;
    assert!(matches!(whole[..], [Ok(NodeEvent::Settings {})]), "{whole:?}");
    let foreign: Vec<_> = pin!(client.stream_node_events().await.unwrap()).collect().await;
    assert!(matches!(foreign[..], [Err(ClientError::Unexpected(_))]), "{foreign:?}");
}
