//! A server on this computer that sends given bytes.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Starts a server that answers the connections with these responses, one after the other. Returns its address and the
/// requests so far, each with its body.
pub(crate) async fn start<R: Into<Vec<u8>>>(responses: Vec<R>) -> (String, Arc<Mutex<Vec<String>>>) {
    let responses: Vec<Vec<u8>> = responses.into_iter().map(Into::into).collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let received = Arc::clone(&requests);
    tokio::spawn(async move {
        for response in responses {
            let (mut connection, _) = listener.accept().await.unwrap();
            let request = read_request(&mut connection).await;
            received.lock().unwrap().push(request);
            connection.write_all(&response).await.unwrap();
        }
    });
    (address, requests)
}

/// Reads a request: its head, and as much body as the head announces.
async fn read_request(connection: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(connection.read_u8().await.unwrap());
    }
    let mut request = String::from_utf8(request).unwrap();
    let length = request.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    connection.read_exact(&mut body).await.unwrap();
    request.push_str(&String::from_utf8(body).unwrap());
    request
}

/// A response with a body.
pub(crate) fn format_response(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}
