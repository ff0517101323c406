//! Dictating questions, with a scripted microphone and a scripted speech model, in a plain browser.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hearth_client::Client;
use hearth_domain::NotebookId;
use hearth_node::{Composition, Node, ShellEvents};
use hearth_tests::browser::{CONTROL_KEY, ESCAPE_KEY};
use hearth_tests::shell::{
    ScriptedShell, UNREACHABLE_ADDRESS, create_composition, open_notebook_window, start_node_with,
};
use hearth_tests::whisper::{add_scripted_whisper, create_models_home, decode_wav, synthesise_speech};
use hearth_tests::{Browser, Script, ScriptedOllama, wait_until};
use hearth_wire::ShellEvent;
use hearth_wire::operations::ChangeSettings;
use tempfile::TempDir;

use crate::{SPOKEN_QUESTION, count_recordings, wait_for_no_recordings, wait_for_spoken_answers};

/// Milliseconds that keys are held, and that pass between two presses that are no double press.
const HOLD_MS: u32 = 1000;

/// A node with a scripted shell and microphone, and a browser that shows a notebook, whose clock stands still: only the
/// test tells a tap from a hold.
struct DictationFixture {
    shell: Arc<ScriptedShell>,
    events: ShellEvents,
    node: Node,
    client: Client,
    browser: Browser,
    notebook: NotebookId,
    data: TempDir,
    folder: TempDir,
}

impl DictationFixture {
    async fn new() -> Self {
        Self::with_chat(UNREACHABLE_ADDRESS).await
    }

    async fn with_chat(address: &str) -> Self {
        Self::start(address, false).await
    }

    async fn start(address: &str, graphics: bool) -> Self {
        let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (shell, events) = (Arc::new(ScriptedShell::default()), ShellEvents::default());
        let models = Path::new(&create_models_home(folder.path())).join("hub");
        let composition = create_composition(data.path(), Some(models), address);
        let node = start_node_with(Composition { graphics, ..composition }, &shell, &events).await;
        let client = Client::new(&node.address(), node.token()).unwrap();
        *shell.microphone_samples.lock().unwrap() = decode_wav(&synthesise_speech(SPOKEN_QUESTION));
        let (notebook, browser) = open_notebook_window(&node, &client, ".mic").await;
        browser.stop_clock().await;
        Self { shell, events, node, client, browser, notebook, data, folder }
    }

    /// Adds a speech model whose transcript is always this text, and selects it.
    async fn add_speech_model(&self, id: &str, text: &str) {
        add_scripted_whisper(&self.client, self.folder.path(), id, text).await;
        self.select_speech_model(id).await;
    }

    async fn select_speech_model(&self, id: &str) {
        let change = [("speech.model".to_owned(), id.into())].into();
        self.client.call::<ChangeSettings>(&[], &(), &change).await.unwrap();
    }

    /// Releases the push-to-talk keys after a hold.
    async fn release_talk_keys(&self) {
        self.browser.advance_clock(HOLD_MS).await;
        self.browser.release_talk_keys().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_the_keys_and_speaks_has_asked() {
    let fixture = DictationFixture::new().await;
    let browser = &fixture.browser;
    // Without a speech model the failure is shown at once, with a link to the settings.
    fixture.browser.hold_talk_keys().await;
    browser.wait_until("document.querySelector('.unheard')?.innerText.includes('no speech model')").await;
    fixture.release_talk_keys().await;
    assert_eq!(browser.count_elements(".unheard a[href='/settings']").await, 1);
    assert!(browser.take_console_messages().await.iter().all(|line| line.contains("503")));

    fixture.add_speech_model("scripted", SPOKEN_QUESTION).await;
    fixture.browser.hold_talk_keys().await;
    browser.wait_until("document.querySelector('.ask.is-speaking .meter')").await;
    // A partial transcript is shown before the keys are released.
    browser.wait_until("document.querySelector('.so-far')?.innerText.includes('How often')").await;
    browser.save_screenshot("speaking").await;
    assert!(browser.visible_text(".ask-row").await.contains("Release"));
    // The name of the microphone is announced.
    let label = browser.run_js("return document.querySelector('.speaking').ariaLabel").await;
    assert_eq!(label, "Listening: Microphone of the desk");
    assert_eq!(
        count_recordings(fixture.data.path()),
        1,
        "a dictation is recorded on the disk while it is captured"
    );
    browser.assert_accessible().await;
    fixture.release_talk_keys().await;
    wait_for_spoken_answers(&fixture.browser, 1).await;
    wait_for_no_recordings(fixture.data.path()).await;
    browser.hover(".cite").await;
    assert!(browser.visible_text(".card q").await.contains("burner"));

    // The draft that was typed before is sent with the dictated text.
    browser.type_into("#ask", "Please:").await;
    fixture.browser.hold_talk_keys().await;
    browser.wait_until("document.querySelector('.so-far')").await;
    fixture.release_talk_keys().await;
    wait_for_spoken_answers(&fixture.browser, 2).await;
    browser.wait_until("document.querySelectorAll('.turn')[1].innerText.includes('Please: How often')").await;
    assert_eq!(browser.run_js("return document.querySelector('#ask').value").await, "");
    browser.assert_console_empty().await;
    fixture.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_model_is_loaded_while_somebody_speaks() {
    let ollama = ScriptedOllama::start(Script::answering(&["The burner is cleaned once a year [1]."])).await;
    let fixture = DictationFixture::with_chat(&ollama.address).await;
    fixture.add_speech_model("scripted", SPOKEN_QUESTION).await;
    fixture.browser.hold_talk_keys().await;
    wait_until("the model is loaded", async || !ollama.chat_requests().is_empty()).await;
    fixture.browser.wait_until("document.querySelector('.so-far')").await;
    fixture.release_talk_keys().await;
    wait_for_spoken_answers(&fixture.browser, 1).await;
    let requests = ollama.chat_requests();
    assert_eq!(requests[0]["messages"], serde_json::json!([]), "the model is loaded without a message");
    // With another context size or keep-alive time, the model would be loaded once more for the question.
    for key in ["model", "keep_alive"] {
        assert_eq!(requests[0][key], requests[1][key]);
    }
    assert_eq!(requests[0]["options"]["num_ctx"], requests[1]["options"]["num_ctx"]);
    fixture.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_button_do_what_hands_mean() {
    let fixture = DictationFixture::new().await;
    let browser = &fixture.browser;
    fixture.add_speech_model("scripted", SPOKEN_QUESTION).await;
    // Escape cancels the dictation.
    fixture.browser.hold_talk_keys().await;
    browser.wait_until("document.querySelector('.so-far')").await;
    browser.press_keys(ESCAPE_KEY).await;
    browser.wait_until("!document.querySelector('.speaking')").await;
    fixture.release_talk_keys().await;
    wait_for_no_recordings(fixture.data.path()).await;
    assert_eq!(browser.count_elements(".turn").await, 0);
    // A tap shows a hint.
    browser.press_with_modifier(CONTROL_KEY, " ").await;
    browser.wait_until("document.querySelector('.ask-hint')?.innerText.includes('Hold the keys')").await;
    browser.save_screenshot("speaking-hint").await;
    browser.advance_clock(HOLD_MS).await;
    // Two taps start a hands-free dictation; a pause sends the question.
    browser.press_with_modifier_times(CONTROL_KEY, " ", 2).await;
    browser
        .wait_until("document.querySelector('.ask-row')?.innerText.includes('A pause sends the question')")
        .await;
    wait_for_spoken_answers(&fixture.browser, 1).await;
    // So does the next press, in the middle of the speech.
    fixture.shell.repeats_samples.store(true, Ordering::SeqCst);
    browser.press_with_modifier_times(CONTROL_KEY, " ", 2).await;
    browser.wait_until("document.querySelector('.so-far')").await;
    browser.press_with_modifier(CONTROL_KEY, " ").await;
    wait_for_spoken_answers(&fixture.browser, 2).await;
    assert_eq!(browser.count_elements(".unheard").await, 0);
    fixture.shell.repeats_samples.store(false, Ordering::SeqCst);
    // A click on the button works like two taps, by pointer or by keyboard.
    browser.click(".mic").await;
    browser.wait_until("document.querySelector('.mic').ariaPressed === 'true'").await;
    wait_for_spoken_answers(&fixture.browser, 3).await;
    browser.run_js("document.querySelector('.mic').focus()").await;
    browser.press_keys(hearth_tests::browser::ENTER_KEY).await;
    wait_for_spoken_answers(&fixture.browser, 4).await;
    // Global hotkeys: a hold dictates, a tap focuses the ask bar.
    fixture.events.publish(ShellEvent::Talk { is_down: true });
    browser.wait_until("document.querySelector('.so-far')").await;
    browser.advance_clock(HOLD_MS).await;
    fixture.events.publish(ShellEvent::Talk { is_down: false });
    wait_for_spoken_answers(&fixture.browser, 5).await;
    browser.run_js("document.activeElement.blur()").await;
    fixture.events.publish(ShellEvent::Talk { is_down: true });
    fixture.events.publish(ShellEvent::Talk { is_down: false });
    browser.wait_until("document.activeElement?.id === 'ask'").await;
    // A dictation without speech asks nothing.
    fixture.shell.microphone_samples.lock().unwrap().clear();
    browser.advance_clock(HOLD_MS).await;
    fixture.browser.hold_talk_keys().await;
    browser.wait_until("document.querySelector('.meter')").await;
    fixture.release_talk_keys().await;
    browser.wait_until("document.querySelector('.ask-hint')").await;
    assert_eq!(browser.count_elements(".turn").await, 5);
    browser.assert_console_empty().await;
    fixture.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_not_lost_when_something_fails() {
    let fixture = DictationFixture::new().await;
    let browser = &fixture.browser;
    fixture.add_speech_model("good", SPOKEN_QUESTION).await;
    fixture.add_speech_model("broken", SPOKEN_QUESTION).await;
    for file in list_files(&fixture.folder.path().join("home")) {
        if file.ends_with("broken.bin") {
            let length = std::fs::metadata(&file).unwrap().len();
            std::fs::write(file, vec![0; length as usize]).unwrap();
        }
    }
    fixture.browser.hold_talk_keys().await;
    fixture.shell.wait_for_spoken_captures(1).await;
    fixture.release_talk_keys().await;
    browser.wait_until("document.querySelector('.unheard .btn')").await;
    browser.save_screenshot("speaking-failed").await;
    assert_eq!(count_recordings(fixture.data.path()), 1);
    fixture.select_speech_model("good").await;
    browser.click(".unheard .btn").await;
    wait_for_spoken_answers(&fixture.browser, 1).await;
    wait_for_no_recordings(fixture.data.path()).await;
    // The microphone is disconnected during a dictation: the text until then is asked, and the loss is shown.
    fixture.shell.is_unplugged_at_end.store(true, Ordering::SeqCst);
    fixture.browser.hold_talk_keys().await;
    wait_for_spoken_answers(&fixture.browser, 2).await;
    assert!(browser.visible_text(".unheard").await.contains("disconnected"));
    fixture.release_talk_keys().await;
    // Without speech before, only the loss is shown.
    fixture.shell.microphone_samples.lock().unwrap().clear();
    fixture.browser.hold_talk_keys().await;
    browser.wait_until("!document.querySelector('.speaking') && document.querySelector('.unheard')").await;
    fixture.release_talk_keys().await;
    assert_eq!(browser.count_elements(".turn").await, 2);

    // In the settings: the microphones, and a test that asks nothing.
    fixture.shell.is_unplugged_at_end.store(false, Ordering::SeqCst);
    *fixture.shell.microphone_samples.lock().unwrap() = decode_wav(&synthesise_speech(SPOKEN_QUESTION));
    browser.click("a.icon[href='/settings']").await;
    browser.wait_until("document.querySelectorAll('#microphone option').length === 3").await;
    browser.run_js("const s = document.querySelector('#microphone'); s.value = 'ear'; s.dispatchEvent(new Event('change', {bubbles: true}))").await;
    let file = fixture.data.path().join("hearth.toml");
    wait_until("the choice is saved", async || {
        std::fs::read_to_string(&file).is_ok_and(|text| text.contains("microphone = \"ear\""))
    })
    .await;
    // A message is shown as long as the microphone cannot be kept open.
    *fixture.shell.microphone_problem.lock().unwrap() = Some("The headset is not there.".into());
    browser
        .wait_until("document.querySelector('.settings')?.innerText.includes('The headset is not there')")
        .await;
    browser.save_screenshot("microphone-trouble").await;
    *fixture.shell.microphone_problem.lock().unwrap() = None;
    browser
        .wait_until("!document.querySelector('.settings')?.innerText.includes('The headset is not there')")
        .await;
    browser.click("#microphone + .btn").await;
    browser.wait_until("document.querySelector('.settings .meter')").await;
    browser.save_screenshot("microphone-test").await;
    browser
        .wait_until("document.querySelector('.settings')?.innerText.includes('Recognised: “How often')")
        .await;
    browser.assert_accessible().await;
    browser.go_to(&format!("{}/notebook/{}", fixture.node.address(), fixture.notebook)).await;
    browser.wait_until("document.querySelectorAll('.turn').length === 2").await;
    browser.assert_console_empty().await;
    fixture.node.stop().await;
}

/// A program built for a graphics card, on a machine without one.
#[tokio::test(flavor = "multi_thread")]
async fn that_there_is_no_graphics_card_is_told_once() {
    let fixture = DictationFixture::start(UNREACHABLE_ADDRESS, true).await;
    let browser = &fixture.browser;
    fixture.add_speech_model("scripted", SPOKEN_QUESTION).await;
    for count in 1..=2 {
        browser.hold_talk_keys().await;
        browser.wait_until("document.querySelector('.so-far')?.innerText.includes('How often')").await;
        fixture.release_talk_keys().await;
        wait_for_spoken_answers(&fixture.browser, count).await;
        browser
            .wait_until("document.querySelector('.toast')?.innerText.includes('No graphics card was found')")
            .await;
        assert_eq!(browser.count_elements(".toast").await, 1);
        browser.save_screenshot("no-graphics-card").await;
    }
    browser.click(".toast .icon").await;
    browser.wait_until("!document.querySelector('.toast')").await;
    // The settings show the reason permanently.
    browser.click("a.icon[href='/settings']").await;
    browser
        .wait_until(
            "document.querySelector('.settings')?.innerText.includes('no suitable graphics card was found')",
        )
        .await;
    browser.assert_console_empty().await;
    fixture.node.stop().await;
}

/// Lists all files below a folder; links to folders are not followed.
fn list_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(list_files(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}
