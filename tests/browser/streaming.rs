//! While text streams: reloads, two windows, a node that dies and comes back.

use std::time::Duration;

use hearth_tests::documents::HANDBOOK_TEXT;
use hearth_tests::{Browser, NodeProcess, Script, ScriptedOllama};

use crate::{NotebookFixture, ask_question, open_notebook};

/// Script of an answer that takes some seconds.
fn slow_script() -> Script {
    let parts: Vec<String> = (0..60).map(|n| format!("word{n} ")).collect();
    let mut script = Script::answering(&parts.iter().map(String::as_str).collect::<Vec<&str>>());
    script.chunk_bytes = 120;
    script.pause = Duration::from_millis(70);
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_goes_on_through_a_reload_and_in_two_windows() {
    let ollama = ScriptedOllama::start(slow_script()).await;
    let fixture = NotebookFixture::start(
        &[("handbook.md", HANDBOOK_TEXT.as_bytes())],
        &[("HEARTH_CHAT__ADDRESS", &ollama.address)],
    )
    .await;
    fixture.browser.type_into("#ask", "How often is the burner cleaned?\u{e007}").await;
    fixture.browser.wait_until("document.querySelector('.turn .answer')?.innerText.includes('word3')").await;
    let second_browser = Browser::start(1000, 800, true).await;
    open_notebook(&fixture.node, &second_browser, fixture.notebook).await;
    second_browser.wait_until("document.querySelector('.turn .answer')?.innerText.includes('word3')").await;
    second_browser.save_screenshot("streaming").await;
    fixture.browser.reload().await;
    fixture
        .browser
        .wait_until(
            "document.querySelector('.turn[data-state=running] .answer')?.innerText.includes('word3')",
        )
        .await;
    for browser in [&fixture.browser, &second_browser] {
        browser.wait_until("document.querySelector('.turn[data-state=done]')").await;
        let text = browser.visible_text(".turn .answer").await;
        assert!(text.contains("word0") && text.contains("word59"), "{text}");
        // Each word once: replayed events were not appended.
        assert_eq!(text.matches("word7 ").count(), 1, "{text}");
        browser.assert_console_empty().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_keeps_what_was_said() {
    let ollama = ScriptedOllama::start(slow_script()).await;
    let fixture = NotebookFixture::start(
        &[("handbook.md", HANDBOOK_TEXT.as_bytes())],
        &[("HEARTH_CHAT__ADDRESS", &ollama.address)],
    )
    .await;
    fixture.browser.type_into("#ask", "How often is the burner cleaned?\u{e007}").await;
    fixture.browser.wait_until("document.querySelector('.turn .answer')?.innerText.includes('word3')").await;
    fixture.browser.click(".send.stop").await;
    fixture.browser.wait_until("document.querySelector('.turn[data-state=cancelled]')").await;
    let text = fixture.browser.visible_text(".turn .answer").await;
    assert!(text.contains("word3") && !text.contains("word59"), "{text}");
    fixture.browser.wait_until("document.querySelector('.send[type=submit]')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_dies_and_comes_back_costs_nothing_typed() {
    let mut fixture = NotebookFixture::start(&[("handbook.md", HANDBOOK_TEXT.as_bytes())], &[]).await;
    fixture.browser.wait_until("document.querySelector('.source')").await;
    fixture.node.kill();
    fixture.browser.wait_until("document.querySelector('.status [role=alert]')").await;
    fixture.browser.type_into("#ask", "How often is the burner cleaned?\u{e007}").await;
    fixture.browser.wait_until("document.querySelector('.toast.bad')").await;
    fixture.browser.save_screenshot("failure").await;
    fixture.browser.wait_until("document.querySelector('#ask').value.includes('burner')").await;
    let address = fixture.node.address.trim_start_matches("http://").to_owned();
    let mut command = std::process::Command::new(hearth_tests::node::hearth_program());
    command.arg("--data-dir").arg(fixture.data.path()).args(["node", "--listen", &address]);
    let _restarted = NodeProcess::start_with_command(command, fixture.data.path(), &[]);
    fixture.browser.wait_until("!document.querySelector('.status [role=alert]')").await;
    ask_question(&fixture.browser, "", 1).await;
    assert!(fixture.browser.visible_text(".turn .answer").await.contains("burner"));
    // The draft is cleared only once the question was accepted.
    fixture.browser.wait_until("document.querySelector('#ask').value === ''").await;
}
