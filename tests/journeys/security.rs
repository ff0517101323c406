//! Access control and hostile input: what an attacker may send is refused.

use hearth_domain::SourceStatus;
use hearth_tests::{NodeProcess, WAIT_TIMEOUT};
use hearth_wire::operations::AddSources;
use hearth_wire::{ErrorCode, NewSources};
use reqwest::header::{AUTHORIZATION, COOKIE, HOST, HeaderMap, HeaderValue, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};

/// HTTP client that follows no redirects, as a browser without a session.
fn create_http_client() -> Client {
    Client::builder().redirect(Policy::none()).no_proxy().build().unwrap()
}

/// Status of the response to a request with headers.
async fn request_status(
    node: &NodeProcess,
    method: Method,
    path: &str,
    headers: &[(&'static str, String)],
) -> StatusCode {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, HeaderValue::from_str(value).unwrap());
    }
    let request = create_http_client().request(method, format!("{}{path}", node.address)).headers(map);
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_comes_in() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let bearer = |token: &str| (AUTHORIZATION.as_str(), format!("Bearer {token}"));
    let get = |headers: Vec<(&'static str, String)>| {
        let node = &node;
        async move { request_status(node, Method::GET, "/api/notebooks", &headers).await }
    };
    assert_eq!(get(vec![]).await, StatusCode::UNAUTHORIZED);
    assert_eq!(get(vec![bearer("wrong")]).await, StatusCode::UNAUTHORIZED);
    assert_eq!(get(vec![bearer(&node.token)]).await, StatusCode::OK);
    // A foreign page, a rebound name and a cross-site image are refused even with the right token.
    let foreign = [
        (ORIGIN.as_str(), "http://evil.example".to_owned()),
        (ORIGIN.as_str(), "null".to_owned()),
        (HOST.as_str(), "evil.example".to_owned()),
        (HOST.as_str(), "127.0.0.1.evil.example:4327".to_owned()),
        ("sec-fetch-site", "cross-site".to_owned()),
        ("sec-fetch-site", "same-site".to_owned()),
    ];
    for header in foreign {
        let refused = get(vec![bearer(&node.token), header.clone()]).await;
        assert_eq!(refused, StatusCode::FORBIDDEN, "{header:?}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(data.path().join("node.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only this user can read the token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_comes_in_once_with_its_code() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let entered = create_http_client().get(&node.login_address).send().await.unwrap();
    assert_eq!(entered.status(), StatusCode::SEE_OTHER);
    let cookie = entered.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert!(entered.headers().contains_key(LOCATION));
    let replayed = create_http_client().get(&node.login_address).send().await.unwrap();
    assert_eq!(replayed.status(), StatusCode::UNAUTHORIZED);

    let session = cookie.split(';').next().unwrap().to_owned();
    let session_headers = |more: Vec<(&'static str, String)>| {
        let mut headers = vec![(COOKIE.as_str(), session.clone())];
        headers.extend(more);
        headers
    };
    let listed = request_status(&node, Method::GET, "/api/notebooks", &session_headers(vec![])).await;
    assert_eq!(listed, StatusCode::OK);
    // A form of another page sends the cookie, but not the node's origin.
    let foreign = request_status(&node, Method::POST, "/api/notebooks", &session_headers(vec![])).await;
    assert_eq!(foreign, StatusCode::FORBIDDEN);
    let origin = vec![(ORIGIN.as_str(), node.address.clone())];
    let own = request_status(&node, Method::POST, "/api/notebooks", &session_headers(origin)).await;
    assert_eq!(own, StatusCode::BAD_REQUEST, "allowed, but without a body");
    assert_eq!(request_status(&node, Method::GET, "/docs", &[]).await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_files_and_addresses_are_refused_one_by_one() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[("HEARTH_INGEST__MAX_UPLOAD_MB", "1")]);
    let notebook = node.create_notebook("Hostile").await;
    let large = node.add_file(notebook, "large.txt", &vec![b'a'; 2 << 20]).await;
    assert_eq!(large.refused[0].error.code, ErrorCode::TooLarge);
    let empty = node.add_file(notebook, "empty.txt", b"").await;
    assert_eq!(empty.refused[0].error.code, ErrorCode::InvalidRequest);
    let program = node.add_file(notebook, "x.pdf", b"MZ\x90\0").await;
    assert_eq!(program.refused[0].error.code, ErrorCode::UnsupportedMedia);
    let nested =
        format!("<!doctype html>{}deep words here{}", "<div>".repeat(10_000), "</div>".repeat(10_000));
    node.add_file(notebook, "deep.html", nested.as_bytes()).await;
    node.add_file(notebook, "liar.docx", b"PK\x03\x04 but no archive").await;
    let sources = node.wait_until_settled(notebook).await;
    let deep = sources.iter().find(|source| source.title == "deep.html").unwrap();
    assert_eq!(deep.status, SourceStatus::Ready, "{deep:?}");

    let urls =
        ["http://127.0.0.1:1/", "http://localhost:1/x", "http://[::ffff:127.0.0.1]/", "file:///etc/passwd"];
    let body = NewSources::Urls { urls: urls.map(str::to_owned).to_vec() };
    let added = node.client.call::<AddSources>(&[&notebook.to_string()], &(), &body).await.unwrap();
    assert!(added.sources.is_empty());
    assert_eq!(added.refused.len(), urls.len(), "{:?}", added.refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_node_leaves_the_library_to_the_first() {
    let data = tempfile::tempdir().unwrap();
    let _node = NodeProcess::start(data.path(), &[]);
    let second = hearth_tests::node::run_hearth(data.path(), &["node", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("in use by another node"));
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_end_in_a_clear_error_and_the_node_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("Bombs").await;
    node.add_file(notebook, "bomb.docx", &create_zip_bomb("word/document.xml", 1 << 30)).await;
    node.add_file(notebook, "bomb.xlsx", &create_zip_bomb("xl/workbook.xml", 1 << 30)).await;
    // A billion laughs: nested entities that expand.
    let mut laughs = String::from("<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a0 \"ha\">");
    for level in 1..30 {
        let before = level - 1;
        laughs.push_str(&format!("<!ENTITY a{level} \"&a{before};&a{before};\">"));
    }
    laughs.push_str("]><html><body><p>&a29; some honest words</p></body></html>");
    node.add_file(notebook, "laughs.html", laughs.as_bytes()).await;
    node.add_file(notebook, "honest.md", b"# Honest\n\nThe well is nine metres deep.").await;
    let sources = node.wait_until_settled(notebook).await;
    for source in sources.iter().filter(|source| source.title.starts_with("bomb")) {
        assert_eq!(source.status, SourceStatus::Failed, "{source:?}");
        let error = source.error.as_ref().unwrap();
        assert!(!error.message.is_empty() && error.code != ErrorCode::Internal, "{error:?}");
    }
    let honest = sources.iter().find(|source| source.title == "honest.md").unwrap();
    assert_eq!(honest.status, SourceStatus::Ready);
}

/// ZIP archive with one part of so many spaces, which compress well.
fn create_zip_bomb(part: &str, bytes: usize) -> Vec<u8> {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let types = "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
    archive.start_file("[Content_Types].xml", options).unwrap();
    archive.write_all(types.as_bytes()).unwrap();
    archive.start_file(part, options).unwrap();
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..bytes >> 20 {
        archive.write_all(&spaces).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_of_headers_are_cut_off() {
    use std::io::{ErrorKind, Read, Write};
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let address = node.address.strip_prefix("http://").unwrap().to_owned();
    for header in ["X-Many: 1\r\n".repeat(100_000), format!("X-Long: {}\r\n", "a".repeat(8 << 20))] {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(WAIT_TIMEOUT)).unwrap();
        let request = format!("GET /health HTTP/1.1\r\nHost: {address}\r\n{header}\r\n");
        // The node may close the connection while the request is sent.
        let _ = stream.write_all(request.as_bytes());
        let mut response = [0; 64];
        let read = stream.read(&mut response).unwrap_or_else(|error| {
            assert!(
                !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
                "not cut off: {error}"
            );
            0
        });
        let response = String::from_utf8_lossy(&response[..read]).into_owned();
        assert!(
            response.is_empty() || response.contains(" 431 ") || response.contains(" 400 "),
            "{response}"
        );
    }
    assert_eq!(request_status(&node, Method::GET, "/health", &[]).await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_way_of_writing_an_address_leads_into_the_house() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("Pages").await;
    // A server that a request to these addresses would reach.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let port = address.port();
    let urls: Vec<String> = [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "user@127.0.0.1",
        "localhost.",
        "LOCALHOST",
    ]
    .iter()
    .map(|host| format!("http://{host}:{port}/"))
    .collect();
    let count = urls.len();
    let body = NewSources::Urls { urls };
    let added = node.client.call::<AddSources>(&[&notebook.to_string()], &(), &body).await.unwrap();
    assert!(added.sources.is_empty());
    assert_eq!(added.refused.len(), count);
    // The first connection is this test's own.
    let own = tokio::net::TcpStream::connect(address).await.unwrap();
    let (_, first) = listener.accept().await.unwrap();
    assert_eq!(first, own.local_addr().unwrap(), "the node connected to this machine");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_stays_let_in_when_the_node_restarts() {
    let data = tempfile::tempdir().unwrap();
    let mut node = NodeProcess::start(data.path(), &[]);
    let entered = create_http_client().get(&node.login_address).send().await.unwrap();
    let session = entered.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    node.kill();
    let address = node.address.strip_prefix("http://").unwrap().to_owned();
    let mut command = std::process::Command::new(hearth_tests::node::hearth_program());
    command.arg("--data-dir").arg(data.path()).args(["node", "--listen", &address]);
    let node = NodeProcess::start_with_command(command, data.path(), &[]);
    let listed = request_status(&node, Method::GET, "/api/notebooks", &[(COOKIE.as_str(), session)]).await;
    assert_eq!(listed, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_network_a_node_speaks_tls_and_to_whom_it_may() {
    let data = tempfile::tempdir().unwrap();
    let start = |arguments: &[&str], settings: &[(&str, &str)]| {
        let mut command = std::process::Command::new(hearth_tests::node::hearth_program());
        command.arg("--data-dir").arg(data.path()).args(["node", "--listen", "0.0.0.0:0"]).args(arguments);
        NodeProcess::start_with_command(command, data.path(), settings)
    };
    let node = start(&[], &[]);
    assert!(node.address.starts_with("https://127.0.0.1:"), "{}", node.address);
    // The client trusts this certificate and no other.
    node.create_notebook("Over TLS").await;
    assert!(
        create_http_client().get(format!("{}/health", node.address)).send().await.is_err(),
        "an unknown certificate"
    );
    let plain = node.address.replace("https:", "http:");
    assert!(
        create_http_client().get(format!("{plain}/health")).send().await.is_err(),
        "no plain HTTP beside it"
    );
    let listed = hearth_tests::node::run_hearth(data.path(), &["list"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("Over TLS"), "the command line has access");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(data.path().join("tls/key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    drop(node);
    let node = start(&["--insecure-http"], &[]);
    let get = async |host: &str| {
        request_status(&node, Method::GET, "/health", &[(HOST.as_str(), host.to_owned())]).await
    };
    let port = node.address.rsplit(':').next().unwrap().to_owned();
    assert_eq!(get(&format!("192.168.7.7:{port}")).await, StatusCode::OK, "an address cannot be rebound");
    assert_eq!(get(&format!("evil.example:{port}")).await, StatusCode::FORBIDDEN);
    assert_eq!(request_status(&node, Method::GET, "/api/notebooks", &[]).await, StatusCode::UNAUTHORIZED);
}
