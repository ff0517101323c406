//! The interface in a real browser, with a node that is optimised: opening a passage deep in a long PDF, scrolling many
//! sources, opening a long text.

use std::fmt::Write as _;
use std::time::Duration;

use futures::StreamExt;
use hearth_tests::documents::veins;
use hearth_tests::page::{ask, enter_notebook, open_citation, scroll_sources};
use hearth_tests::{Browser, NodeProcess};

use crate::report::percentiles;

const PAGES: usize = 500;
/// Pages whose passages are opened, one after the other.
const ASKED: [usize; 8] = [412, 17, 250, 499, 88, 333, 3, 451];
const SOURCES: usize = 500;
/// Paragraphs of the long text, a little more than a megabyte.
const PARAGRAPHS: usize = 5000;

pub(crate) fn measure() -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut report = String::from(
        "The page in headless Chromium, 1440 × 900, beside an optimised node on the same two cores. Opening: from the click on \
         a number to the first frame in which the passage is lit and in sight.\n\n| what | figure |\n| --- | --- |\n",
    );
    runtime.block_on(async {
        passages(&mut report).await?;
        sources(&mut report).await?;
        text(&mut report).await
    })?;
    Ok(report)
}

async fn passages(report: &mut String) -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.notebook("Long").await;
    node.add(notebook, "veins.pdf", &veins(PAGES)).await;
    node.settled(notebook).await;
    let browser = Browser::start(1440, 900, false).await;
    enter_notebook(&node, &browser, notebook).await;
    let mut times = Vec::new();
    for (nth, page) in ASKED.iter().enumerate() {
        ask(&browser, &format!("What is the depth of the quartz vein number {page}?"), nth + 1).await;
        times.push(open_citation(&browser).await);
    }
    let first = times[0].as_secs_f64() * 1e3;
    let [p50, worst, _] = percentiles(times);
    writeln!(
        report,
        "| a passage in a PDF of {PAGES} pages | {p50:.0} ms, slowest of {} {worst:.0} (the first, which opens the \
         viewer, {first:.0}) |",
        ASKED.len()
    )?;
    Ok(())
}

async fn sources(report: &mut String) -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.notebook("Many").await;
    let add = |n: usize| {
        let client = node.client.clone();
        async move { client.add_text(notebook, &format!("Text {n:03}"), &format!("The number is {n}.")).await }
    };
    futures::stream::iter(0..SOURCES).map(add).buffer_unordered(8).for_each(async |_| ()).await;
    node.settled(notebook).await;
    let browser = Browser::start(1440, 900, false).await;
    enter_notebook(&node, &browser, notebook).await;
    browser.until("document.querySelector('.counts')?.innerText.endsWith('of 500')").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (longest, rows) = scroll_sources(&browser).await;
    let longest = match longest {
        Duration::ZERO => "none over 50 ms".to_owned(),
        longest => format!("{:.0} ms", longest.as_secs_f64() * 1e3),
    };
    writeln!(
        report,
        "| longest task while {SOURCES} sources are scrolled | {longest} ({rows} rows in the page at most) |"
    )?;
    Ok(())
}

async fn text(report: &mut String) -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.notebook("Book").await;
    let paragraph = |n: usize| {
        format!("Paragraph {n}. {}\n\n", "The quick brown fox jumps over the lazy dog. ".repeat(5))
    };
    let book: String = (0..PARAGRAPHS).map(paragraph).collect();
    node.add(notebook, "book.md", book.as_bytes()).await;
    node.settled(notebook).await;
    let browser = Browser::start(1440, 900, false).await;
    enter_notebook(&node, &browser, notebook).await;
    browser.until("document.querySelector('.source-name')").await;
    let took = browser
        .js_later(&format!(
            "let longest = 0; const watch = new PerformanceObserver(l => l.getEntries().forEach(e => longest = Math.max(longest, e.duration))); \
             watch.observe({{entryTypes: ['longtask']}}); const from = performance.now(); \
             document.querySelector('.source-name').click(); let first = 0; \
             for (;;) {{ await new Promise(r => requestAnimationFrame(r)); \
               const count = document.querySelectorAll('.viewer-text p').length; \
               if (count > 0 && first === 0) first = performance.now() - from; \
               if (count >= {PARAGRAPHS}) break; }} \
             const all = performance.now() - from; await new Promise(r => setTimeout(r, 200)); return [first, all, longest];"
        ))
        .await;
    let ms = |at: usize| took[at].as_f64().unwrap_or_else(|| panic!("{took}"));
    writeln!(
        report,
        "| a text of {:.1} MB | {:.0} ms until it can be read, {:.0} until its end is there, longest task {:.0} ms |",
        book.len() as f64 / 1e6,
        ms(0),
        ms(1),
        ms(2)
    )?;
    Ok(())
}
