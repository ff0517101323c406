//! While text streams: reloads, two windows, a node that dies and comes back.

use std::time::Duration;

use hearth_tests::documents::HANDBOOK;
use hearth_tests::{Browser, NodeProcess, Script, ScriptedOllama};

use crate::{House, ask, enter_notebook};

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
    let house =
        House::with(&[("handbook.md", HANDBOOK.as_bytes())], &[("HEARTH_CHAT__ADDRESS", &ollama.address)])
            .await;
    house.browser.type_into("#ask", "How often is the burner cleaned?\u{e007}").await;
    house.browser.until("document.querySelector('.turn .answer')?.innerText.includes('word3')").await;
    let two = Browser::start(1000, 800, true).await;
    enter_notebook(&house.node, &two, house.notebook).await;
    two.until("document.querySelector('.turn .answer')?.innerText.includes('word3')").await;
    two.screenshot("streaming").await;
    house.browser.reload().await;
    house
        .browser
        .until("document.querySelector('.turn[data-state=running] .answer')?.innerText.includes('word3')")
        .await;
    for browser in [&house.browser, &two] {
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
    let house =
        House::with(&[("handbook.md", HANDBOOK.as_bytes())], &[("HEARTH_CHAT__ADDRESS", &ollama.address)])
            .await;
    house.browser.type_into("#ask", "How often is the burner cleaned?\u{e007}").await;
    house.browser.until("document.querySelector('.turn .answer')?.innerText.includes('word3')").await;
    house.browser.click(".send.stop").await;
    house.browser.until("document.querySelector('.turn[data-state=cancelled]')").await;
    let text = house.browser.text(".turn .answer").await;
    assert!(text.contains("word3") && !text.contains("word59"), "{text}");
    house.browser.until("document.querySelector('.send[type=submit]')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_dies_and_comes_back_costs_nothing_typed() {
    let mut house = House::with(&[("handbook.md", HANDBOOK.as_bytes())], &[]).await;
    house.browser.until("document.querySelector('.source')").await;
    house.node.kill();
    house.browser.until("document.querySelector('.status [role=alert]')").await;
    house.browser.type_into("#ask", "How often is the burner cleaned?\u{e007}").await;
    house.browser.until("document.querySelector('.toast.bad')").await;
    house.browser.screenshot("failure").await;
    house.browser.until("document.querySelector('#ask').value.includes('burner')").await;
    let address = house.node.address.trim_start_matches("http://").to_owned();
    let mut command = std::process::Command::new(hearth_tests::node::program());
    command.arg("--data-dir").arg(house.data.path()).args(["node", "--listen", &address]);
    let _again = NodeProcess::run(command, house.data.path(), &[]);
    house.browser.until("!document.querySelector('.status [role=alert]')").await;
    ask(&house.browser, "", 1).await;
    assert!(house.browser.text(".turn .answer").await.contains("burner"));
    // The draft is gone only now that it was asked.
    house.browser.until("document.querySelector('#ask').value === ''").await;
}
