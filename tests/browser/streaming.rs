//! While text streams: reloads, two windows, a node that dies and comes back.

use hearth_tests::browser::ENTER_KEY;
use hearth_tests::documents::HANDBOOK_TEXT;
use hearth_tests::ollama::AnswerGate;
use hearth_tests::{Browser, NodeProcess, Script, ScriptedOllama};

use crate::{NotebookFixture, ask_question, open_notebook};

/// JavaScript condition: true while an answer is shown that stands at its gate.
const IS_ANSWERING: &str =
    "document.querySelector('.turn[data-state=running] .answer')?.innerText.includes('word8')";

/// Starts a node with the handbook and a browser, in which an answer stands at its gate.
async fn start_answering() -> (NotebookFixture, AnswerGate) {
    let (script, gate) = Script::held_after_ten_words();
    let ollama = ScriptedOllama::start(script).await;
    let files = [("handbook.md", HANDBOOK_TEXT.as_bytes())];
    let fixture = NotebookFixture::start(&files, &[("HEARTH_CHAT__ADDRESS", &ollama.address)]).await;
    fixture.browser.type_into("#ask", &format!("How often is the burner cleaned?{ENTER_KEY}")).await;
    fixture.browser.wait_until(IS_ANSWERING).await;
    (fixture, gate)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_goes_on_through_a_reload_and_in_two_windows() {
    let (fixture, gate) = start_answering().await;
    let second_browser = Browser::start(1000, 800, true).await;
    open_notebook(&fixture.node, &second_browser, fixture.notebook).await;
    second_browser.wait_until(IS_ANSWERING).await;
    second_browser.save_screenshot("streaming").await;
    fixture.browser.reload().await;
    fixture.browser.wait_until(IS_ANSWERING).await;
    gate.open();
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
    let (fixture, _gate) = start_answering().await;
    fixture.browser.click(".send.stop").await;
    fixture.browser.wait_until("document.querySelector('.turn[data-state=cancelled]')").await;
    let text = fixture.browser.visible_text(".turn .answer").await;
    assert!(text.contains("word8") && !text.contains("word59"), "{text}");
    fixture.browser.wait_until("document.querySelector('.send[type=submit]')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_dies_and_comes_back_costs_nothing_typed() {
    let mut fixture = NotebookFixture::start(&[("handbook.md", HANDBOOK_TEXT.as_bytes())], &[]).await;
    fixture.browser.wait_until("document.querySelector('.source')").await;
    fixture.node.kill();
    fixture.browser.wait_until("document.querySelector('.status [role=alert]')").await;
    fixture.browser.type_into("#ask", &format!("How often is the burner cleaned?{ENTER_KEY}")).await;
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
