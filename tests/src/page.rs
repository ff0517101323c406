//! Steps on the node's page in a browser: logging in, asking, opening a citation, scrolling.

use std::time::Duration;

use hearth_domain::NotebookId;
use hearth_wire::operations::CreateLoginCode;

use crate::browser::ENTER_KEY;
use crate::{Browser, NodeProcess};

/// Logs a browser in at a node and opens a path of the page.
pub async fn open_page(node: &NodeProcess, browser: &Browser, path: &str) {
    let login = node.client.call::<CreateLoginCode>(&[], &(), &()).await.unwrap();
    browser.go_to(&login.address).await;
    browser.wait_until("document.querySelector('.app')").await;
    if path != "/" {
        browser.go_to(&format!("{}{path}", node.address)).await;
    }
}

/// Logs a browser in at a node and opens a notebook.
pub async fn open_notebook(node: &NodeProcess, browser: &Browser, notebook: NotebookId) {
    open_page(node, browser, &format!("/notebook/{notebook}")).await;
    browser.wait_until("document.querySelector('#ask')").await;
}

/// Types a question and waits for the end of its answer; `nth` is the number of answers after it.
pub async fn ask_question(browser: &Browser, question: &str, nth: usize) {
    browser.type_into("#ask", question).await;
    browser.press_keys(ENTER_KEY).await;
    browser
        .wait_until(&format!("document.querySelectorAll('.turn[data-state=done]').length === {nth}"))
        .await;
}

/// Clicks the first marker of the last answer; returns the time until its passage is highlighted and visible, on a
/// page of a PDF.
pub async fn open_citation(browser: &Browser) -> Duration {
    let took = browser
        .run_async_js(
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

/// Scrolls the list of sources from its beginning to its end; returns the duration of the page's longest task
/// meanwhile, and the largest number of rows in the page.
pub async fn scroll_sources(browser: &Browser) -> (Duration, u64) {
    let measured = browser
        .run_async_js(
            "const list = document.querySelector('.source-list'); let longest = 0; \
             const watch = new PerformanceObserver(l => l.getEntries().forEach(e => longest = Math.max(longest, e.duration))); \
             watch.observe({entryTypes: ['longtask']}); let rows = 0; \
             for (let y = 0; y < list.scrollHeight; y += 300) { \
               list.scrollTop = y; await new Promise(r => requestAnimationFrame(() => setTimeout(r, 0))); \
               rows = Math.max(rows, document.querySelectorAll('.source').length); } \
             await new Promise(r => setTimeout(r, 100)); return [rows, longest];",
        )
        .await;
    let milliseconds = measured[1].as_f64().unwrap_or_else(|| panic!("{measured}"));
    (Duration::from_secs_f64(milliseconds / 1e3), measured[0].as_u64().unwrap())
}
