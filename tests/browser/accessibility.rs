//! Accessibility (axe-core) of each page, in both themes and three widths; screenshots of all of them.

use hearth_domain::NotebookId;
use hearth_tests::documents::{HANDBOOK_TEXT, build_pdf};
use hearth_tests::{Browser, NodeProcess, Script, ScriptedOllama};

use crate::{ask_question, open_notebook, open_page};

const LADDERS_PAGES: [&str; 2] = [
    "Safe use of ladders\n\nA ladder must be checked for cracks before each use.\nIt stands on firm ground, one foot out \
     for every four up.\n\nThe upper end reaches a metre above the edge of the roof.\nNobody stands on the last three rungs.",
    "Storing\n\nLadders are hung on the wall of the shed, out of the rain.\nWooden ones are oiled every two years and never painted,\n\
     as paint hides cracks.",
];
const COSTS_CSV: &str = "month,gas,water\nJanuary,212,31\nFebruary,198,30\nMarch,161,33\n";
const DATES_ICS: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261012T090000\r\nDTEND:20261012T100000\r\n\
    SUMMARY:The chimney sweep comes\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
const ANSWER_PARTS: [&str; 3] = [
    "Clean the burner **once a year**, before the heating season. Use a soft brush, never water.\n\n",
    "The chimney sweep comes in October, so the week before is a good time for it. ",
    "A ladder must be checked for cracks before each use.",
];

/// Creates an example notebook with sources of several kinds, one of them broken.
async fn create_example_notebook(node: &NodeProcess) -> NotebookId {
    let notebook = node.create_notebook("House and garden").await;
    node.add_file(notebook, "Boiler handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    node.add_file(notebook, "Safe use of ladders.pdf", &build_pdf(&LADDERS_PAGES)).await;
    node.add_file(notebook, "Costs 2026.csv", COSTS_CSV.as_bytes()).await;
    node.add_file(notebook, "Dates.ics", DATES_ICS.as_bytes()).await;
    node.add_file(notebook, "Broken.pdf", b"%PDF-1.4 not really").await;
    node.wait_until_settled(notebook).await;
    notebook
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_in_both_themes_and_three_widths() {
    let ollama = ScriptedOllama::start(Script::answering(&ANSWER_PARTS)).await;
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[("HEARTH_CHAT__ADDRESS", &ollama.address)]);
    let empty = node.create_notebook("Empty").await;
    let notebook = create_example_notebook(&node).await;
    let mut has_asked = false;
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        for width in [1440, 1000, 400] {
            let browser = Browser::start(width, 900, is_dark).await;
            let check_page = async |name: &str| {
                browser.assert_accessible().await;
                browser.save_screenshot(&format!("{name}-{theme}")).await;
                let page_width = browser.run_js("return document.documentElement.scrollWidth").await;
                assert!(page_width.as_u64().unwrap() <= u64::from(width), "{name} is {page_width} wide");
            };
            open_page(&node, &browser, "/").await;
            browser.wait_until("document.querySelector('.cards')").await;
            check_page("library").await;
            open_notebook(&node, &browser, empty).await;
            browser.wait_until("document.querySelector('.talk-empty')").await;
            check_page("empty").await;
            open_notebook(&node, &browser, notebook).await;
            if !has_asked {
                ask_question(&browser, "When do I clean the burner, and what about the ladder?", 1).await;
                has_asked = true;
            }
            browser.wait_until("document.querySelectorAll('.cite').length > 1").await;
            check_page("notebook").await;
            browser.run_js("[...document.querySelectorAll('.cite')].at(-1).click()").await;
            browser.wait_until("document.querySelector('.lit-box')").await;
            browser.wait_until("document.querySelector('.page img')?.naturalWidth > 0").await;
            check_page("viewer").await;
            browser.go_to(&format!("{}/settings", node.address)).await;
            browser.wait_until("document.querySelector('.engines li')").await;
            check_page("settings").await;
            browser.assert_console_empty().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn narrow_windows_lose_nothing() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("House and garden").await;
    node.add_file(notebook, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    node.wait_until_settled(notebook).await;
    for width in [1000, 400] {
        let browser = Browser::start(width, 800, false).await;
        open_notebook(&node, &browser, notebook).await;
        if width == 400 {
            browser.click(".tabs button:first-child").await;
        } else {
            browser.click(".sources .fold .icon").await;
        }
        browser.wait_until("document.querySelector('.source-name')?.offsetParent").await;
        browser.save_screenshot("narrow-sources").await;
        browser.assert_accessible().await;
        browser.assert_console_empty().await;
    }
}
