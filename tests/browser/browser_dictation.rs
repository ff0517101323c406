//! Dictating questions in a plain browser, whose microphone plays a file.

use std::path::Path;
use std::process::Command;

use hearth_domain::NotebookId;
use hearth_tests::browser::ESCAPE_KEY;
use hearth_tests::node::hearth_program;
use hearth_tests::whisper::{add_scripted_whisper, create_models_home, synthesise_speech};
use hearth_tests::{Browser, NodeProcess};
use tempfile::TempDir;

use crate::{
    SPOKEN_QUESTION, count_recordings, open_notebook, wait_for_no_recordings, wait_for_spoken_answers,
};

/// Name of the node on the network.
const HOST_NAME: &str = "hearth.test";
const LOCAL_ARGUMENTS: [&str; 2] = ["--listen", "127.0.0.1:0"];

/// A node with a notebook, and a browser that shows it and has a microphone.
struct DictationFixture {
    node: NodeProcess,
    browser: Browser,
    data: TempDir,
    folder: TempDir,
}

/// Starts a node with a notebook and a document about burners.
async fn start_with_notebook(arguments: &[&str]) -> (NodeProcess, NotebookId, TempDir, TempDir) {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let home = create_models_home(folder.path());
    let node = start_node(data.path(), arguments, &home);
    let notebook = node.create_notebook("House").await;
    node.add_file(notebook, "boiler.md", b"# Boiler\n\nThe burner is cleaned once a year.").await;
    node.wait_until_settled(notebook).await;
    (node, notebook, data, folder)
}

fn start_node(data: &Path, arguments: &[&str], home: &str) -> NodeProcess {
    let mut command = Command::new(hearth_program());
    command.arg("--data-dir").arg(data).arg("node").args(arguments);
    NodeProcess::start_with_command(command, data, &[("HF_HOME", home), ("HEARTH_NODE__NAMES", HOST_NAME)])
}

/// Writes the file that the microphone plays repeatedly: speech, and a pause after it.
fn write_microphone_file(folder: &Path) -> String {
    let mut wav = synthesise_speech(SPOKEN_QUESTION);
    wav.extend(vec![0; 2 * 22_050 * 2]);
    let bytes = (wav.len() - 44) as u32;
    wav[4..8].copy_from_slice(&(bytes + 36).to_le_bytes());
    wav[40..44].copy_from_slice(&bytes.to_le_bytes());
    let path = folder.join("heard.wav");
    std::fs::write(&path, wav).unwrap();
    path.display().to_string()
}

impl DictationFixture {
    async fn new() -> Self {
        let (node, notebook, data, folder) = start_with_notebook(&LOCAL_ARGUMENTS).await;
        add_scripted_whisper(&node.client, folder.path(), "scripted", SPOKEN_QUESTION).await;
        let file = format!("--use-file-for-fake-audio-capture={}", write_microphone_file(folder.path()));
        let arguments =
            ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", file.as_str()];
        let browser = Browser::start_with_arguments(1440, 900, false, &arguments).await;
        open_notebook(&node, &browser, notebook).await;
        Self { node, browser, data, folder }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_browser_hears_whoever_sits_there() {
    let fixture = DictationFixture::new().await;
    let browser = &fixture.browser;
    fixture.browser.hold_talk_keys().await;
    browser.wait_until("document.querySelector('.ask.is-speaking .meter')").await;
    browser.wait_until("document.querySelector('.so-far')?.innerText.includes('How often')").await;
    browser.save_screenshot("browser-speaking").await;
    let label = browser.run_js("return document.querySelector('.speaking').ariaLabel").await;
    assert!(label.as_str().unwrap().contains("Fake"), "{label}");
    assert_eq!(
        count_recordings(fixture.data.path()),
        1,
        "a dictation is recorded on the disk while it is captured"
    );
    fixture.browser.release_talk_keys().await;
    wait_for_spoken_answers(&fixture.browser, 1).await;
    // The recording is deleted once its text was asked.
    wait_for_no_recordings(fixture.data.path()).await;

    // A hands-free dictation ends at the pause.
    browser.click(".mic").await;
    browser.wait_until("document.querySelector('.ask-row').innerText.includes('pause')").await;
    wait_for_spoken_answers(&fixture.browser, 2).await;

    // A dictation during the transcription of the previous one is refused; the previous one is asked.
    fixture.browser.hold_talk_keys().await;
    browser.wait_until("document.querySelector('.so-far')").await;
    // From now on the page's commands are held back, the end of this dictation among them.
    let hold = "const send = WebSocket.prototype.send; const held = []; \
        WebSocket.prototype.send = function(message) { \
            if (typeof message === 'string') held.push([this, message]); else send.call(this, message); }; \
        window.release_commands = () => { \
            WebSocket.prototype.send = send; held.forEach(([socket, message]) => socket.send(message)); };";
    browser.run_js(hold).await;
    fixture.browser.release_talk_keys().await;
    fixture.browser.hold_talk_keys().await;
    browser
        .wait_until("document.querySelector('.unheard')?.innerText.includes('still being transcribed')")
        .await;
    browser.run_js("window.release_commands()").await;
    wait_for_spoken_answers(&fixture.browser, 3).await;
    fixture.browser.release_talk_keys().await;

    // Esc cancels the dictation.
    fixture.browser.hold_talk_keys().await;
    browser.wait_until("document.querySelector('.so-far')").await;
    browser.press_keys(ESCAPE_KEY).await;
    browser.wait_until("!document.querySelector('.speaking')").await;
    fixture.browser.release_talk_keys().await;
    wait_for_no_recordings(fixture.data.path()).await;
    assert_eq!(browser.count_elements(".turn").await, 3);
    browser.assert_accessible().await;
    browser.assert_console_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_to_a_node_that_died_is_in_the_settings() {
    let mut fixture = DictationFixture::new().await;
    fixture.browser.hold_talk_keys().await;
    fixture.browser.wait_until("document.querySelector('.so-far')").await;
    let address = fixture.node.address.trim_start_matches("http://").to_owned();
    fixture.node.kill();
    fixture
        .browser
        .wait_until("document.querySelector('.unheard')?.innerText.includes('connection was lost')")
        .await;
    fixture.browser.release_talk_keys().await;
    let home = fixture.folder.path().join("home").display().to_string();
    fixture.node = start_node(fixture.data.path(), &["--listen", &address], &home);
    let browser = &fixture.browser;
    browser.click(".unheard a[href='/settings']").await;
    browser.wait_until("document.querySelectorAll('#dictations li').length === 1").await;
    // The microphones of this browser can be chosen and tested.
    browser.wait_until("document.querySelectorAll('#microphone option').length >= 2").await;
    browser.run_js("document.querySelector('#dictations').scrollIntoView({block: 'center'})").await;
    browser.save_screenshot("dictations").await;
    browser.assert_accessible().await;
    browser.click("#dictations .btn").await;
    browser.wait_until("document.querySelector('#dictations q')?.innerText.includes('How often')").await;
    browser.save_screenshot("dictation-written").await;
    browser.click("#dictations .icon[aria-label=Delete]").await;
    browser.wait_until("!document.querySelector('#dictations')").await;
    assert_eq!(count_recordings(fixture.data.path()), 0);
    browser.click("#microphone + .btn").await;
    // The level rises with the speech and falls in the pause.
    let last = "parseFloat(document.querySelector('.speaking .meter i:last-child')?.style.height)";
    browser.wait_until(&format!("{last} > 12")).await;
    browser.wait_until(&format!("{last} < 4")).await;
    browser.click("#microphone + .btn").await;
    browser.wait_until("document.querySelector('main').innerText.includes('Recognised: “How often')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_be_heard_is_told_why() {
    // Over the network without TLS, browsers give no page the microphone.
    let (node, notebook, _data, _folder) =
        start_with_notebook(&["--listen", "0.0.0.0:0", "--insecure-http"]).await;
    let map = format!("--host-resolver-rules=MAP {HOST_NAME} 127.0.0.1");
    let browser = Browser::start_with_arguments(1440, 900, false, &[&map]).await;
    let port = node.address.rsplit(':').next().unwrap();
    let code = node.login_address.split_once("?code=").unwrap().1;
    let page_address = |path: &str| format!("http://{HOST_NAME}:{port}{path}");
    browser.go_to(&page_address(&format!("/?code={code}&to=/notebook/{notebook}"))).await;
    browser.wait_until("document.querySelector('.mic')").await;
    browser.click(".mic").await;
    browser.wait_until("document.querySelector('.unheard')?.innerText.includes('only over HTTPS')").await;
    browser.save_screenshot("browser-not-heard").await;
    browser.go_to(&page_address("/settings")).await;
    browser.wait_until("document.querySelector('main')?.innerText.includes('only over HTTPS')").await;
    // The same without the user's permission.
    let (node, notebook, _data, _folder) = start_with_notebook(&LOCAL_ARGUMENTS).await;
    let browser =
        Browser::start_with_arguments(1440, 900, true, &["--use-fake-device-for-media-stream"]).await;
    browser.set_microphone_permission("denied").await;
    open_notebook(&node, &browser, notebook).await;
    browser.hold_talk_keys().await;
    browser
        .wait_until("document.querySelector('.unheard')?.innerText.includes('does not let this page')")
        .await;
    browser.release_talk_keys().await;
    browser.save_screenshot("browser-denied").await;
}
