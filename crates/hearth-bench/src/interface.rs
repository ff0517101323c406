//! Benchmark of the interface in a browser with an optimised node: opening a passage in a long PDF, scrolling
//! many sources, opening a long text.

use std::fmt::Write as _;
use std::time::Duration;

use futures::StreamExt;
use hearth_tests::documents::build_numbered_pdf;
use hearth_tests::page::{ask_question, open_citation, open_notebook, scroll_sources};
use hearth_tests::{Browser, NodeProcess};

use crate::report::percentiles;

/// Pages of the long PDF.
const PAGE_COUNT: usize = 500;
/// Pages whose passages are opened, in this order.
const ASKED_PAGES: [usize; 8] = [412, 17, 250, 499, 88, 333, 3, 451];
/// Sources of the notebook that is scrolled.
const SOURCE_COUNT: usize = 500;
/// Paragraphs of the long text, which has a little more than a megabyte.
const PARAGRAPH_COUNT: usize = 5000;

/// Measures the interface and returns the report.
pub(crate) fn measure_interface() -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut report = String::from(
        "The page in headless Chromium, 1440 × 900, beside an optimised node on the same two cores. Opening: from the click on \
         a citation to the first frame that shows the highlighted passage.\n\n| what | figure |\n| --- | --- |\n",
    );
    runtime.block_on(async {
        measure_passages(&mut report).await?;
        measure_sources(&mut report).await?;
        measure_long_text(&mut report).await
    })?;
    Ok(report)
}

/// Measures the time from a click on a citation to its passage in the PDF.
async fn measure_passages(report: &mut String) -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("Long").await;
    node.add_file(notebook, "veins.pdf", &build_numbered_pdf(PAGE_COUNT)).await;
    node.wait_until_settled(notebook).await;
    let browser = Browser::start(1440, 900, false).await;
    open_notebook(&node, &browser, notebook).await;
    let mut times = Vec::new();
    for (nth, page) in ASKED_PAGES.iter().enumerate() {
        ask_question(&browser, &format!("What is the depth of the quartz vein number {page}?"), nth + 1)
            .await;
        times.push(open_citation(&browser).await);
    }
    let first = times[0].as_secs_f64() * 1e3;
    let [p50, worst, _] = percentiles(times);
    writeln!(
        report,
        "| a passage in a PDF of {PAGE_COUNT} pages | {p50:.0} ms, slowest of {} {worst:.0} (the first, which opens the \
         viewer, {first:.0}) |",
        ASKED_PAGES.len()
    )?;
    Ok(())
}

/// Measures the longest task of the page while sources are scrolled.
async fn measure_sources(report: &mut String) -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("Many").await;
    let add = |n: usize| {
        let client = node.client.clone();
        async move { client.add_text(notebook, &format!("Text {n:03}"), &format!("The number is {n}.")).await }
    };
    futures::stream::iter(0..SOURCE_COUNT).map(add).buffer_unordered(8).for_each(async |_| ()).await;
    node.wait_until_settled(notebook).await;
    let browser = Browser::start(1440, 900, false).await;
    open_notebook(&node, &browser, notebook).await;
    browser.wait_until("document.querySelector('.counts')?.innerText.endsWith('of 500')").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (longest, rows) = scroll_sources(&browser).await;
    let longest = match longest {
        Duration::ZERO => "none over 50 ms".to_owned(),
        longest => format!("{:.0} ms", longest.as_secs_f64() * 1e3),
    };
    writeln!(
        report,
        "| longest task while {SOURCE_COUNT} sources are scrolled | {longest} ({rows} rows in the page at most) |"
    )?;
    Ok(())
}

/// Measures the time until a long text is readable and complete.
async fn measure_long_text(report: &mut String) -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("Book").await;
    let paragraph = |n: usize| {
        format!("Paragraph {n}. {}\n\n", "The quick brown fox jumps over the lazy dog. ".repeat(5))
    };
    let book: String = (0..PARAGRAPH_COUNT).map(paragraph).collect();
    node.add_file(notebook, "book.md", book.as_bytes()).await;
    node.wait_until_settled(notebook).await;
    let browser = Browser::start(1440, 900, false).await;
    open_notebook(&node, &browser, notebook).await;
    browser.wait_until("document.querySelector('.source-name')").await;
    let times = browser
        .run_async_js(&format!(
            "let longest = 0; const watch = new PerformanceObserver(l => l.getEntries().forEach(e => longest = Math.max(longest, e.duration))); \
             watch.observe({{entryTypes: ['longtask']}}); const from = performance.now(); \
             document.querySelector('.source-name').click(); let first = 0; \
             for (;;) {{ await new Promise(r => requestAnimationFrame(r)); \
               const count = document.querySelectorAll('.viewer-text p').length; \
               if (count > 0 && first === 0) first = performance.now() - from; \
               if (count >= {PARAGRAPH_COUNT}) break; }} \
             const all = performance.now() - from; await new Promise(r => setTimeout(r, 200)); return [first, all, longest];"
        ))
        .await;
    let ms = |at: usize| times[at].as_f64().unwrap_or_else(|| panic!("{times}"));
    writeln!(
        report,
        "| a text of {:.1} MB | {:.0} ms until it can be read, {:.0} until it is complete, longest task {:.0} ms |",
        book.len() as f64 / 1e6,
        ms(0),
        ms(1),
        ms(2)
    )?;
    Ok(())
}
