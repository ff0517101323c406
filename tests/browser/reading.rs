//! Answers that are read aloud: by a scripted voice, in a plain browser.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hearth_node::{Node, ShellEvents};
use hearth_tests::browser::{ENTER, ESCAPE};
use hearth_tests::desktop::until;
use hearth_tests::{Browser, Script, ScriptedOllama};
use hearth_wire::operations::ChangeSettings;

use hearth_tests::shell::{Scripted, start, window};

const ANSWER: [&str; 3] =
    ["The burner is **cleaned** once a year [1].", " A technician does it [1].", " Nobody else may do it."];
/// Three sentences, of which the second begins seconds after the first.
const PAUSE: Duration = Duration::from_millis(350);

/// A window on a notebook whose program has a voice.
struct Room {
    shell: Arc<Scripted>,
    ollama: ScriptedOllama,
    node: Node,
    browser: Browser,
    _data: tempfile::TempDir,
}

impl Room {
    async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let ollama = ScriptedOllama::start(Script::says(&ANSWER)).await;
        let (shell, events) = (Arc::new(Scripted::default()), ShellEvents::default());
        let node = start(data.path(), &shell, &events, None, &ollama.address).await;
        let client = shell.client.lock().unwrap().clone().unwrap();
        // One request after the other is easier to follow.
        let quiet = [("ask.follow_ups".to_owned(), false.into()), ("ask.guides".to_owned(), false.into())];
        client.call::<ChangeSettings>(&[], &(), &quiet.into()).await.unwrap();
        let (_, browser) = window(&node, &client, "#ask").await;
        Self { shell, ollama, node, browser, _data: data }
    }

    async fn ask(&self) {
        self.browser.type_into("#ask", &format!("How often is the burner cleaned?{ENTER}")).await;
    }

    async fn answered(&self, count: usize) {
        self.browser
            .until(&format!("document.querySelectorAll('.turn[data-state=done]').length === {count}"))
            .await;
    }

    /// The sentences that were read to their end.
    fn read(&self) -> Vec<String> {
        self.shell.read.lock().unwrap().iter().map(|sentence| sentence.text.clone()).collect()
    }
}

const READ: &str = ".turn:last-child button[aria-label='Read aloud']";
const STOP: &str = ".turn:last-child button[aria-label='Stop reading']";

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_read_when_they_are_wanted() {
    let room = Room::new().await;
    let browser = &room.browser;
    // Nobody is read to who did not ask for it.
    room.ask().await;
    room.answered(1).await;
    browser.until(&format!("document.querySelector(\"{READ}\")")).await;
    browser.click(READ).await;
    browser.until(&format!("document.querySelector(\"{STOP}\")")).await;
    browser.screenshot("reading-aloud").await;
    browser.assert_accessible().await;
    until(|| room.read().len() == 3).await;
    assert_eq!(
        room.read(),
        ["The burner is cleaned once a year.", "A technician does it.", "Nobody else may do it."]
    );
    browser.until(&format!("document.querySelector(\"{READ}\")")).await;

    // Escape, or the button, ends it in the middle of a sentence.
    for by_key in [true, false] {
        room.shell.read.lock().unwrap().clear();
        browser.click(READ).await;
        until(|| room.read().len() == 1).await;
        if by_key {
            browser.keys(ESCAPE).await;
        } else {
            browser.click(STOP).await;
        }
        browser.until(&format!("document.querySelector(\"{READ}\")")).await;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(room.read().len(), 1);
    }

    // Where there is no voice, it is told.
    room.shell.is_mute.store(true, Ordering::SeqCst);
    browser.click(READ).await;
    browser.until("document.querySelector('.toast.bad')?.innerText.includes('no voice is installed')").await;
    browser.assert_quiet().await;
    room.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_begins_with_the_first_finished_sentence() {
    let room = Room::new().await;
    let browser = &room.browser;
    browser.click("a.icon[href='/settings']").await;
    browser.until("document.querySelectorAll('#voice option').length === 3").await;
    browser.screenshot("voice-settings").await;
    browser.assert_accessible().await;
    let choose = |which: &str, value: &str| {
        format!(
            "const s = document.querySelector('{which}'); s.value = '{value}'; s.dispatchEvent(new Event('change', {{bubbles: true}}))"
        )
    };
    browser.js(&choose("#read-aloud", "always")).await;
    browser.js(&choose("#voice", "bob")).await;
    // A few words try the voice.
    browser.click("#try-voice").await;
    until(|| room.read() == ["This is how answers sound when they are read aloud."]).await;
    room.shell.read.lock().unwrap().clear();
    browser.js("history.back()").await;
    browser.until("document.querySelector('#ask')").await;

    room.ollama.next(Script { pause: PAUSE, chunk: 60, ..Script::says(&ANSWER) });
    room.ask().await;
    until(|| !room.read().is_empty()).await;
    assert_eq!(browser.count(".turn[data-state=running]").await, 1, "the rest is still being written");
    // Whoever stops the answer is not read the rest.
    browser.click(".send.stop").await;
    browser.until("document.querySelector('.turn[data-state=cancelled]')").await;
    browser.until("!document.querySelector(\"button[aria-label='Stop reading']\")").await;
    assert!(room.read().len() < 3, "{:?}", room.read());
    browser.assert_quiet().await;
    room.node.stop().await;
}
