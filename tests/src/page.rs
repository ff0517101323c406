//! The node's page in a browser: letting it in, asking, opening a citation.

use std::time::Duration;

use hearth_domain::NotebookId;
use hearth_wire::operations::CreateCode;

use crate::browser::ENTER;
use crate::{Browser, NodeProcess};

/// A browser that the node knows, at a path of the page.
pub async fn enter(node: &NodeProcess, browser: &Browser, path: &str) {
    let page = node.client.call::<CreateCode>(&[], &(), &()).await.unwrap();
    browser.go(&page.address).await;
    browser.until("document.querySelector('.app')").await;
    if path != "/" {
        browser.go(&format!("{}{path}", node.address)).await;
    }
}

pub async fn enter_notebook(node: &NodeProcess, browser: &Browser, notebook: NotebookId) {
    enter(node, browser, &format!("/notebook/{notebook}")).await;
    browser.until("document.querySelector('#ask')").await;
}

/// Types a question and waits for the end of its answer, the so many-th.
pub async fn ask(browser: &Browser, question: &str, nth: usize) {
    browser.type_into("#ask", question).await;
    browser.keys(ENTER).await;
    browser.until(&format!("document.querySelectorAll('.turn[data-state=done]').length === {nth}")).await;
}

/// Clicks the first number of the last answer; gives the time until its passage is lit and in sight, on a page of a
/// PDF.
pub async fn open_citation(browser: &Browser) -> Duration {
    let took = browser
        .js_later(
            "const cite = [...document.querySelectorAll('.turn')].at(-1).querySelector('.cite'); \
             const from = performance.now(); cite.click(); \
             for (;;) { await new Promise(r => requestAnimationFrame(r)); \
               const lit = document.querySelector('.lit-box'); const view = document.querySelector('.viewer-pages'); \
               if (!lit || !view) continue; const a = lit.getBoundingClientRect(), b = view.getBoundingClientRect(); \
               if (a.top > b.top && a.bottom < b.bottom) return performance.now() - from; }",
        )
        .await;
    let took = took.as_f64().unwrap_or_else(|| panic!("{took}"));
    Duration::from_secs_f64(took / 1e3)
}

/// Scrolls the list of sources from its beginning to its end; gives the longest task of the page meanwhile, and the
/// most rows that it held.
pub async fn scroll_sources(browser: &Browser) -> (Duration, u64) {
    let longest = browser
        .js_later(
            "const list = document.querySelector('.source-list'); let longest = 0; \
             const watch = new PerformanceObserver(l => l.getEntries().forEach(e => longest = Math.max(longest, e.duration))); \
             watch.observe({entryTypes: ['longtask']}); let rows = 0; \
             for (let y = 0; y < list.scrollHeight; y += 300) { \
               list.scrollTop = y; await new Promise(r => requestAnimationFrame(() => setTimeout(r, 0))); \
               rows = Math.max(rows, document.querySelectorAll('.source').length); } \
             await new Promise(r => setTimeout(r, 100)); return [rows, longest];",
        )
        .await;
    let milliseconds = longest[1].as_f64().unwrap_or_else(|| panic!("{longest}"));
    (Duration::from_secs_f64(milliseconds / 1e3), longest[0].as_u64().unwrap())
}
