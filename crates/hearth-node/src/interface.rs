//! The interface: the way in with a one-time code, its page, and the files that the page needs, all of
//! which are inside of the program.

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
use crate::credentials::{SESSION_DAYS, Visitor, digest};
use crate::failure::Failure;
use crate::guard::cookie_name;

/// One file of the interface.
struct File {
    name: &'static str,
    /// By brotli.
    packed: bool,
    tag: &'static str,
    bytes: &'static [u8],
}

const FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/interface.rs"));
const PAGE: &str = "index.html";
/// Only what comes from this node runs, is shown or is asked. `wasm-unsafe-eval` is for the interface,
/// which is WebAssembly.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self'; font-src 'self'; connect-src 'self'; media-src 'self'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

#[derive(Deserialize)]
pub(crate) struct Entrance {
    code: Option<String>,
    /// Where to go afterwards: a path of the page.
    to: Option<String>,
}

/// `/?code=…`: exchanges a code for the page's cookie; without a code, the page.
pub(crate) async fn enter(
    State(app): State<App>,
    Query(entrance): Query<Entrance>,
    headers: HeaderMap,
) -> Response {
    let Some(code) = entrance.code else {
        return page(&headers);
    };
    let Some(session) = app.credentials.exchange(&code) else {
        return (
            StatusCode::UNAUTHORIZED,
            Html("<!doctype html><title>Hearth</title><p>This address was used before or is too old. Run <code>hearth open</code>, or open the address that <code>hearth node</code> prints."),
        )
            .into_response();
    };
    let secure = if app.names.scheme() == "https" { "; Secure" } else { "" };
    let mut cookie =
        format!("{}={}; HttpOnly; SameSite=Strict; Path=/{secure}", cookie_name(&app), session.secret);
    // The window comes with a new code each time: what it left behind would only pile up.
    if session.visitor == Visitor::Browser {
        cookie.push_str(&format!("; Max-Age={}", SESSION_DAYS * 86_400));
        if let Err(error) = app.engine.store().add_session(&digest(&session.secret)).await {
            tracing::warn!(%error, "a page's session could not be kept; it ends with this process");
        }
    }
    let to = entrance.to.filter(|to| is_page(to)).unwrap_or_else(|| "/".to_owned());
    (StatusCode::SEE_OTHER, [(LOCATION, to), (SET_COOKIE, cookie)]).into_response()
}

/// What no operation answers: a file of the interface, a path of the page, or nothing.
pub(crate) async fn file(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    if is_page(path) {
        return page(&headers);
    }
    match FILES.iter().find(|file| file.name == &path[1..] && file.name != PAGE) {
        Some(file) => serve(file, &headers),
        None => Failure::new(ErrorCode::NotFound, format!("there is nothing at {path}")).into_response(),
    }
}

/// Paths that the page itself makes something of.
pub fn is_page(path: &str) -> bool {
    path == "/" || path == "/settings" || path.starts_with("/notebook/")
}

fn page(headers: &HeaderMap) -> Response {
    let Some(file) = FILES.iter().find(|file| file.name == PAGE) else {
        let message = "this program was built without its interface: `cargo xtask run` builds both; the API is described at /docs";
        return (StatusCode::NOT_FOUND, message).into_response();
    };
    let mut response = serve(file, headers);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// A file as it is or, for whoever does not take it so, unpacked. Asked for anew at each visit, which
/// costs an exchange of tags: a new program's page never meets an old program's files.
fn serve(file: &'static File, headers: &HeaderMap) -> Response {
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
    let takes = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    if takes.split(',').any(|encoding| encoding.trim().split(';').next() == Some("br")) {
        return (common, [(CONTENT_ENCODING, "br")], file.bytes).into_response();
    }
    let mut plain = Vec::new();
    match brotli_decompressor::BrotliDecompress(&mut &file.bytes[..], &mut plain) {
        Ok(()) => (common, plain).into_response(),
        Err(error) => {
            Failure::new(ErrorCode::Internal, format!("{} is damaged: {error}", file.name)).into_response()
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
