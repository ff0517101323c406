//! Tests of the messages of a session, without a process.

use hearth_domain::ErrorCode;

use super::*;

/// Bytes of frames.
fn frames(frames: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for bytes in frames {
        frame::write(&mut out, bytes).unwrap();
    }
    out
}

/// Reader of requests, with the state that the child keeps.
struct RequestReader<'a> {
    input: &'a [u8],
    number: u64,
    last_stopped: Arc<AtomicU64>,
}

impl<'a> RequestReader<'a> {
    fn new(input: &'a [u8]) -> Self {
        Self { input, number: 0, last_stopped: Arc::default() }
    }

    /// Next request whose bytes are at most four.
    fn next_request(&mut self) -> io::Result<Option<(String, Vec<u8>)>> {
        read_request(&mut self.input, 4, &mut self.number, &self.last_stopped)
    }

    fn is_stopped(&self, request: u64) -> bool {
        StopFlag { request, last_stopped: Arc::clone(&self.last_stopped) }.is_set()
    }
}

#[test]
fn a_stop_cancels_the_request_before_it_alone() {
    let stop = STOP_SIGNAL.to_le_bytes();
    let input = [
        &stop[..],
        &frames(&[b"\"one\"", b"1"]),
        &frames(&[b"\"two\"", b""]),
        &stop,
        &frames(&[b"\"three\"", b"3333"]),
    ]
    .concat();
    let mut reader = RequestReader::new(&input);
    // A stop before the first request cancels none.
    assert_eq!(reader.next_request().unwrap(), Some(("one".into(), b"1".to_vec())));
    assert!(!reader.is_stopped(1));
    assert_eq!(reader.next_request().unwrap(), Some(("two".into(), Vec::new())));
    assert!(!reader.is_stopped(1) && !reader.is_stopped(2));
    assert_eq!(reader.next_request().unwrap(), Some(("three".into(), b"3333".to_vec())));
    assert!(reader.is_stopped(2) && !reader.is_stopped(3));
    assert_eq!(reader.next_request().unwrap(), None);
}

#[test]
fn a_request_beyond_the_limits_or_cut_is_an_error() {
    let error_kind = |input: &[u8]| RequestReader::new(input).next_request().unwrap_err().kind();
    assert_eq!(error_kind(&frames(&[b"\"a\"", b"12345"])), io::ErrorKind::InvalidData);
    // A request without its bytes may have a mebibyte.
    assert_eq!(error_kind(&((1_u64 << 20) + 1).to_le_bytes()), io::ErrorKind::InvalidData);
    assert_eq!(error_kind(&frames(&[b"no JSON", b""])), io::ErrorKind::InvalidData);
    let complete = frames(&[b"\"a\"", b"1"]);
    for length in 1..complete.len() {
        assert_eq!(error_kind(&complete[..length]), io::ErrorKind::UnexpectedEof, "{length} bytes");
    }
}

/// Response as the child sends it: parts, then an end with these frames.
fn response(parts: &[&[u8]], end: &[&[u8]]) -> Vec<u8> {
    let mut output = Vec::new();
    let stop_flag = StopFlag { request: 1, last_stopped: Arc::default() };
    let mut context = RequestContext { output: &mut output, stop_flag };
    for part in parts {
        context.send_part(part).unwrap();
    }
    output.push(END_TAG);
    output.extend(frames(end));
    output
}

async fn read(output: &[u8], max_bytes: u64) -> Result<WorkerResponse<u32>, ExchangeError> {
    read_response(&mut &*output, max_bytes, None).await
}

#[tokio::test]
async fn the_parts_of_a_response_arrive_in_order_before_its_end() {
    let output = response(&[b"first", b"", b"third"], &[b"{\"Ok\":7}", b"rest"]);
    let (sender, mut parts) = mpsc::channel(8);
    let response = read_response(&mut &output[..], 100, Some(&sender)).await;
    let Ok(WorkerResponse { reply: 7_u32, bytes }) = response else { panic!("a reply expected") };
    assert_eq!(bytes, b"rest");
    drop(sender);
    for part in [&b"first"[..], b"", b"third"] {
        assert_eq!(parts.recv().await.as_deref(), Some(part));
    }
    assert_eq!(parts.recv().await, None);
    // A caller that is gone does not end the session.
    let (sender, _) = mpsc::channel(1);
    assert!(read_response::<u32>(&mut &output[..], 100, Some(&sender)).await.is_ok());
}

#[tokio::test]
async fn a_refusal_ends_a_response_without_bytes() {
    for refusal in [
        Refusal::Stopped,
        Refusal::new(ErrorCode::TooLarge, "too large"),
        Refusal::Unavailable { message: String::new() },
    ] {
        let reply = serde_json::to_vec(&Err::<(), _>(refusal.clone())).unwrap();
        let result = read(&response(&[], &[&reply]), 1000).await;
        assert!(matches!(result, Err(ExchangeError::Refused(found)) if found == refusal));
    }
}

#[tokio::test]
async fn a_response_that_breaks_the_protocol_is_an_error() {
    let error_kind = async |output: &[u8]| match read(output, 10).await {
        Err(ExchangeError::Broken(error)) => error.kind(),
        Ok(response) => panic!("{response:?}"),
        Err(ExchangeError::Refused(refusal)) => panic!("{refusal}"),
    };
    assert_eq!(error_kind(&[2, 0, 0, 0, 0, 0, 0, 0, 0]).await, io::ErrorKind::InvalidData);
    assert_eq!(error_kind(&response(&[&[0; 11]], &[])).await, io::ErrorKind::InvalidData);
    assert_eq!(error_kind(&response(&[], &[b"{\"Ok\":-7}", b""])).await, io::ErrorKind::InvalidData);
    let complete = response(&[b"part"], &[b"{\"Ok\":7}", b"rest"]);
    for length in 0..complete.len() {
        assert_eq!(error_kind(&complete[..length]).await, io::ErrorKind::UnexpectedEof, "{length} bytes");
    }
}
