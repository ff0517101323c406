//! Lines of a response body, whose chunks may end anywhere.

use std::time::Duration;

use futures::{Stream, StreamExt};
use hearth_domain::ChatError;
use reqwest::Response;

/// Maximum length of a line in bytes.
const MAX_LINE_BYTES: usize = 4 << 20;

/// The non-empty lines of a response body, without their ends. Fails if no bytes arrive for `idle_timeout`.
pub(crate) fn read_lines(
    response: Response,
    idle_timeout: Duration,
) -> impl Stream<Item = Result<Vec<u8>, ChatError>> + Send {
    async_stream::try_stream! {
        let mut body = response.bytes_stream();
        let mut buffer: Vec<u8> = Vec::new();
        let mut is_open = true;
        while is_open {
            let next = tokio::time::timeout(idle_timeout, body.next())
                .await
                .map_err(|_| ChatError::Stalled { seconds: idle_timeout.as_secs() })?;
            match next {
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
