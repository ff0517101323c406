//! What every request passes: is it meant for us, does it come from our own page, and may whoever
//! sends it do this?

use std::net::SocketAddr;
use std::time::Instant;

use axum::Json;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hearth_wire::operation::{Home, Scope};
use hearth_wire::{ErrorBody, ErrorCode};
use uuid::Uuid;

use crate::app::App;
use crate::credentials::{Bearer, Refusal, Visitor};
use crate::failure::Failure;
use crate::routes::shell::none;

/// The page's cookie. Browsers do not tell ports apart, so two nodes of a machine need two names.
pub(crate) fn cookie_name(app: &App) -> String {
    format!("hearth-{}", app.names.port())
}

/// Around everything: request id, access log, protection of the page.
pub(crate) async fn outer(
    State(app): State<App>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = Uuid::now_v7().to_string();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let active = app.metrics.begin();
    let allowed = app.names.admits(client.ip()).then_some(()).ok_or_else(|| {
        Failure::new(ErrorCode::Forbidden, "this address is not among those that may ask this node")
    });
    let response = match allowed.and_then(|()| ours(&app, request.headers(), request.method())) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    };
    drop(active);
    let mut response = with_id(response, &id);
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    // By pattern, not by path: ids would make a series each.
    let endpoint = response.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    app.metrics.count(&format!("{method} {endpoint}"), status, elapsed);
    let model = response.extensions().get::<ModelUsed>().map_or("-", |used| used.0.as_str());
    let (time, ms) = (app.engine.clock().now(), elapsed.as_millis());
    tracing::info!(target: "access", "{time} | {id} | {} | {method} {path} | {status} | {ms} | {model}", client.ip());
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

/// The model that an answer was made with, for the access log.
#[derive(Clone, Debug)]
pub(crate) struct ModelUsed(pub(crate) String);

/// Remembers which route a request took.
pub(crate) async fn matched(path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(path) = path {
        response.extensions_mut().insert(path);
    }
    response
}

fn with_id(response: Response, id: &str) -> Response {
    let Some(body) = response.extensions().get::<ErrorBody>() else {
        return response;
    };
    let mut body = body.clone();
    id.clone_into(&mut body.error.request_id);
    let (mut parts, _) = response.into_parts();
    let fresh = Json(body).into_response();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.extend(fresh.headers().clone());
    Response::from_parts(parts, fresh.into_body())
}

/// Refuses requests that another page made the browser send: a name that is not ours (DNS
/// rebinding), a foreign origin, a cross-site fetch.
fn ours(app: &App, headers: &HeaderMap, method: &Method) -> Result<(), Failure> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
    let foreign =
        |what: &str| Err(Failure::new(ErrorCode::Forbidden, format!("this request {what}; it is refused")));
    let host = text(HOST).unwrap_or("");
    if !app.names.is_ours(host) {
        return foreign("is addressed to another host");
    }
    if let Some(origin) = text(ORIGIN) {
        let own = origin
            .split_once("://")
            .is_some_and(|(scheme, rest)| scheme == app.names.scheme() && app.names.is_ours(rest));
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

/// Who sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Nobody had to say who.
    Anyone,
    Program(Bearer),
    Page(Visitor),
}

impl Caller {
    /// Whether the shell does something for it: for its window's page, and for what runs on this machine.
    fn has_shell(self) -> bool {
        matches!(self, Self::Page(Visitor::Window) | Self::Program(Bearer::Owner))
    }
}

/// Around each operation: credentials for its scope.
pub(crate) async fn allowed(
    State((app, scope, home)): State<(App, Scope, Home)>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match check(&app, scope, &request) {
        Ok(caller) => caller,
        Err(failure) => return failure.into_response(),
    };
    if home == Home::Shell && (app.shell.is_none() || !caller.has_shell()) {
        return none().into_response();
    }
    if let Caller::Program(Bearer::Key(id)) = caller {
        app.note_key(id);
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

fn check(app: &App, scope: Scope, request: &Request) -> Result<Caller, Failure> {
    if scope == Scope::Open {
        return Ok(Caller::Anyone);
    }
    let headers = request.headers();
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if let Some(token) = bearer {
        return match app.credentials.check(token.trim(), scope) {
            Ok(bearer) => Ok(Caller::Program(bearer)),
            Err(refusal) => Err(refused(refusal, scope)),
        };
    }
    let session = cookie(headers, &cookie_name(app));
    let Some(visitor) = session.and_then(|session| app.credentials.visitor(session)) else {
        return Err(Failure::new(
            ErrorCode::Unauthorized,
            "no credentials; programs send the token of node.json, pages open the address that `hearth node` prints",
        ));
    };
    // A cookie is sent by the browser by itself: what changes something must say where from.
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if !safe && !headers.contains_key(ORIGIN) {
        return Err(Failure::new(ErrorCode::Forbidden, "this request does not say which page it comes from"));
    }
    Ok(Caller::Page(visitor))
}

fn refused(refusal: Refusal, scope: Scope) -> Failure {
    match refusal {
        Refusal::Unknown => Failure::new(ErrorCode::Unauthorized, "this token is not, or no longer, valid"),
        Refusal::Scope => Failure::new(
            ErrorCode::Forbidden,
            format!("this key is not for that; it needs the scope {}", format!("{scope:?}").to_lowercase()),
        ),
        Refusal::Rate(wait) => {
            let seconds = wait.as_secs() + 1;
            let message = format!("this key has asked too often; try again in {seconds} s");
            Failure::new(ErrorCode::RateLimitExceeded, message).retry_after(seconds)
        }
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get(COOKIE)?.to_str().ok()?;
    all.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}
