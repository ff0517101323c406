//! While text streams: reloads, two windows, a node that dies and comes back.

use std::time::Duration;

use hearth_tests::documents::HANDBOOK;
use hearth_tests::{Browser, NodeProcess, Script, ScriptedOllama};

use crate::{ask, enter_notebook};

/// An answer that takes some seconds.
fn slow() -> Script {
    let words: Vec<String> = (0..60).map(|n| format!("word{n} ")).collect();
    let mut script = Script::says(&words.iter().map(String::as_str).collect::<Vec<&str>>());
    script.chunk = 120;
    script.pause = Duration::from_millis(70);
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_goes_on_through_a_reload_and_in_two_windows() {
    let ollama = ScriptedOllama::start(slow()).await;
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[("HEARTH_CHAT__ADDRESS", &ollama.address)]);
    let notebook = node.notebook("House").await;
    node.add(notebook, "handbook.md", HANDBOOK.as_bytes()).await;
    node.settled(notebook).await;
    let one = Browser::start(1440, 900, false).await;
    enter_notebook(&node, &one, notebook).await;
    one.type_into("#ask", "How often is the burner cleaned?\u{e007}").await;
    one.until("document.querySelector('.turn .answer')?.innerText.includes('word3')").await;
    let two = Browser::start(1000, 800, true).await;
    enter_notebook(&node, &two, notebook).await;
    two.until("document.querySelector('.turn .answer')?.innerText.includes('word3')").await;
    two.screenshot("streaming").await;
    one.reload().await;
    one.until("document.querySelector('.turn[data-state=running] .answer')?.innerText.includes('word3')")
        .await;
    for browser in [&one, &two] {
        browser.until("document.querySelector('.turn[data-state=done]')").await;
        let text = browser.text(".turn .answer").await;
        assert!(text.contains("word0") && text.contains("word59"), "{text}");
        // Each word once: what was told again was not appended.
        assert_eq!(text.matches("word7 ").count(), 1, "{text}");
        browser.assert_quiet().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_keeps_what_was_said() {
    let ollama = ScriptedOllama::start(slow()).await;
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[("HEARTH_CHAT__ADDRESS", &ollama.address)]);
    let notebook = node.notebook("House").await;
    node.add(notebook, "handbook.md", HANDBOOK.as_bytes()).await;
    node.settled(notebook).await;
    let browser = Browser::start(1440, 900, false).await;
    enter_notebook(&node, &browser, notebook).await;
    browser.type_into("#ask", "How often is the burner cleaned?\u{e007}").await;
    browser.until("document.querySelector('.turn .answer')?.innerText.includes('word3')").await;
    browser.click(".send.stop").await;
    browser.until("document.querySelector('.turn[data-state=cancelled]')").await;
    let text = browser.text(".turn .answer").await;
    assert!(text.contains("word3") && !text.contains("word59"), "{text}");
    browser.until("document.querySelector('.send[type=submit]')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_dies_and_comes_back_costs_nothing_typed() {
    let data = tempfile::tempdir().unwrap();
    let mut node = NodeProcess::start(data.path(), &[]);
    let notebook = node.notebook("House").await;
    node.add(notebook, "handbook.md", HANDBOOK.as_bytes()).await;
    node.settled(notebook).await;
    let browser = Browser::start(1440, 900, false).await;
    enter_notebook(&node, &browser, notebook).await;
    browser.until("document.querySelector('.source')").await;
    node.kill();
    browser.until("document.querySelector('.status [role=alert]')").await;
    browser.type_into("#ask", "How often is the burner cleaned?\u{e007}").await;
    browser.until("document.querySelector('.toast.bad')").await;
    browser.screenshot("failure").await;
    browser.until("document.querySelector('#ask').value.includes('burner')").await;
    let address = node.address.trim_start_matches("http://").to_owned();
    let mut command = std::process::Command::new(hearth_tests::node::program());
    command.arg("--data-dir").arg(data.path()).args(["node", "--listen", &address]);
    let _again = NodeProcess::run(command, data.path(), &[]);
    browser.until("!document.querySelector('.status [role=alert]')").await;
    ask(&browser, "", 1).await;
    assert!(browser.text(".turn .answer").await.contains("burner"));
    // The draft is gone only now that it was asked.
    browser.until("document.querySelector('#ask').value === ''").await;
}
