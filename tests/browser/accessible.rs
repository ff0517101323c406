//! axe-core on each page, in both themes and all widths; pictures of all of them.

use hearth_tests::documents::{HANDBOOK, pdf};
use hearth_tests::{Browser, NodeProcess};

use crate::{ask, enter, enter_notebook};

#[tokio::test(flavor = "multi_thread")]
async fn every_page_in_both_themes() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let empty = node.notebook("Empty").await;
    let notebook = node.notebook("House and garden").await;
    node.add(notebook, "handbook.md", HANDBOOK.as_bytes()).await;
    node.add(notebook, "ladders.pdf", &pdf(&["A ladder must be checked for cracks\nbefore each use."])).await;
    node.add(notebook, "broken.pdf", b"%PDF-1.4 not really").await;
    node.settled(notebook).await;
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        let browser = Browser::start(1440, 900, is_dark).await;
        let look = async |name: &str| {
            browser.assert_accessible().await;
            browser.screenshot(&format!("{name}-{theme}")).await;
        };
        enter(&node, &browser, "/").await;
        browser.until("document.querySelector('.cards')").await;
        look("library").await;
        enter_notebook(&node, &browser, empty).await;
        browser.until("document.querySelector('.pane-inside .empty')").await;
        look("empty").await;
        browser.click(".sources .pane-inside > header .btn").await;
        look("add").await;
        enter_notebook(&node, &browser, notebook).await;
        let asked = browser.count(".turn").await;
        if asked == 0 && !is_dark {
            ask(&browser, "How often is the burner cleaned?", 1).await;
        }
        browser.click(".cite").await;
        browser.until("document.querySelector('.lit')").await;
        look("notebook").await;
        browser.go(&format!("{}/settings", node.address)).await;
        browser.until("document.querySelector('.engines li')").await;
        look("settings").await;
        browser.assert_quiet().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn narrow_windows_lose_nothing() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.notebook("House and garden").await;
    node.add(notebook, "handbook.md", HANDBOOK.as_bytes()).await;
    node.settled(notebook).await;
    for width in [1000, 400] {
        let browser = Browser::start(width, 800, false).await;
        enter_notebook(&node, &browser, notebook).await;
        browser.until("document.querySelector('.turn, .talk-empty')").await;
        browser.screenshot("narrow-chat").await;
        let wide = browser.js("return document.documentElement.scrollWidth").await;
        assert!(wide.as_u64().unwrap() <= u64::from(width), "the page is {wide} wide");
        if width == 400 {
            browser.click(".tabs button:first-child").await;
        } else {
            browser.click(".sources .fold .icon").await;
        }
        browser.until("document.querySelector('.source-name')?.offsetParent").await;
        browser.screenshot("narrow-sources").await;
        browser.assert_accessible().await;
        browser.assert_quiet().await;
    }
}
