//! The documentation page, which works offline.

use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use hearth_wire::operations::TABLE;

pub(crate) async fn serve_docs_style() -> Response {
    ([(CONTENT_TYPE, "text/css")], include_str!("docs.css")).into_response()
}

/// Documentation page with every operation of the table.
pub(crate) async fn serve_docs_page() -> Html<String> {
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
         <p>Programs send <code>Authorization: Bearer TOKEN</code>; the token is in <code>node.json</code> in the data \
         directory. The schemas of requests and responses are in <a href=\"/openapi.json\">openapi.json</a>.</p>\
         <table><thead><tr><th>Method</th><th>Path</th><th>Description</th><th>Scope</th></tr></thead><tbody>{rows}</tbody></table></main></html>"
    ))
}
