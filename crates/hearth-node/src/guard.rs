//! What every request passes: is it meant for us, does it come from our own page, and may whoever
//! sends it do this?

use std::net::SocketAddr;
use std::time::Instant;

use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hearth_wire::operation::Scope;
use hearth_wire::{ErrorBody, ErrorCode};
use uuid::Uuid;

use crate::app::App;
use crate::failure::Failure;

/// The page's cookie.
pub(crate) const COOKIE_NAME: &str = "hearth";

/// Around everything: request id, access log, protection of the page.
pub(crate) async fn outer(
    State(app): State<App>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = Uuid::now_v7().to_string();
    let endpoint = format!("{} {}", request.method(), request.uri().path());
    let response = match ours(&app, request.headers(), request.method()) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    };
    let mut response = with_id(response, &id);
    let status = response.status().as_u16();
    tracing::info!(target: "access", request_id = id, %client, endpoint, status, ms = started.elapsed().as_millis() as u64);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", id);
    }
    for (name, value) in PROTECTION {
        headers.entry(*name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Nothing of a page may run, load or be framed from elsewhere; nothing is guessed.
const PROTECTION: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
];

fn with_id(response: Response, id: &str) -> Response {
    let Some(body) = response.extensions().get::<ErrorBody>() else {
        return response;
    };
    let mut body = body.clone();
    id.clone_into(&mut body.error.request_id);
    (response.status(), Json(body)).into_response()
}

/// Refuses requests that another page made the browser send: a name that is not ours (DNS
/// rebinding), a foreign origin, a cross-site fetch.
fn ours(app: &App, headers: &HeaderMap, method: &Method) -> Result<(), Failure> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
    let foreign =
        |what: &str| Err(Failure::new(ErrorCode::Forbidden, format!("this request {what}; it is refused")));
    let host = text(HOST).unwrap_or("");
    if !app.hosts.iter().any(|ours| ours == host) {
        return foreign("is addressed to another host");
    }
    if let Some(origin) = text(ORIGIN) {
        let own =
            origin.strip_prefix("http://").is_some_and(|rest| app.hosts.iter().any(|ours| ours == rest));
        if !own {
            return foreign("comes from a foreign page");
        }
    }
    // Typing an address or following a link from elsewhere is a "none" or a top-level GET.
    match headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or("")) {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) if *method == Method::GET && text_is(headers, "sec-fetch-mode", "navigate") => Ok(()),
        Some(_) => foreign("was sent by a foreign page"),
    }
}

fn text_is(headers: &HeaderMap, name: &str, expected: &str) -> bool {
    headers.get(name).is_some_and(|value| value.as_bytes() == expected.as_bytes())
}

/// Around each operation: credentials for its scope.
pub(crate) async fn allowed(
    State((app, scope)): State<(App, Scope)>,
    request: Request,
    next: Next,
) -> Response {
    match check(&app, scope, &request) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
}

fn check(app: &App, scope: Scope, request: &Request) -> Result<(), Failure> {
    if scope == Scope::Open {
        return Ok(());
    }
    let headers = request.headers();
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if let Some(token) = bearer {
        return if app.credentials.knows_token(token.trim()) {
            Ok(())
        } else {
            Err(Failure::new(ErrorCode::Unauthorized, "this token is not, or no longer, valid"))
        };
    }
    let known = cookie(headers).is_some_and(|session| app.credentials.knows_session(session));
    if !known {
        return Err(Failure::new(
            ErrorCode::Unauthorized,
            "no credentials; programs send the token of node.json, pages open the address that `hearth node` prints",
        ));
    }
    // A cookie is sent by the browser by itself: what changes something must say where from.
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if !safe && !headers.contains_key(ORIGIN) {
        return Err(Failure::new(ErrorCode::Forbidden, "this request does not say which page it comes from"));
    }
    Ok(())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get(COOKIE)?.to_str().ok()?;
    all.split(';').find_map(|pair| pair.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='))
}
