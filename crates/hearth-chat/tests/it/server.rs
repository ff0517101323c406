//! A server on this computer, and bodies that arrive in a given way.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures::{StreamExt, stream};
use hearth_domain::{ChatMessage, ChatRequest, Reasoning, Role, SamplingOptions};

/// Idle timeout of tests whose server answers.
pub(crate) const LONG_TIMEOUT: Duration = Duration::from_mins(5);
/// Idle timeout of tests whose server stays silent.
pub(crate) const SHORT_TIMEOUT: Duration = Duration::from_millis(30);

/// Starts a server; returns its address.
pub(crate) async fn start(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// A body in pieces of so many bytes.
pub(crate) fn cut_body(text: &str, piece_bytes: usize) -> Body {
    let pieces: Vec<Vec<u8>> = text.as_bytes().chunks(piece_bytes).map(<[u8]>::to_vec).collect();
    Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, Infallible>)))
}

/// A body that begins with a text and never ends.
pub(crate) fn open_body(text: String) -> Body {
    Body::from_stream(stream::iter([Ok::<_, Infallible>(text)]).chain(stream::pending()))
}

/// A question to the model `tiny`.
pub(crate) fn sample_request() -> ChatRequest {
    ChatRequest {
        model: "tiny".into(),
        messages: vec![ChatMessage { role: Role::User, text: "Is it warm?".into() }],
        context: 2048,
        max_answer: 100,
        reasoning: Reasoning::UpTo(0),
        sampling: SamplingOptions::with_temperature(0.5),
        schema: None,
    }
}
