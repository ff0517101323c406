//! Pages of the program itself: while the node starts or has failed, and the dictation bar.

use tauri::http::{Response, header};
use url::Url;

use crate::strings::system_strings;
use crate::supervisor::NodePhase;

/// URL scheme of these pages.
pub(crate) const PAGE_SCHEME: &str = "hearth-page";
/// Path of the dictation bar's page.
pub(crate) const BAR_PATH: &str = "/bar";
/// Path that brings the main window to the front, linked from the bar.
pub(crate) const FRONT_PATH: &str = "/front";
/// Path that retries the start of the node.
pub(crate) const RETRY_PATH: &str = "/retry";

const PAGE_STYLE: &str = "
    :root { color-scheme: light dark; --ground: #f6f3ee; --ink: #221e19; --ink-2: #5d554b; --line: #e2dbd0; --ember: #b3471d; }
    @media (prefers-color-scheme: dark) { :root { --ground: #171412; --ink: #f1ebe3; --ink-2: #b9aea1; --line: #352e28; --ember: #f08a5d; } }
    body { margin: 0; height: 100vh; display: grid; place-content: center; justify-items: center; gap: 16px; background: var(--ground); color: var(--ink); font: 15px/1.5 Inter, \"Segoe UI\", system-ui, sans-serif; text-align: center; }
    h1 { font-size: 20px; margin: 0; } p { margin: 0; max-width: 60ch; color: var(--ink-2); overflow-wrap: anywhere; }
    a { color: var(--ember); border: 1px solid var(--line); border-radius: 10px; padding: 8px 16px; text-decoration: none; }
    a:focus-visible { outline: 2px solid var(--ember); outline-offset: 2px; }";

const BAR_STYLE: &str = "
    html, body { height: 100%; } body { all: unset; box-sizing: border-box; height: 100%; display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 4px 14px; align-items: center; padding: 12px 18px; background: var(--ground); color: var(--ink); border: 1px solid var(--line); font: 14px/1.4 Inter, \"Segoe UI\", system-ui, sans-serif; }
    #meter { display: flex; gap: 3px; align-items: center; height: 24px; grid-row: 1 / 3; } #meter i { width: 4px; height: 3px; border-radius: 2px; background: var(--ember); }
    #transcript, #state { grid-column: 2; grid-row: 1; font-size: 16px; white-space: nowrap; overflow: hidden; } #transcript { display: none; }
    .has-text #transcript { display: block; } .has-text #state { display: none; } #tentative, #hint, #state { color: var(--ink-2); }
    .meta { grid-column: 2; display: flex; gap: 10px; font-size: 12px; min-width: 0; white-space: nowrap; color: var(--ink-2); }
    #notebook { all: unset; color: var(--ember); font-weight: 600; overflow: hidden; text-overflow: ellipsis; cursor: pointer; }";

/// URL of one of these pages. On Windows a custom scheme is a host.
pub(crate) fn page_url(path: &str) -> Url {
    let text = if cfg!(windows) {
        format!("http://{PAGE_SCHEME}.localhost{path}")
    } else {
        format!("{PAGE_SCHEME}://localhost{path}")
    };
    // Both parse for any path.
    Url::parse(&text).unwrap_or_else(|_| unreachable!("{text} is an address"))
}

/// True if a URL is one of these pages.
pub(crate) fn is_own_page(url: &Url) -> bool {
    let own = page_url("/");
    url.scheme() == own.scheme() && url.host_str() == own.host_str()
}

/// The page that is shown in a phase of the node.
pub(crate) fn phase_page(phase: &NodePhase) -> Response<Vec<u8>> {
    let strings = system_strings();
    let (title, text, can_retry) = match phase {
        NodePhase::Starting | NodePhase::Ready(_) => (strings.node_starting, String::new(), false),
        NodePhase::Refused(reason) => (strings.node_refused, reason.clone(), true),
        NodePhase::Ended(reason) => (strings.node_ended, strings.nothing_lost(reason), true),
    };
    let link = format!("<a href=\"{}\">{}</a>", page_url(RETRY_PATH), strings.retry);
    let retry_link = if can_retry { link } else { String::new() };
    let html = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>Hearth</title><style>{PAGE_STYLE}</style></head>\
         <body><h1>{title}</h1><p>{}</p>{retry_link}</body></html>",
        strings.language_tag,
        escape_html(&text)
    );
    html_response(html)
}

/// The page of the dictation bar, empty; its script inserts the content.
pub(crate) fn bar_page() -> Response<Vec<u8>> {
    let strings = system_strings();
    let html = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title><style>{PAGE_STYLE}{BAR_STYLE}</style></head><body>\
         <span id=\"meter\" aria-hidden=\"true\">{}</span><span id=\"state\" role=\"status\"></span>\
         <span id=\"transcript\"><span id=\"committed\"></span> <span id=\"tentative\"></span></span>\
         <span class=\"meta\"><a id=\"notebook\" href=\"{}\" title=\"{}\"></a><span id=\"hint\"></span></span></body></html>",
        strings.language_tag,
        strings.ask_hearth,
        "<i></i>".repeat(8),
        page_url(FRONT_PATH),
        strings.open_hearth
    );
    html_response(html)
}

/// A response with a page of HTML, without scripts.
fn html_response(html: String) -> Response<Vec<u8>> {
    Response::builder()
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'")
        .body(html.into_bytes())
        .unwrap_or_default()
}

/// Escapes text for HTML.
fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_text_and_a_way_on_is_offered() {
        let refused = phase_page(&NodePhase::Refused("<b>/data</b> is in use".to_owned()));
        let html = String::from_utf8(refused.into_body()).unwrap();
        assert!(html.contains("&lt;b&gt;/data&lt;/b&gt; is in use") && html.contains("/retry"));
        let starting = String::from_utf8(phase_page(&NodePhase::Starting).into_body()).unwrap();
        assert!(!starting.contains("/retry"));
        assert!(is_own_page(&page_url(RETRY_PATH)));
        assert!(!is_own_page(&Url::parse("https://hearth.example/").unwrap()));
    }
}
