//! Checks of every request: client address, host and origin (DNS rebinding, cross-site requests), and
//! credentials for the operation's scope.

use std::net::SocketAddr;
use std::time::Instant;

use axum::Json;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hearth_wire::openai::{OPENAI_PATH_PREFIX, OpenAiError, OpenAiErrorBody};
use hearth_wire::operation::{Home, Scope};
use hearth_wire::{ErrorBody, ErrorCode};
use uuid::Uuid;

use crate::app::App;
use crate::credentials::{Bearer, PageKind, Refusal};
use crate::route_error::RouteError;
use crate::routes::shell::shell_unavailable;

/// Name of the session cookie. Browsers share cookies between ports, so each node of a machine needs its own.
pub(crate) fn cookie_name(app: &App) -> String {
    format!("hearth-{}", app.allowed_hosts.port())
}

/// Middleware around all routes: request id, access log, metrics, host and origin checks, security headers.
pub(crate) async fn request_layer(
    State(app): State<App>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = Uuid::now_v7().to_string();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let active = app.metrics.begin_request();
    let allowed = app.allowed_hosts.is_allowed_client(client.ip()).then_some(()).ok_or_else(|| {
        RouteError::new(
            ErrorCode::Forbidden,
            "requests from this address are not allowed; see the setting node.allow",
        )
    });
    let response = match allowed.and_then(|()| check_origin(&app, request.headers(), request.method())) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    };
    drop(active);
    let mut response = with_request_id(response, &id, path.starts_with(OPENAI_PATH_PREFIX));
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    // The route's pattern, not the path: ids would make a time series each.
    let endpoint = response.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    app.metrics.record_request(&format!("{method} {endpoint}"), status, elapsed);
    let model = response.extensions().get::<ModelUsed>().map_or("-", |used| used.0.as_str());
    let (time, ms) = (app.library.clock().now(), elapsed.as_millis());
    tracing::info!(target: "access", "{time} | {id} | {} | {method} {path} | {status} | {ms} | {model}", client.ip());
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", id);
    }
    for (name, value) in SECURITY_HEADERS {
        headers.entry(*name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Security headers: nothing is run, loaded or framed across origins; media types are not sniffed.
const SECURITY_HEADERS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
];

/// Model that made a response, for the access log.
#[derive(Clone, Debug)]
pub(crate) struct ModelUsed(pub(crate) String);

/// Middleware that stores the matched route in the response's extensions.
pub(crate) async fn store_matched_route(path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(path) = path {
        response.extensions_mut().insert(path);
    }
    response
}

/// Adds the request's id to an error, and gives it OpenAI's form where that is expected.
fn with_request_id(response: Response, id: &str, is_openai: bool) -> Response {
    let Some(body) = response.extensions().get::<ErrorBody>() else {
        return response;
    };
    let mut body = body.clone();
    id.clone_into(&mut body.error.request_id);
    let (mut parts, _) = response.into_parts();
    let fresh = if is_openai {
        Json(OpenAiErrorBody { error: OpenAiError::from(&body.error) }).into_response()
    } else {
        Json(body).into_response()
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.extend(fresh.headers().clone());
    Response::from_parts(parts, fresh.into_body())
}

/// Refuses requests that a foreign page made the browser send: a host that is not this node's (DNS
/// rebinding), a foreign origin, a cross-site fetch.
fn check_origin(app: &App, headers: &HeaderMap, method: &Method) -> Result<(), RouteError> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
    let refuse =
        |reason: &str| Err(RouteError::new(ErrorCode::Forbidden, format!("request refused: it {reason}")));
    let host = text(HOST).unwrap_or("");
    if !app.allowed_hosts.is_allowed_host(host) {
        return refuse("is addressed to another host");
    }
    if let Some(origin) = text(ORIGIN) {
        let is_own = origin.split_once("://").is_some_and(|(scheme, rest)| {
            scheme == app.allowed_hosts.scheme() && app.allowed_hosts.is_allowed_host(rest)
        });
        if !is_own {
            return refuse("comes from a foreign page");
        }
    }
    // A typed address is sent as "none", a followed link as a top-level GET.
    match headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or("")) {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) if *method == Method::GET && has_header_value(headers, "sec-fetch-mode", "navigate") => {
            Ok(())
        }
        Some(_) => refuse("was sent by a foreign page"),
    }
}

fn has_header_value(headers: &HeaderMap, name: &str, expected: &str) -> bool {
    headers.get(name).is_some_and(|value| value.as_bytes() == expected.as_bytes())
}

/// Sender of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Sender of an open operation, which needs no credentials.
    Anyone,
    Program(Bearer),
    Page(PageKind),
}

impl Caller {
    /// True if the caller may use the shell: the window's page, and programs of this machine.
    fn can_use_shell(self) -> bool {
        matches!(self, Self::Page(PageKind::Window) | Self::Program(Bearer::Owner))
    }
}

/// Middleware around each operation: credentials for its scope.
pub(crate) async fn authorize(
    State((app, scope, home)): State<(App, Scope, Home)>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match authenticate_caller(&app, scope, &request) {
        Ok(caller) => caller,
        Err(failure) => return failure.into_response(),
    };
    if home == Home::Shell && (app.shell.is_none() || !caller.can_use_shell()) {
        return shell_unavailable().into_response();
    }
    if let Caller::Program(Bearer::Key(id)) = caller {
        app.record_key_use(id);
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

fn authenticate_caller(app: &App, scope: Scope, request: &Request) -> Result<Caller, RouteError> {
    if scope == Scope::Open {
        return Ok(Caller::Anyone);
    }
    let headers = request.headers();
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if let Some(token) = bearer {
        return match app.credentials.check_token(token.trim(), scope) {
            Ok(bearer) => Ok(Caller::Program(bearer)),
            Err(refusal) => Err(refusal_error(refusal, scope)),
        };
    }
    let session = find_cookie(headers, &cookie_name(app));
    let Some(page_kind) = session.and_then(|session| app.credentials.session_page_kind(session)) else {
        return Err(RouteError::new(
            ErrorCode::Unauthorized,
            "no credentials; programs send the token in node.json, pages open the address that `hearth node` prints",
        ));
    };
    // Browsers attach the cookie by themselves: a request that changes something must name its origin.
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_safe && !headers.contains_key(ORIGIN) {
        return Err(RouteError::new(ErrorCode::Forbidden, "the request has no Origin header"));
    }
    Ok(Caller::Page(page_kind))
}

fn refusal_error(refusal: Refusal, scope: Scope) -> RouteError {
    match refusal {
        Refusal::Unknown => RouteError::new(ErrorCode::Unauthorized, "this token is unknown or was revoked"),
        Refusal::Scope => RouteError::new(
            ErrorCode::Forbidden,
            format!("this key lacks the scope {}", format!("{scope:?}").to_lowercase()),
        ),
        Refusal::Rate(wait) => {
            let seconds = wait.as_secs() + 1;
            let message = format!("too many requests with this key; try again in {seconds} s");
            RouteError::new(ErrorCode::RateLimitExceeded, message).with_retry_after(seconds)
        }
    }
}

fn find_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get(COOKIE)?.to_str().ok()?;
    all.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}
