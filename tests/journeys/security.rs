//! The door, tried from outside.

use hearth_domain::SourceStatus;
use hearth_tests::NodeProcess;
use hearth_wire::operations::AddSources;
use hearth_wire::{ErrorCode, NewSources};
use reqwest::header::{AUTHORIZATION, COOKIE, HOST, HeaderMap, HeaderValue, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};

fn browser() -> Client {
    Client::builder().redirect(Policy::none()).no_proxy().build().unwrap()
}

async fn status(
    node: &NodeProcess,
    method: Method,
    path: &str,
    headers: &[(&'static str, String)],
) -> StatusCode {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, HeaderValue::from_str(value).unwrap());
    }
    let request = browser().request(method, format!("{}{path}", node.address)).headers(map);
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_comes_in() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let bearer = |token: &str| (AUTHORIZATION.as_str(), format!("Bearer {token}"));
    let get = |headers: Vec<(&'static str, String)>| {
        let node = &node;
        async move { status(node, Method::GET, "/api/notebooks", &headers).await }
    };
    assert_eq!(get(vec![]).await, StatusCode::UNAUTHORIZED);
    assert_eq!(get(vec![bearer("wrong")]).await, StatusCode::UNAUTHORIZED);
    assert_eq!(get(vec![bearer(&node.token)]).await, StatusCode::OK);
    // A foreign page, a rebound name, a cross-site image, even with the right token.
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
        assert_eq!(mode & 0o777, 0o600, "the token is this user's alone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_comes_in_once_with_its_code() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let entered = browser().get(&node.page).send().await.unwrap();
    assert_eq!(entered.status(), StatusCode::SEE_OTHER);
    let cookie = entered.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert!(entered.headers().contains_key(LOCATION));
    let replayed = browser().get(&node.page).send().await.unwrap();
    assert_eq!(replayed.status(), StatusCode::UNAUTHORIZED);

    let session = cookie.split(';').next().unwrap().to_owned();
    let with = |more: Vec<(&'static str, String)>| {
        let mut headers = vec![(COOKIE.as_str(), session.clone())];
        headers.extend(more);
        headers
    };
    assert_eq!(status(&node, Method::GET, "/api/notebooks", &with(vec![])).await, StatusCode::OK);
    // A form of another page sends the cookie, but not our origin.
    let made = status(&node, Method::POST, "/api/notebooks", &with(vec![])).await;
    assert_eq!(made, StatusCode::FORBIDDEN);
    let own = vec![(ORIGIN.as_str(), node.address.clone())];
    let made = status(&node, Method::POST, "/api/notebooks", &with(own)).await;
    assert_eq!(made, StatusCode::BAD_REQUEST, "allowed, but without a body");
    assert_eq!(status(&node, Method::GET, "/docs", &[]).await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_files_and_addresses_are_refused_one_by_one() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[("HEARTH_INGEST__MAX_UPLOAD_MB", "1")]);
    let notebook = node.notebook("Hostile").await;
    let large = node.add(notebook, "large.txt", &vec![b'a'; 2 << 20]).await;
    assert_eq!(large.refused[0].error.code, ErrorCode::TooLarge);
    let empty = node.add(notebook, "empty.txt", b"").await;
    assert_eq!(empty.refused[0].error.code, ErrorCode::InvalidRequest);
    let program = node.add(notebook, "x.pdf", b"MZ\x90\0").await;
    assert_eq!(program.refused[0].error.code, ErrorCode::UnsupportedMedia);
    let deep = format!("<!doctype html>{}deep words here{}", "<div>".repeat(10_000), "</div>".repeat(10_000));
    node.add(notebook, "deep.html", deep.as_bytes()).await;
    node.add(notebook, "liar.docx", b"PK\x03\x04 but no archive").await;
    let sources = node.settled(notebook).await;
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
    let second = hearth_tests::node::hearth(data.path(), &["node", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("in use by another node"));
}
