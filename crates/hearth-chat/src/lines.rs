//! Lines out of a stream of bytes that is cut anywhere.

use std::time::Duration;

use futures::{Stream, StreamExt};
use hearth_domain::ChatError;
use reqwest::Response;

/// Longest line that a server may send.
const LONGEST: usize = 4 << 20;

/// The non-empty lines of a response body, without their ends. Fails when nothing comes for
/// `patience`.
pub(crate) fn lines(
    response: Response,
    patience: Duration,
) -> impl Stream<Item = Result<Vec<u8>, ChatError>> + Send {
    async_stream::try_stream! {
        let mut body = response.bytes_stream();
        let mut buffer: Vec<u8> = Vec::new();
        let mut open = true;
        while open {
            let next = tokio::time::timeout(patience, body.next())
                .await
                .map_err(|_| ChatError::Stalled { seconds: patience.as_secs() })?;
            match next {
                Some(chunk) => {
                    let chunk = chunk.map_err(|error| ChatError::Interrupted(error.to_string()))?;
                    buffer.extend_from_slice(&chunk);
                }
                None => {
                    open = false;
                    buffer.push(b'\n');
                }
            }
            let mut from = 0;
            while let Some(length) = buffer[from..].iter().position(|&byte| byte == b'\n') {
                let line = buffer[from..from + length].trim_ascii();
                from += length + 1;
                if !line.is_empty() {
                    yield line.to_vec();
                }
            }
            buffer.drain(..from);
            if buffer.len() > LONGEST {
                Err(ChatError::Interrupted("it sent a line without end".into()))?;
            }
        }
    }
}
