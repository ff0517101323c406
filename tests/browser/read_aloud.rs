//! Answers read aloud, by scripted speech synthesis in a plain browser.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hearth_node::{Node, ShellEvents};
use hearth_tests::browser::{ENTER_KEY, ESCAPE_KEY};
use hearth_tests::{Browser, Script, ScriptedOllama, wait_for, wait_for_end};
use hearth_wire::ShellEvent;
use hearth_wire::operations::ChangeSettings;

use hearth_tests::shell::{ScriptedShell, open_notebook_window, start_node};

const ANSWER_PARTS: [&str; 3] =
    ["The burner is **cleaned** once a year [1].", " A technician does it [1].", " Nobody else may do it."];

/// A node with a scripted shell that reads aloud, and a browser that shows a notebook.
struct ReadAloudFixture {
    shell: Arc<ScriptedShell>,
    events: ShellEvents,
    ollama: ScriptedOllama,
    node: Node,
    browser: Browser,
    _data: tempfile::TempDir,
}

impl ReadAloudFixture {
    async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let ollama = ScriptedOllama::start(Script::answering(&ANSWER_PARTS)).await;
        let (shell, events) = (Arc::new(ScriptedShell::default()), ShellEvents::default());
        let node = start_node(data.path(), &shell, &events, None, &ollama.address).await;
        let client = shell.client.lock().unwrap().clone().unwrap();
        // Without further requests, the scripted answers come in order.
        let settings = [("ask.follow_ups".to_owned(), false.into()), ("ask.guides".to_owned(), false.into())];
        client.call::<ChangeSettings>(&[], &(), &settings.into()).await.unwrap();
        let (_, browser) = open_notebook_window(&node, &client, "#ask").await;
        Self { shell, events, ollama, node, browser, _data: data }
    }

    async fn ask_question(&self) {
        self.browser.type_into("#ask", &format!("How often is the burner cleaned?{ENTER_KEY}")).await;
    }

    async fn wait_for_answers(&self, count: usize) {
        self.browser
            .wait_until(&format!("document.querySelectorAll('.turn[data-state=done]').length === {count}"))
            .await;
    }

    /// Sentences that were read to their end.
    fn read_sentences(&self) -> Vec<String> {
        self.shell.read_sentences.lock().unwrap().iter().map(|sentence| sentence.text.clone()).collect()
    }

    /// Waits until so many sentences were read to their end; returns them.
    async fn wait_for_sentences(&self, count: usize) -> Vec<String> {
        wait_for("sentences that are read", async || self.read_sentences(), |all| all.len() == count).await
    }

    /// Forgets the sentences so far; the next reading pauses in the middle of the sentence after so many.
    fn limit_reading(&self, limit: Option<usize>) {
        self.shell.read_sentences.lock().unwrap().clear();
        self.shell.reading_limit.send_replace(limit);
    }
}

const READ_BUTTON: &str = ".turn:last-child button[aria-label='Read aloud']";
const STOP_BUTTON: &str = ".turn:last-child button[aria-label='Stop reading']";

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_read_when_they_are_wanted() {
    let fixture = ReadAloudFixture::new().await;
    let browser = &fixture.browser;
    // By default no answer is read aloud automatically.
    fixture.ask_question().await;
    fixture.wait_for_answers(1).await;
    fixture.limit_reading(Some(0));
    browser.click(READ_BUTTON).await;
    browser.wait_until(&format!("document.querySelector(\"{STOP_BUTTON}\")")).await;
    browser.save_screenshot("reading-aloud").await;
    browser.assert_accessible().await;
    fixture.limit_reading(None);
    assert_eq!(
        fixture.wait_for_sentences(3).await,
        ["The burner is cleaned once a year.", "A technician does it.", "Nobody else may do it."]
    );
    browser.wait_until(&format!("document.querySelector(\"{READ_BUTTON}\")")).await;

    // Escape, or the button, stops reading in the middle of a sentence.
    for by_key in [true, false] {
        fixture.limit_reading(Some(1));
        browser.click(READ_BUTTON).await;
        fixture.wait_for_sentences(1).await;
        browser.wait_until(&format!("document.querySelector(\"{STOP_BUTTON}\")")).await;
        if by_key {
            browser.press_keys(ESCAPE_KEY).await;
        } else {
            browser.click(STOP_BUTTON).await;
        }
        // The button is back once the shell has ended the reading.
        browser.wait_until(&format!("document.querySelector(\"{READ_BUTTON}\")")).await;
        assert_eq!(fixture.read_sentences().len(), 1);
    }

    // Without an installed voice, a message is shown.
    fixture.shell.has_no_voice.store(true, Ordering::SeqCst);
    browser.click(READ_BUTTON).await;
    browser
        .wait_until("document.querySelector('.toast.bad')?.innerText.includes('no voice is installed')")
        .await;
    browser.assert_console_empty().await;
    fixture.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_begins_with_the_first_finished_sentence() {
    let fixture = ReadAloudFixture::new().await;
    let browser = &fixture.browser;
    browser.click("a.icon[href='/settings']").await;
    browser.wait_until("document.querySelectorAll('#voice option').length === 3").await;
    browser.save_screenshot("voice-settings").await;
    browser.assert_accessible().await;
    let choose = |which: &str, value: &str| {
        format!(
            "const s = document.querySelector('{which}'); s.value = '{value}'; s.dispatchEvent(new Event('change', {{bubbles: true}}))"
        )
    };
    browser.run_js(&choose("#read-aloud", "always")).await;
    browser.run_js(&choose("#voice", "bob")).await;
    // The sample sentence is read with the chosen voice.
    browser.click("#try-voice").await;
    assert_eq!(fixture.wait_for_sentences(1).await, ["This is how answers sound when they are read aloud."]);
    browser.run_js("history.back()").await;
    browser.wait_until("document.querySelector('#ask')").await;

    let (script, _gate) = Script::answering(&ANSWER_PARTS).hold_after(2);
    fixture.ollama.set_script(script);
    fixture.limit_reading(Some(1));
    fixture.ask_question().await;
    fixture.wait_for_sentences(1).await;
    assert_eq!(
        browser.count_elements(".turn[data-state=running]").await,
        1,
        "the rest is still being written"
    );
    // Stopping the answer stops reading it.
    let mut events = fixture.events.subscribe();
    let reading_end = async {
        while !matches!(events.recv().await.unwrap(), (_, ShellEvent::Reading { is_on: false, .. })) {}
    };
    browser.click(".send.stop").await;
    wait_for_end("the end of the reading", reading_end).await;
    browser.wait_until("document.querySelector('.turn[data-state=cancelled]')").await;
    browser.wait_until("!document.querySelector(\"button[aria-label='Stop reading']\")").await;
    assert_eq!(fixture.read_sentences().len(), 1);
    browser.assert_console_empty().await;
    fixture.node.stop().await;
}
