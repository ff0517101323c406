//! Event streams over connections that break, played by a server that sends given bytes.
#![allow(clippy::unwrap_used, reason = "tests")]

mod calls;
mod server;

use std::pin::pin;
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use hearth_client::{Client, ClientError};
use hearth_domain::{TurnEvent, TurnId};
use hearth_wire::NodeEvent;
use uuid::Uuid;

/// Head of a response whose body is announced as longer than it is, so that its end is a broken connection.
const BROKEN_HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 100000\r\n\r\n";
/// Head of a response that ends with its connection.
const WHOLE_HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

/// Starts a server that answers the connections with these responses, one after the other. Returns its client and the
/// requests so far.
async fn start_server<R: Into<Vec<u8>>>(responses: Vec<R>) -> (Client, Arc<Mutex<Vec<String>>>) {
    let (address, requests) = server::start(responses).await;
    (Client::new(&address, "token").unwrap(), requests)
}

/// The positions after which requests asked for events.
fn list_positions(requests: &Mutex<Vec<String>>) -> Vec<String> {
    let requests = requests.lock().unwrap();
    let find_position = |request: &String| {
        request.lines().find_map(|line| line.strip_prefix("last-event-id: ").map(str::to_owned))
    };
    requests.iter().filter_map(find_position).collect()
}

/// A body in chunks of one byte.
fn chunk_body(body: &str) -> Vec<u8> {
    let mut chunks = Vec::new();
    for byte in body.bytes() {
        chunks.extend([b'1', b'\r', b'\n', byte, b'\r', b'\n']);
    }
    chunks.extend(b"0\r\n\r\n");
    chunks
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
    assert_eq!(list_positions(&requests), ["0", "2", "3"]);
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

#[tokio::test]
async fn events_are_the_same_however_their_stream_is_cut() {
    let body = format!(
        "{}: keep\n\n{}id: 3\ndata: {{\"type\": \"cancelled\"}}\n\n",
        text_event(1, "Grüße ☕"),
        text_event(2, "日本")
    );
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let (client, _requests) = start_server(vec![[head.as_bytes(), &chunk_body(&body)].concat()]).await;
    let events: Vec<_> = client.stream_turn_events(TurnId(Uuid::now_v7()), 0).collect().await;
    let events: Vec<_> = events.into_iter().map(Result::unwrap).collect();
    let expected = [
        (1, TurnEvent::Text { text: "Grüße ☕".into() }),
        (2, TurnEvent::Text { text: "日本".into() }),
        (3, TurnEvent::Cancelled {}),
    ];
    assert_eq!(events, expected);
}

#[tokio::test]
async fn a_turns_stream_begins_after_the_given_position() {
    let (client, requests) =
        start_server(vec![format!("{WHOLE_HEAD}id: 42\ndata: {{\"type\": \"cancelled\"}}\n\n")]).await;
    client.stream_turn_events(TurnId(Uuid::now_v7()), 41).collect::<Vec<_>>().await;
    assert_eq!(list_positions(&requests), ["41"]);
}

#[tokio::test(start_paused = true)]
async fn events_without_a_number_leave_the_position_where_it_was() {
    let text = "data: {\"type\": \"text\", \"text\": \"a\"}\n\n";
    let (client, requests) = start_server(vec![
        format!("{WHOLE_HEAD}{}{text}id: x\n{text}", text_event(5, "a")),
        format!("{WHOLE_HEAD}data: {{\"type\": \"cancelled\"}}\n\n"),
    ])
    .await;
    let events: Vec<_> = client.stream_turn_events(TurnId(Uuid::now_v7()), 0).collect().await;
    let positions: Vec<u64> = events.iter().map(|event| event.as_ref().unwrap().0).collect();
    assert_eq!(positions, [5, 5, 5, 5]);
    assert_eq!(list_positions(&requests), ["0", "5"]);
}

#[tokio::test]
async fn a_turn_that_is_gone_is_not_asked_for_again() {
    let body = "{\"error\": {\"code\": \"NOT_FOUND\", \"message\": \"it is gone\"}}";
    let (client, requests) = start_server(vec![server::format_response("404 Not Found", body)]).await;
    let events: Vec<_> = client.stream_turn_events(TurnId(Uuid::now_v7()), 0).collect().await;
    assert!(matches!(&events[..], [Err(ClientError::Refused(_))]), "{events:?}");
    assert_eq!(requests.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_event_of_a_newer_node_does_not_end_the_stream() {
    let (client, _requests) = start_server(vec![format!(
        "{WHOLE_HEAD}data: {{\"type\": \"peer\", \"peer\": {{}}}}\n\ndata: {{\"type\": \"settings\"}}\n\n"
    )])
    .await;
    let events: Vec<_> = pin!(client.stream_node_events().await.unwrap()).collect().await;
    assert!(matches!(events[..], [Ok(NodeEvent::Settings {})]), "{events:?}");
}
