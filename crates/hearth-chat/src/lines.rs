//! Lines of a response body, whose chunks may end anywhere.

use std::time::Duration;

use futures::{Stream, StreamExt};
use hearth_domain::ChatError;
use reqwest::Response;

/// Maximum length of a line in bytes.
const MAX_LINE_BYTES: usize = 4 << 20;

/// The next line of a body; fails if none arrives for `idle_timeout`, if there is one.
pub(crate) async fn next_line(
    lines: &mut (impl Stream<Item = Result<Vec<u8>, ChatError>> + Unpin),
    idle_timeout: Option<Duration>,
) -> Option<Result<Vec<u8>, ChatError>> {
    let Some(idle_timeout) = idle_timeout else {
        return lines.next().await;
    };
    let stalled = ChatError::Stalled { seconds: idle_timeout.as_secs() };
    tokio::time::timeout(idle_timeout, lines.next()).await.unwrap_or(Some(Err(stalled)))
}

/// The non-empty lines of a response body, without their ends.
pub(crate) fn read_lines(response: Response) -> impl Stream<Item = Result<Vec<u8>, ChatError>> + Send {
    async_stream::try_stream! {
        let mut body = response.bytes_stream();
        let mut buffer: Vec<u8> = Vec::new();
        let mut is_open = true;
        while is_open {
            match body.next().await {
                Some(chunk) => {
                    let chunk = chunk.map_err(|error| ChatError::Interrupted(error.to_string()))?;
                    buffer.extend_from_slice(&chunk);
                }
                None => {
                    is_open = false;
                    buffer.push(b'\n');
                }
            }
            let mut start = 0;
            while let Some(length) = buffer[start..].iter().position(|&byte| byte == b'\n') {
                let line = buffer[start..start + length].trim_ascii();
                start += length + 1;
                if !line.is_empty() {
                    yield line.to_vec();
                }
            }
            buffer.drain(..start);
            if buffer.len() > MAX_LINE_BYTES {
                Err(ChatError::Interrupted("the server sent a line that is too long".into()))?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::stream;
    use reqwest::Body;

    use super::*;

    type Piece = Result<Vec<u8>, io::Error>;

    /// The lines of a body that arrives in these pieces.
    async fn collect_lines(
        pieces: impl Stream<Item = Piece> + Send + 'static,
    ) -> Vec<Result<String, ChatError>> {
        let response = Response::from(axum::http::Response::new(Body::wrap_stream(pieces)));
        let lines = read_lines(response);
        lines.map(|line| line.map(|line| String::from_utf8(line).unwrap())).collect().await
    }

    fn pieces_of<const COUNT: usize>(
        pieces: [&[u8]; COUNT],
    ) -> impl Stream<Item = Piece> + Send + use<COUNT> {
        stream::iter(pieces.map(|piece| Ok(piece.to_vec())))
    }

    #[tokio::test]
    async fn lines_are_the_same_wherever_the_body_is_cut() {
        let body = "a\r\nü ☕\n\n \t\n{\"b\": 1}\n日本".as_bytes();
        for cut in 0..=body.len() {
            let (start, end) = body.split_at(cut);
            let lines = collect_lines(pieces_of([start, end])).await;
            let expected = ["a", "ü ☕", "{\"b\": 1}", "日本"].map(|line| Ok(line.to_owned()));
            assert_eq!(lines, expected, "{cut}");
        }
    }

    #[tokio::test]
    async fn a_line_comes_before_the_next_one_has_begun() {
        let pieces = pieces_of([b"first\n"]).chain(stream::pending());
        let response = Response::from(axum::http::Response::new(Body::wrap_stream(pieces)));
        let mut lines = Box::pin(read_lines(response));
        assert_eq!(lines.next().await, Some(Ok(b"first".to_vec())));
    }

    #[tokio::test]
    async fn a_body_without_lines_is_given_up_before_it_fills_the_memory() {
        let sent = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&sent);
        let pieces = stream::repeat_with(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok(vec![b'x'; 1 << 20])
        });
        let lines = collect_lines(pieces).await;
        assert!(matches!(lines[..], [Err(ChatError::Interrupted(_))]), "{lines:?}");
        assert!(sent.load(Ordering::Relaxed) < 10, "{sent:?} MiB");
    }

    #[tokio::test]
    async fn silence_is_an_error_only_where_there_is_a_limit() {
        let pieces = pieces_of([b"first\nhalf"]).chain(stream::pending());
        let response = Response::from(axum::http::Response::new(Body::wrap_stream(pieces)));
        let mut lines = Box::pin(read_lines(response));
        let limit = Some(Duration::from_millis(5));
        assert_eq!(next_line(&mut lines, limit).await, Some(Ok(b"first".to_vec())));
        assert_eq!(next_line(&mut lines, limit).await, Some(Err(ChatError::Stalled { seconds: 0 })));
        let waiting = tokio::time::timeout(Duration::from_millis(20), next_line(&mut lines, None));
        assert!(waiting.await.is_err(), "without a limit, there is no end");
    }

    #[tokio::test]
    async fn half_a_line_before_a_break_is_no_line() {
        let broken = stream::iter([Err(io::Error::other("reset"))]);
        let lines = collect_lines(pieces_of([b"first\nhalf"]).chain(broken)).await;
        assert!(
            matches!(&lines[..], [Ok(line), Err(ChatError::Interrupted(_))] if line == "first"),
            "{lines:?}"
        );
    }
}
