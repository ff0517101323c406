//! Server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use serde::Serialize;

use crate::app::App;

/// Interval of the comments that keep idle connections open through proxies.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// One event of a stream.
pub(crate) struct StreamEvent<T> {
    pub(crate) id: Option<String>,
    pub(crate) name: &'static str,
    pub(crate) data: T,
}

/// Response that streams events until they end or the node stops.
pub(crate) fn stream_events<T: Serialize + Send + 'static>(
    app: &App,
    items: impl Stream<Item = StreamEvent<T>> + Send + 'static,
) -> Response {
    let stream = items.map(|item| {
        let event = Event::default().event(item.name);
        let event = match item.id {
            Some(id) => event.id(id),
            None => event,
        };
        let data = serde_json::to_string(&item.data).unwrap_or_else(|error| {
            tracing::error!(%error, "an event could not be serialised");
            "{}".to_owned()
        });
        Ok::<_, Infallible>(event.data(data))
    });
    let stream = stream.take_until(app.stop.clone().cancelled_owned());
    Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_INTERVAL)).into_response()
}
