//! Server-sent events of a node.

use std::time::Duration;

use futures::{Stream, StreamExt};
use hearth_domain::{TurnEvent, TurnId};
use hearth_wire::NodeEvent;
use hearth_wire::operations::{StreamNodeEvents, StreamTurnEvents};
use reqwest::Response;
use reqwest::header::ACCEPT;
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

/// Parses one server-sent event; `None` for a comment.
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
    let event = serde_json::from_str(&data).map_err(|error| ClientError::Unexpected(error.to_string()))?;
    Ok(Some((id, event)))
}
