//! The interface: the exchange of a one-time code, the page, and the files that the page needs, all
//! embedded in the program.

use axum::extract::{Query, State};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, LOCATION, SET_COOKIE, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use hearth_wire::ErrorCode;
use serde::Deserialize;

use crate::app::App;
use crate::credentials::{PageKind, SESSION_DAYS, hash_secret};
use crate::guard::cookie_name;
use crate::route_error::RouteError;

/// One file of the interface.
struct File {
    name: &'static str,
    /// True if `bytes` are compressed with brotli.
    packed: bool,
    tag: &'static str,
    bytes: &'static [u8],
}

const INTERFACE_FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/interface.rs"));
const PAGE_FILE: &str = "index.html";
/// Content security policy of the page: everything comes from this node. `wasm-unsafe-eval` is for the
/// interface, which is WebAssembly.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self'; font-src 'self'; connect-src 'self'; media-src 'self'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Query of the page's address.
#[derive(Deserialize)]
pub(crate) struct EntryQuery {
    code: Option<String>,
    /// Path of the page to open after the exchange.
    to: Option<String>,
}

/// Handles `/?code=…`: exchanges the code for the session cookie; without a code, serves the page.
pub(crate) async fn open_interface(
    State(app): State<App>,
    Query(query): Query<EntryQuery>,
    headers: HeaderMap,
) -> Response {
    let Some(code) = query.code else {
        return serve_page(&headers);
    };
    let Some(session) = app.credentials.exchange_code(&code) else {
        return (
            StatusCode::UNAUTHORIZED,
            Html("<!doctype html><title>Hearth</title><p>This address was already used or has expired. Run <code>hearth open</code>, or open the address that <code>hearth node</code> prints."),
        )
            .into_response();
    };
    let secure = if app.allowed_hosts.scheme() == "https" { "; Secure" } else { "" };
    let mut cookie =
        format!("{}={}; HttpOnly; SameSite=Strict; Path=/{secure}", cookie_name(&app), session.secret);
    // The window gets a new code each time: its stored sessions would only pile up.
    if session.page_kind == PageKind::Browser {
        cookie.push_str(&format!("; Max-Age={}", SESSION_DAYS * 86_400));
        if let Err(error) = app.machine.add_session(hash_secret(&session.secret)) {
            tracing::warn!(%error, "a page's session could not be stored; it ends with this process");
        }
    }
    let to = query.to.filter(|to| is_page_path(to)).unwrap_or_else(|| "/".to_owned());
    (StatusCode::SEE_OTHER, [(LOCATION, to), (SET_COOKIE, cookie)]).into_response()
}

/// Handles paths of no operation: a file of the interface, a path of the page, or an error.
pub(crate) async fn serve_interface_file(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    if is_page_path(path) {
        return serve_page(&headers);
    }
    match INTERFACE_FILES.iter().find(|file| file.name == &path[1..] && file.name != PAGE_FILE) {
        Some(file) => serve_file(file, &headers),
        None => RouteError::new(ErrorCode::NotFound, format!("there is nothing at {path}")).into_response(),
    }
}

/// True if the page itself routes a path.
pub fn is_page_path(path: &str) -> bool {
    path == "/" || path == "/settings" || path.starts_with("/notebook/")
}

fn serve_page(headers: &HeaderMap) -> Response {
    let Some(file) = INTERFACE_FILES.iter().find(|file| file.name == PAGE_FILE) else {
        let message = "this program was built without its interface: `cargo xtask run` builds both; the API is described at /docs";
        return (StatusCode::NOT_FOUND, message).into_response();
    };
    let mut response = serve_file(file, headers);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY));
    response
}

/// Sends a file as stored or, for clients without brotli, decompressed. Clients revalidate by ETag at each
/// visit, so that a new program's page never gets an old program's files.
fn serve_file(file: &'static File, headers: &HeaderMap) -> Response {
    let common = [
        (CONTENT_TYPE, media_type(file.name)),
        (CACHE_CONTROL, "no-cache"),
        (ETAG, file.tag),
        (VARY, "accept-encoding"),
    ];
    if headers.get(IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == file.tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    if !file.packed {
        return (common, file.bytes).into_response();
    }
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    if accepted.split(',').any(|encoding| encoding.trim().split(';').next() == Some("br")) {
        return (common, [(CONTENT_ENCODING, "br")], file.bytes).into_response();
    }
    let mut plain = Vec::new();
    match brotli_decompressor::BrotliDecompress(&mut &file.bytes[..], &mut plain) {
        Ok(()) => (common, plain).into_response(),
        Err(error) => {
            RouteError::new(ErrorCode::Internal, format!("{} is damaged: {error}", file.name)).into_response()
        }
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
