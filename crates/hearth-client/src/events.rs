//! Server-sent events of a node.

use std::time::Duration;

use futures::{Stream, StreamExt};
use hearth_domain::{TurnEvent, TurnId};
use hearth_wire::NodeEvent;
use hearth_wire::operations::{StreamNodeEvents, StreamTurnEvents};
use reqwest::Response;
use reqwest::header::ACCEPT;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Client, ClientError};

/// Delay before the next attempt, times the number of attempts so far.
const RETRY_DELAY: Duration = Duration::from_millis(200);
/// Maximum number of reconnections without any event between them.
const MAX_ATTEMPTS: u32 = 5;

impl Client {
    /// Streams the events of a turn with their positions, after a position, until its end. A connection that
    /// breaks is resumed where it broke.
    pub fn stream_turn_events(
        &self,
        turn: TurnId,
        after: u64,
    ) -> impl Stream<Item = Result<(u64, TurnEvent), ClientError>> + use<> {
        let client = self.clone();
        async_stream::try_stream! {
            let mut position = after;
            let mut attempts = 0;
            loop {
                let request = client
                    .build_request::<StreamTurnEvents>(&[&turn.to_string()])
                    .header(ACCEPT, "text/event-stream")
                    .header("last-event-id", position.to_string());
                let response = client.send(request).await?;
                let mut events = std::pin::pin!(client.parse_events(response));
                while let Some(event) = events.next().await {
                    let (id, event): (Option<String>, TurnEvent) = match event {
                        Err(ClientError::Unreachable { .. }) => break,
                        event => event?,
                    };
                    attempts = 0;
                    position = id.and_then(|id| id.parse().ok()).unwrap_or(position);
                    let is_last = event.is_last();
                    yield (position, event);
                    if is_last {
                        return;
                    }
                }
                attempts += 1;
                if attempts > MAX_ATTEMPTS {
                    Err(ClientError::Unexpected("the event stream was interrupted too many times".into()))?;
                }
                tokio::time::sleep(RETRY_DELAY * attempts).await;
            }
        }
    }

    /// Streams the events of the node, from now on, until the node ends the connection; one that breaks is an
    /// [`ClientError::Unreachable`].
    pub async fn stream_node_events(
        &self,
    ) -> Result<impl Stream<Item = Result<NodeEvent, ClientError>> + use<>, ClientError> {
        let request = self.build_request::<StreamNodeEvents>(&[]).header(ACCEPT, "text/event-stream");
        let response = self.send(request).await?;
        Ok(self.parse_events(response).map(|event| event.map(|(_, event)| event)))
    }

    /// Parses the events of a response, with their ids, until the node ends the connection.
    fn parse_events<T: DeserializeOwned>(
        &self,
        response: Response,
    ) -> impl Stream<Item = Result<(Option<String>, T), ClientError>> + use<T> {
        let address = self.address.clone();
        async_stream::try_stream! {
            let mut body = response.bytes_stream();
            let mut buffer = Vec::new();
            while let Some(chunk) = body.next().await {
                let chunk = chunk.map_err(|error| ClientError::Unreachable {
                    address: address.clone(),
                    reason: format!("the connection broke ({error})"),
                })?;
                buffer.extend_from_slice(&chunk);
                while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
                    let frame: Vec<u8> = buffer.drain(..end + 2).collect();
                    if let Some(event) = parse_event(&frame)? {
                        yield event;
                    }
                }
            }
        }
    }
}

/// Parses one server-sent event; `None` for a comment, and for an event of a type that only newer nodes know.
fn parse_event<T: DeserializeOwned>(frame: &[u8]) -> Result<Option<(Option<String>, T)>, ClientError> {
    let text = String::from_utf8_lossy(frame);
    let field = |name: &str| -> Vec<&str> {
        text.lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim_start)
            .collect()
    };
    let data = field("data").join("\n");
    if data.is_empty() {
        return Ok(None);
    }
    let id = field("id").first().map(|id| (*id).to_owned());
    match serde_json::from_str(&data) {
        Ok(event) => Ok(Some((id, event))),
        Err(error) if is_unknown_type(&data, &error) => Ok(None),
        Err(error) => Err(ClientError::Unexpected(error.to_string())),
    }
}

/// True if an event could not be parsed because only newer nodes know its type.
fn is_unknown_type(data: &str, error: &serde_json::Error) -> bool {
    #[derive(Deserialize)]
    struct TypedEvent {
        r#type: String,
    }
    // serde tells this error from others by its text only.
    serde_json::from_str::<TypedEvent>(data)
        .is_ok_and(|event| error.to_string().starts_with(&format!("unknown variant `{}`", event.r#type)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value, json};

    use super::*;

    fn parse(frame: &str) -> Option<(Option<String>, Value)> {
        parse_event(frame.as_bytes()).unwrap()
    }

    #[test]
    fn an_event_is_its_data_with_its_id() {
        let event = Some((Some("7".to_owned()), json!({"a": 1})));
        assert_eq!(parse("id: 7\nevent: text\ndata: {\"a\": 1}\n\n"), event);
        // The space after a colon is optional, and the order is free.
        assert_eq!(parse("data:{\"a\":1}\nid:7\n\n"), event);
        assert_eq!(parse("data: {\"a\": 1}\n\n"), Some((None, json!({"a": 1}))));
    }

    #[test]
    fn lines_of_data_are_one_text() {
        assert_eq!(parse("data: {\"a\":\ndata: 1}\n\n"), Some((None, json!({"a": 1}))));
    }

    #[test]
    fn comments_and_events_without_data_are_skipped() {
        for frame in
            [": keep-alive\n\n", "id: 7\n\n", "event: text\n\n", "retry: 10\n\n", "data:\n\n", "\n\n"]
        {
            assert_eq!(parse(frame), None, "{frame:?}");
        }
    }

    #[test]
    fn a_field_whose_name_only_begins_like_another_is_skipped() {
        assert_eq!(parse("database: 1\nidle: 2\ndata: 3\n\n"), Some((None, json!(3))));
    }

    #[test]
    fn an_event_of_a_newer_node_is_skipped() {
        let frame = b"data: {\"type\": \"peer\", \"id\": 1}\n\n";
        assert!(parse_event::<NodeEvent>(frame).unwrap().is_none());
        assert!(parse_event::<TurnEvent>(frame).unwrap().is_none());
    }

    #[test]
    fn a_known_event_of_another_form_is_an_error() {
        for data in
            ["{\"type\": \"text\"}", "{\"type\": \"text\", \"text\": 1}", "{\"text\": \"a\"}", "<html>"]
        {
            let frame = format!("data: {data}\n\n");
            let event = parse_event::<TurnEvent>(frame.as_bytes());
            assert!(matches!(event, Err(ClientError::Unexpected(_))), "{data}: {event:?}");
        }
    }
}
