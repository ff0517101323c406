//! Server-sent events of a node.

use std::time::Duration;

use futures::{Stream, StreamExt};
use hearth_domain::{TurnEvent, TurnId};
use hearth_wire::NodeEvent;
use hearth_wire::operations::{NodeEvents, TurnEvents};
use reqwest::Response;
use reqwest::header::ACCEPT;
use serde::de::DeserializeOwned;

use crate::{Client, ClientError};

/// Until the next try, times the number of tries.
const PATIENCE: Duration = Duration::from_millis(200);
const TRIES: u32 = 5;

impl Client {
    /// The events of a turn with their numbers, after a number, until its end. A connection that
    /// breaks is made anew where it broke.
    pub fn turn_events(
        &self,
        turn: TurnId,
        after: u64,
    ) -> impl Stream<Item = Result<(u64, TurnEvent), ClientError>> + use<> {
        let client = self.clone();
        async_stream::try_stream! {
            let mut seen = after;
            let mut tries = 0;
            loop {
                let request = client
                    .request::<TurnEvents>(&[&turn.to_string()])
                    .header(ACCEPT, "text/event-stream")
                    .header("last-event-id", seen.to_string());
                let response = client.send(request).await?;
                let mut events = std::pin::pin!(events(response));
                while let Some(event) = events.next().await {
                    let (id, event): (Option<String>, TurnEvent) = event?;
                    tries = 0;
                    seen = id.and_then(|id| id.parse().ok()).unwrap_or(seen);
                    let last = event.is_last();
                    yield (seen, event);
                    if last {
                        return;
                    }
                }
                tries += 1;
                if tries > TRIES {
                    Err(ClientError::Unexpected("the stream of events breaks off again and again".into()))?;
                }
                tokio::time::sleep(PATIENCE * tries).await;
            }
        }
    }

    /// What changes on the node, from now on, until the connection ends.
    pub async fn node_events(
        &self,
    ) -> Result<impl Stream<Item = Result<NodeEvent, ClientError>> + use<>, ClientError> {
        let request = self.request::<NodeEvents>(&[]).header(ACCEPT, "text/event-stream");
        let response = self.send(request).await?;
        Ok(events(response).map(|event| event.map(|(_, event)| event)))
    }
}

/// The events of a response with their ids, until the connection ends.
fn events<T: DeserializeOwned>(
    response: Response,
) -> impl Stream<Item = Result<(Option<String>, T), ClientError>> {
    async_stream::try_stream! {
        let mut body = response.bytes_stream();
        let mut buffer = Vec::new();
        while let Some(Ok(chunk)) = body.next().await {
            buffer.extend_from_slice(&chunk);
            while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
                let frame: Vec<u8> = buffer.drain(..end + 2).collect();
                if let Some(event) = parse(&frame)? {
                    yield event;
                }
            }
        }
    }
}

/// One server-sent event; `None` for a comment.
fn parse<T: DeserializeOwned>(frame: &[u8]) -> Result<Option<(Option<String>, T)>, ClientError> {
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
