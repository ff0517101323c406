//! axe-core on each page, in both themes and three widths; pictures of all of them.

use hearth_domain::NotebookId;
use hearth_tests::documents::{HANDBOOK, pdf};
use hearth_tests::{Browser, NodeProcess, Script, ScriptedOllama};

use crate::{ask, enter, enter_notebook};

const LADDERS: [&str; 2] = [
    "Safe use of ladders\n\nA ladder must be checked for cracks before each use.\nIt stands on firm ground, one foot out \
     for every four up.\n\nThe upper end reaches a metre above the edge of the roof.\nNobody stands on the last three rungs.",
    "Storing\n\nLadders are hung on the wall of the shed, out of the rain.\nWooden ones are oiled every two years and never painted,\n\
     as paint hides cracks.",
];
const COSTS: &str = "month,gas,water\nJanuary,212,31\nFebruary,198,30\nMarch,161,33\n";
const DATES: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261012T090000\r\nDTEND:20261012T100000\r\n\
    SUMMARY:The chimney sweep comes\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
const ANSWER: [&str; 3] = [
    "Clean the burner **once a year**, before the heating season. Use a soft brush, never water.\n\n",
    "The chimney sweep comes in October, so the week before is a good time for it. ",
    "A ladder must be checked for cracks before each use.",
];

/// A notebook as someone may have it at home.
async fn house(node: &NodeProcess) -> NotebookId {
    let notebook = node.notebook("House and garden").await;
    node.add(notebook, "Boiler handbook.md", HANDBOOK.as_bytes()).await;
    node.add(notebook, "Safe use of ladders.pdf", &pdf(&LADDERS)).await;
    node.add(notebook, "Costs 2026.csv", COSTS.as_bytes()).await;
    node.add(notebook, "Dates.ics", DATES.as_bytes()).await;
    node.add(notebook, "Broken.pdf", b"%PDF-1.4 not really").await;
    node.settled(notebook).await;
    notebook
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_in_both_themes_and_three_widths() {
    let ollama = ScriptedOllama::start(Script::says(&ANSWER)).await;
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[("HEARTH_CHAT__ADDRESS", &ollama.address)]);
    let empty = node.notebook("Empty").await;
    let notebook = house(&node).await;
    let mut asked = false;
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        for width in [1440, 1000, 400] {
            let browser = Browser::start(width, 900, is_dark).await;
            let look = async |name: &str| {
                browser.assert_accessible().await;
                browser.screenshot(&format!("{name}-{theme}")).await;
                let wide = browser.js("return document.documentElement.scrollWidth").await;
                assert!(wide.as_u64().unwrap() <= u64::from(width), "{name} is {wide} wide");
            };
            enter(&node, &browser, "/").await;
            browser.until("document.querySelector('.cards')").await;
            look("library").await;
            enter_notebook(&node, &browser, empty).await;
            browser.until("document.querySelector('.talk-empty')").await;
            look("empty").await;
            enter_notebook(&node, &browser, notebook).await;
            if !asked {
                ask(&browser, "When do I clean the burner, and what about the ladder?", 1).await;
                asked = true;
            }
            browser.until("document.querySelectorAll('.cite').length > 1").await;
            look("notebook").await;
            browser.js("[...document.querySelectorAll('.cite')].at(-1).click()").await;
            browser.until("document.querySelector('.lit-box')").await;
            browser.until("document.querySelector('.page img')?.naturalWidth > 0").await;
            look("viewer").await;
            browser.go(&format!("{}/settings", node.address)).await;
            browser.until("document.querySelector('.engines li')").await;
            look("settings").await;
            browser.assert_quiet().await;
        }
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
