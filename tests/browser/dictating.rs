//! Asking by voice in a plain browser, whose microphone says what a file says.

use std::path::Path;
use std::process::Command;

use hearth_domain::NotebookId;
use hearth_tests::browser::ESCAPE;
use hearth_tests::node::program;
use hearth_tests::whisper::{add_scripted, models_home, spoken};
use hearth_tests::{Browser, NodeProcess};
use tempfile::TempDir;

use crate::{enter_notebook, recordings};

const QUESTION: &str = "How often is the burner cleaned?";
/// What the node is called on the network.
const NAME: &str = "hearth.test";
const LOCAL: [&str; 2] = ["--listen", "127.0.0.1:0"];

/// A browser on a notebook, with somebody who can speak.
struct Room {
    node: NodeProcess,
    browser: Browser,
    data: TempDir,
    folder: TempDir,
}

/// A node with a notebook and a document about burners.
async fn house(arguments: &[&str]) -> (NodeProcess, NotebookId, TempDir, TempDir) {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let home = models_home(folder.path());
    let node = hearth(data.path(), arguments, &home);
    let notebook = node.notebook("House").await;
    node.add(notebook, "boiler.md", b"# Boiler\n\nThe burner is cleaned once a year.").await;
    node.settled(notebook).await;
    (node, notebook, data, folder)
}

fn hearth(data: &Path, arguments: &[&str], home: &str) -> NodeProcess {
    let mut command = Command::new(program());
    command.arg("--data-dir").arg(data).arg("node").args(arguments);
    NodeProcess::run(command, data, &[("HF_HOME", home), ("HEARTH_NODE__NAMES", NAME)])
}

/// What the microphone hears, again and again: speech, and a pause after it.
fn heard(folder: &Path) -> String {
    let mut wav = spoken(QUESTION);
    wav.extend(vec![0; 2 * 22_050 * 2]);
    let bytes = (wav.len() - 44) as u32;
    wav[4..8].copy_from_slice(&(bytes + 36).to_le_bytes());
    wav[40..44].copy_from_slice(&bytes.to_le_bytes());
    let path = folder.join("heard.wav");
    std::fs::write(&path, wav).unwrap();
    path.display().to_string()
}

impl Room {
    async fn new() -> Self {
        let (node, notebook, data, folder) = house(&LOCAL).await;
        add_scripted(&node.client, folder.path(), "scripted", QUESTION).await;
        let file = format!("--use-file-for-fake-audio-capture={}", heard(folder.path()));
        let arguments =
            ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", file.as_str()];
        let browser = Browser::start_with(1440, 900, false, &arguments).await;
        enter_notebook(&node, &browser, notebook).await;
        Self { node, browser, data, folder }
    }

    /// So many questions have been asked and answered.
    async fn asked(&self, count: usize) {
        let done = format!("document.querySelectorAll('.turn[data-state=done]').length === {count}");
        self.browser.until(&done).await;
        self.browser.until("!document.querySelector('.speaking')").await;
        let text = self.browser.text(".turn:last-of-type").await;
        assert!(text.contains(QUESTION), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_browser_hears_whoever_sits_there() {
    let room = Room::new().await;
    let browser = &room.browser;
    room.browser.hold_to_speak().await;
    browser.until("document.querySelector('.ask.is-speaking .meter')").await;
    browser.until("document.querySelector('.so-far')?.innerText.includes('How often')").await;
    browser.screenshot("browser-speaking").await;
    let label = browser.js("return document.querySelector('.speaking').ariaLabel").await;
    assert!(label.as_str().unwrap().contains("Fake"), "{label}");
    assert_eq!(recordings(room.data.path()), 1, "what is said is on the disk while it is said");
    room.browser.let_go().await;
    room.asked(1).await;
    browser.until("document.querySelector('.cite')").await;
    // The microphone is let go, and what was said is needed no more.
    hearth_tests::desktop::until(|| recordings(room.data.path()) == 0).await;

    // Without hands it ends at the pause.
    browser.click(".mic").await;
    browser.until("document.querySelector('.ask-row').innerText.includes('pause')").await;
    room.asked(2).await;

    // Who speaks again before it is written down is told to wait, and what was said is asked.
    room.browser.hold_to_speak().await;
    browser.until("document.querySelector('.so-far')").await;
    room.browser.let_go().await;
    room.browser.hold_to_speak().await;
    browser.until("document.querySelector('.unheard')?.innerText.includes('still being written')").await;
    room.asked(3).await;
    room.browser.let_go().await;

    // Esc drops it.
    room.browser.hold_to_speak().await;
    browser.until("document.querySelector('.so-far')").await;
    browser.keys(ESCAPE).await;
    browser.until("!document.querySelector('.speaking')").await;
    room.browser.let_go().await;
    hearth_tests::desktop::until(|| recordings(room.data.path()) == 0).await;
    assert_eq!(browser.count(".turn").await, 3);
    browser.assert_accessible().await;
    browser.assert_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_to_a_node_that_died_is_in_the_settings() {
    let mut room = Room::new().await;
    room.browser.hold_to_speak().await;
    room.browser.until("document.querySelector('.so-far')").await;
    let address = room.node.address.trim_start_matches("http://").to_owned();
    room.node.kill();
    room.browser.until("document.querySelector('.unheard')?.innerText.includes('connection broke')").await;
    room.browser.let_go().await;
    let home = room.folder.path().join("home").display().to_string();
    room.node = hearth(room.data.path(), &["--listen", &address], &home);
    let browser = &room.browser;
    browser.click(".unheard a[href='/settings']").await;
    browser.until("document.querySelectorAll('#dictations li').length === 1").await;
    // The microphones of this browser can be chosen, and tried.
    browser.until("document.querySelectorAll('#microphone option').length >= 2").await;
    browser.js("document.querySelector('#dictations').scrollIntoView({block: 'center'})").await;
    browser.screenshot("dictations").await;
    browser.assert_accessible().await;
    browser.click("#dictations .btn").await;
    browser.until("document.querySelector('#dictations q')?.innerText.includes('How often')").await;
    browser.screenshot("dictation-written").await;
    browser.click("#dictations .icon[aria-label=Delete]").await;
    browser.until("!document.querySelector('#dictations')").await;
    assert_eq!(recordings(room.data.path()), 0);
    browser.click("#microphone + .btn").await;
    // Somebody has been loud, and is quiet again.
    let last = "parseFloat(document.querySelector('.speaking .meter i:last-child')?.style.height)";
    browser.until(&format!("{last} > 12")).await;
    browser.until(&format!("{last} < 4")).await;
    browser.click("#microphone + .btn").await;
    browser.until("document.querySelector('main').innerText.includes('Heard: “How often')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_be_heard_is_told_why() {
    // Over the network without TLS browsers let no page hear.
    let (node, notebook, _data, _folder) = house(&["--listen", "0.0.0.0:0", "--insecure-http"]).await;
    let map = format!("--host-resolver-rules=MAP {NAME} 127.0.0.1");
    let browser = Browser::start_with(1440, 900, false, &[&map]).await;
    let port = node.address.rsplit(':').next().unwrap();
    let code = node.page.split_once("?code=").unwrap().1;
    let at = |path: &str| format!("http://{NAME}:{port}{path}");
    browser.go(&at(&format!("/?code={code}&to=/notebook/{notebook}"))).await;
    browser.until("document.querySelector('.mic')").await;
    browser.click(".mic").await;
    browser.until("document.querySelector('.unheard')?.innerText.includes('only over HTTPS')").await;
    browser.screenshot("browser-not-heard").await;
    browser.go(&at("/settings")).await;
    browser.until("document.querySelector('main')?.innerText.includes('only over HTTPS')").await;
    // Nor where whoever sits there does not want it.
    let (node, notebook, _data, _folder) = house(&LOCAL).await;
    let browser = Browser::start_with(1440, 900, true, &["--use-fake-device-for-media-stream"]).await;
    browser.let_hear("denied").await;
    enter_notebook(&node, &browser, notebook).await;
    browser.hold_to_speak().await;
    browser.until("document.querySelector('.unheard')?.innerText.includes('does not let this page')").await;
    browser.let_go().await;
    browser.screenshot("browser-denied").await;
}
