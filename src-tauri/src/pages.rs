//! The few pages that are not the node's: while it starts, and when it does not.

use tauri::http::{Response, header};
use url::Url;

use crate::supervise::Stage;
use crate::words::words;

/// The scheme of these pages.
pub(crate) const SCHEME: &str = "hearth-page";
/// What the bar shows.
pub(crate) const BAR: &str = "/bar";
/// Where a click on the bar leads: to the program's own window.
pub(crate) const FRONT: &str = "/front";
/// Asks for another start.
pub(crate) const AGAIN: &str = "/again";

const STYLE: &str = "
    :root { color-scheme: light dark; --ground: #f6f3ee; --ink: #221e19; --ink-2: #5d554b; --line: #e2dbd0; --ember: #b3471d; }
    @media (prefers-color-scheme: dark) { :root { --ground: #171412; --ink: #f1ebe3; --ink-2: #b9aea1; --line: #352e28; --ember: #f08a5d; } }
    body { margin: 0; height: 100vh; display: grid; place-content: center; justify-items: center; gap: 16px; background: var(--ground); color: var(--ink); font: 15px/1.5 Inter, \"Segoe UI\", system-ui, sans-serif; text-align: center; }
    h1 { font-size: 20px; margin: 0; } p { margin: 0; max-width: 60ch; color: var(--ink-2); overflow-wrap: anywhere; }
    a { color: var(--ember); border: 1px solid var(--line); border-radius: 10px; padding: 8px 16px; text-decoration: none; }
    a:focus-visible { outline: 2px solid var(--ember); outline-offset: 2px; }";

const BAR_STYLE: &str = "
    html, body { height: 100%; } body { all: unset; box-sizing: border-box; height: 100%; display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 4px 14px; align-items: center; padding: 12px 18px; background: var(--ground); color: var(--ink); border: 1px solid var(--line); font: 14px/1.4 Inter, \"Segoe UI\", system-ui, sans-serif; }
    #meter { display: flex; gap: 3px; align-items: center; height: 24px; grid-row: 1 / 3; } #meter i { width: 4px; height: 3px; border-radius: 2px; background: var(--ember); }
    #said, #state { grid-column: 2; grid-row: 1; font-size: 16px; white-space: nowrap; overflow: hidden; } #said { display: none; }
    .has-text #said { display: block; } .has-text #state { display: none; } #tentative, #hint, #state { color: var(--ink-2); }
    .meta { grid-column: 2; display: flex; gap: 10px; font-size: 12px; min-width: 0; white-space: nowrap; color: var(--ink-2); }
    #notebook { all: unset; color: var(--ember); font-weight: 600; overflow: hidden; text-overflow: ellipsis; cursor: pointer; }";

/// The address of one of these pages. Windows knows own schemes as hosts only.
pub(crate) fn address(path: &str) -> Url {
    let text = if cfg!(windows) {
        format!("http://{SCHEME}.localhost{path}")
    } else {
        format!("{SCHEME}://localhost{path}")
    };
    // Both are addresses whatever the path is.
    Url::parse(&text).unwrap_or_else(|_| unreachable!("{text} is an address"))
}

/// Whether an address is of these pages.
pub(crate) fn is_own(url: &Url) -> bool {
    let own = address("/");
    url.scheme() == own.scheme() && url.host_str() == own.host_str()
}

/// What is shown at a stage.
pub(crate) fn page(stage: &Stage) -> Response<Vec<u8>> {
    let words = words();
    let (title, text, can_retry) = match stage {
        Stage::Starting | Stage::Ready(_) => (words.starting, String::new(), false),
        Stage::Refused(why) => (words.refused, why.clone(), true),
        Stage::Ended(why) => (words.ended, words.nothing_lost.replace("{why}", why), true),
    };
    let link = format!("<a href=\"{}\">{}</a>", address(AGAIN), words.again);
    let again = if can_retry { link } else { String::new() };
    let html = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>Hearth</title><style>{STYLE}</style></head>\
         <body><h1>{title}</h1><p>{}</p>{again}</body></html>",
        words.language,
        escaped(&text)
    );
    html_response(html)
}

/// The bar, empty; what it shows is put in by its script.
pub(crate) fn bar() -> Response<Vec<u8>> {
    let words = words();
    let html = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title><style>{STYLE}{BAR_STYLE}</style></head><body>\
         <span id=\"meter\" aria-hidden=\"true\">{}</span><span id=\"state\" role=\"status\"></span>\
         <span id=\"said\"><span id=\"committed\"></span> <span id=\"tentative\"></span></span>\
         <span class=\"meta\"><a id=\"notebook\" href=\"{}\" title=\"{}\"></a><span id=\"hint\"></span></span></body></html>",
        words.language,
        words.bar,
        "<i></i>".repeat(8),
        address(FRONT),
        words.to_front
    );
    html_response(html)
}

fn html_response(html: String) -> Response<Vec<u8>> {
    Response::builder()
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'")
        .body(html.into_bytes())
        .unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_text_and_a_way_on_is_offered() {
        let refused = page(&Stage::Refused("<b>/data</b> is in use".to_owned()));
        let html = String::from_utf8(refused.into_body()).unwrap();
        assert!(html.contains("&lt;b&gt;/data&lt;/b&gt; is in use") && html.contains("/again"));
        let starting = String::from_utf8(page(&Stage::Starting).into_body()).unwrap();
        assert!(!starting.contains("/again"));
        assert!(is_own(&address(AGAIN)));
        assert!(!is_own(&Url::parse("https://hearth.example/").unwrap()));
    }
}
