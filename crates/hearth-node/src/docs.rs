//! The way in with a one-time code, and the documentation page, which works offline.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::response::{Html, IntoResponse, Response};
use hearth_wire::operations::TABLE;
use serde::Deserialize;

use crate::app::App;
use crate::credentials::{SESSION_DAYS, digest};
use crate::guard::cookie_name;

#[derive(Deserialize)]
pub(crate) struct Entrance {
    code: Option<String>,
}

/// `/?code=…`: exchanges a code for the page's cookie; without a code, the documentation.
pub(crate) async fn enter(State(app): State<App>, Query(entrance): Query<Entrance>) -> Response {
    let Some(code) = entrance.code else {
        return (StatusCode::SEE_OTHER, [(LOCATION, "/docs")]).into_response();
    };
    match app.credentials.exchange(&code) {
        Some(session) => {
            if let Err(error) = app.engine.store().add_session(&digest(&session)).await {
                tracing::warn!(%error, "a page's session could not be kept; it ends with this process");
            }
            let secure = if app.names.scheme() == "https" { "; Secure" } else { "" };
            let age = SESSION_DAYS * 86_400;
            let cookie = format!(
                "{}={session}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age}{secure}",
                cookie_name(&app)
            );
            (StatusCode::SEE_OTHER, [(LOCATION, "/docs".to_owned()), (SET_COOKIE, cookie)]).into_response()
        }
        None => (
            StatusCode::UNAUTHORIZED,
            Html("<!doctype html><title>Hearth</title><p>This address was used before or is too old. Start <code>hearth node</code> again, or open the address that it prints."),
        )
            .into_response(),
    }
}

pub(crate) async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css")], include_str!("docs.css")).into_response()
}

/// Every operation, from the table.
pub(crate) async fn page() -> Html<String> {
    let mut rows = String::new();
    for row in TABLE {
        let path = row.path.replace('{', "<i>{").replace('}', "}</i>");
        rows.push_str(&format!(
            "<tr><td><b>{}</b></td><td><code>{path}</code></td><td>{}</td><td>{:?}</td></tr>\n",
            row.method.as_str(),
            row.summary.trim(),
            row.scope,
        ));
    }
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Hearth: the node's API</title><link rel=\"stylesheet\" href=\"/docs.css\"><main><h1>The node's API</h1>\
         <p>Programs send <code>Authorization: Bearer TOKEN</code>; the token stands in <code>node.json</code> in the data \
         directory. All shapes are in <a href=\"/openapi.json\">openapi.json</a>.</p>\
         <table><thead><tr><th>Method</th><th>Path</th><th>What it does</th><th>Scope</th></tr></thead><tbody>{rows}</tbody></table></main></html>"
    ))
}
