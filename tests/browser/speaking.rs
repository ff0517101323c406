//! Asking by voice: with a scripted microphone and a scripted speech model, in a plain browser.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hearth_client::Client;
use hearth_domain::NotebookId;
use hearth_node::{Composition, Node, ShellEvents};
use hearth_tests::browser::{CONTROL, ESCAPE};
use hearth_tests::shell::{NOBODY, Scripted, composition, start_as, window};
use hearth_tests::whisper::{add_scripted, models_home, samples, spoken};
use hearth_tests::{Browser, Script, ScriptedOllama};
use hearth_wire::ShellEvent;
use hearth_wire::operations::ChangeSettings;
use tempfile::TempDir;

use crate::recordings;

const QUESTION: &str = "How often is the burner cleaned?";

/// A window on a notebook, with somebody who can speak.
struct Room {
    shell: Arc<Scripted>,
    events: ShellEvents,
    node: Node,
    client: Client,
    browser: Browser,
    notebook: NotebookId,
    data: TempDir,
    folder: TempDir,
}

impl Room {
    async fn new() -> Self {
        Self::with_chat(NOBODY).await
    }

    async fn with_chat(address: &str) -> Self {
        Self::with(address, false).await
    }

    async fn with(address: &str, graphics: bool) -> Self {
        let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (shell, events) = (Arc::new(Scripted::default()), ShellEvents::default());
        let models = Path::new(&models_home(folder.path())).join("hub");
        let composition = composition(data.path(), Some(models), address);
        let node = start_as(Composition { graphics, ..composition }, &shell, &events).await;
        let client = Client::new(&node.address(), node.token()).unwrap();
        *shell.sound.lock().unwrap() = samples(&spoken(QUESTION));
        let (notebook, browser) = window(&node, &client, ".mic").await;
        Self { shell, events, node, client, browser, notebook, data, folder }
    }

    /// Adds a model that hears these words, and uses it.
    async fn hears(&self, id: &str, words: &str) {
        add_scripted(&self.client, self.folder.path(), id, words).await;
        self.uses(id).await;
    }

    async fn uses(&self, id: &str) {
        let change = [("speech.model".to_owned(), id.into())].into();
        self.client.call::<ChangeSettings>(&[], &(), &change).await.unwrap();
    }

    /// So many questions have been asked, each in these words, and answered.
    async fn asked(&self, count: usize) {
        let browser = &self.browser;
        browser
            .until(&format!("document.querySelectorAll('.turn[data-state=done]').length === {count}"))
            .await;
        let all = "[...document.querySelectorAll('.turn')].every(t => t.innerText.includes('How often is the burner cleaned?'))";
        browser.until(all).await;
        browser.until("document.querySelector('.cite') && !document.querySelector('.speaking')").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_the_keys_and_speaks_has_asked() {
    let room = Room::new().await;
    let browser = &room.browser;
    // Without a model it says so at once, and where to get one.
    room.browser.hold_to_speak().await;
    browser.until("document.querySelector('.unheard')?.innerText.includes('no speech model')").await;
    room.browser.let_go().await;
    assert_eq!(browser.count(".unheard a[href='/settings']").await, 1);
    assert!(browser.console().await.iter().all(|line| line.contains("503")));
    // The next press is not the second of two.
    tokio::time::sleep(Duration::from_millis(500)).await;

    room.hears("scripted", QUESTION).await;
    room.browser.hold_to_speak().await;
    browser.until("document.querySelector('.ask.is-speaking .meter')").await;
    // Words stand there before the keys are let go.
    browser.until("document.querySelector('.so-far')?.innerText.includes('How often')").await;
    browser.screenshot("speaking").await;
    assert!(browser.text(".ask-row").await.contains("Release"));
    // Which microphone hears is told.
    let label = browser.js("return document.querySelector('.speaking').ariaLabel").await;
    assert_eq!(label, "Listening: Microphone of the desk");
    assert_eq!(recordings(room.data.path()), 1, "what is said is on the disk while it is said");
    browser.assert_accessible().await;
    room.browser.let_go().await;
    room.asked(1).await;
    hearth_tests::desktop::until(|| recordings(room.data.path()) == 0).await;
    browser.hover(".cite").await;
    assert!(browser.text(".card q").await.contains("burner"));

    // What was typed before goes with it.
    browser.type_into("#ask", "Please:").await;
    room.browser.hold_to_speak().await;
    browser.until("document.querySelector('.so-far')").await;
    room.browser.let_go().await;
    room.asked(2).await;
    browser.until("document.querySelectorAll('.turn')[1].innerText.includes('Please: How often')").await;
    assert_eq!(browser.js("return document.querySelector('#ask').value").await, "");
    browser.assert_quiet().await;
    room.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_model_is_loaded_while_somebody_speaks() {
    let ollama = ScriptedOllama::start(Script::says(&["The burner is cleaned once a year [1]."])).await;
    let room = Room::with_chat(&ollama.address).await;
    room.hears("scripted", QUESTION).await;
    room.browser.hold_to_speak().await;
    hearth_tests::desktop::until(|| !ollama.requests().is_empty()).await;
    room.browser.until("document.querySelector('.so-far')").await;
    room.browser.let_go().await;
    room.asked(1).await;
    let requests = ollama.requests();
    assert_eq!(requests[0]["messages"], serde_json::json!([]), "it is loaded, and says nothing");
    // With another context, or for another while, it would be loaded once more for the question.
    for key in ["model", "keep_alive"] {
        assert_eq!(requests[0][key], requests[1][key]);
    }
    assert_eq!(requests[0]["options"]["num_ctx"], requests[1]["options"]["num_ctx"]);
    room.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_button_do_what_hands_mean() {
    let room = Room::new().await;
    let browser = &room.browser;
    room.hears("scripted", QUESTION).await;
    // Escape: nothing was said.
    room.browser.hold_to_speak().await;
    browser.until("document.querySelector('.so-far')").await;
    browser.keys(ESCAPE).await;
    browser.until("!document.querySelector('.speaking')").await;
    room.browser.let_go().await;
    hearth_tests::desktop::until(|| recordings(room.data.path()) == 0).await;
    assert_eq!(browser.count(".turn").await, 0);
    // A tap says how it is done.
    browser.keys_held(CONTROL, " ").await;
    browser.until("document.querySelector('.ask-hint')?.innerText.includes('Hold the keys')").await;
    browser.screenshot("speaking-hint").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    // Two taps: it goes on, and a pause asks.
    browser.keys_held_times(CONTROL, " ", 2).await;
    browser.until("document.querySelector('.ask-row')?.innerText.includes('A pause asks')").await;
    room.asked(1).await;
    // Or the next press does.
    browser.keys_held_times(CONTROL, " ", 2).await;
    browser.until("document.querySelector('.so-far')").await;
    let from = std::time::Instant::now();
    browser.keys_held(CONTROL, " ").await;
    room.asked(2).await;
    assert!(from.elapsed() < Duration::from_secs(10) && browser.count(".unheard").await == 0);
    // So does a click on the button, by pointer or by keyboard.
    browser.click(".mic").await;
    browser.until("document.querySelector('.mic').ariaPressed === 'true'").await;
    room.asked(3).await;
    browser.js("document.querySelector('.mic').focus()").await;
    browser.keys(hearth_tests::browser::ENTER).await;
    room.asked(4).await;
    // Keys that work everywhere: held they speak, tapped they want the keyboard.
    room.events.tell(ShellEvent::Talk { is_down: true });
    browser.until("document.querySelector('.so-far')").await;
    room.events.tell(ShellEvent::Talk { is_down: false });
    room.asked(5).await;
    browser.js("document.activeElement.blur()").await;
    room.events.tell(ShellEvent::Talk { is_down: true });
    room.events.tell(ShellEvent::Talk { is_down: false });
    browser.until("document.activeElement?.id === 'ask'").await;
    // Where nobody speaks, nothing is asked.
    room.shell.sound.lock().unwrap().clear();
    tokio::time::sleep(Duration::from_millis(500)).await;
    room.browser.hold_to_speak().await;
    browser.until("document.querySelector('.meter')").await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    room.browser.let_go().await;
    browser.until("document.querySelector('.ask-hint')").await;
    assert_eq!(browser.count(".turn").await, 5);
    browser.assert_quiet().await;
    room.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_not_lost_when_something_fails() {
    let room = Room::new().await;
    let browser = &room.browser;
    room.hears("good", QUESTION).await;
    room.hears("broken", QUESTION).await;
    for file in walk(&room.folder.path().join("home")) {
        if file.ends_with("broken.bin") {
            let length = std::fs::metadata(&file).unwrap().len();
            std::fs::write(file, vec![0; length as usize]).unwrap();
        }
    }
    room.browser.hold_to_speak().await;
    browser.until("document.querySelector('.meter')").await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    room.browser.let_go().await;
    browser.until("document.querySelector('.unheard .btn')").await;
    browser.screenshot("speaking-failed").await;
    assert_eq!(recordings(room.data.path()), 1);
    room.uses("good").await;
    browser.click(".unheard .btn").await;
    room.asked(1).await;
    hearth_tests::desktop::until(|| recordings(room.data.path()) == 0).await;
    // The microphone is pulled out in the middle: what was said until then is asked, and the loss is told.
    room.shell.is_loose.store(true, Ordering::SeqCst);
    room.browser.hold_to_speak().await;
    room.asked(2).await;
    assert!(browser.text(".unheard").await.contains("disconnected"));
    room.browser.let_go().await;
    // Without a word before, only the loss is told.
    room.shell.sound.lock().unwrap().clear();
    room.browser.hold_to_speak().await;
    browser.until("!document.querySelector('.speaking') && document.querySelector('.unheard')").await;
    room.browser.let_go().await;
    assert_eq!(browser.count(".turn").await, 2);

    // In the settings: the microphones, and a test that asks nothing.
    room.shell.is_loose.store(false, Ordering::SeqCst);
    *room.shell.sound.lock().unwrap() = samples(&spoken(QUESTION));
    browser.click("a.icon[href='/settings']").await;
    browser.until("document.querySelectorAll('#microphone option').length === 3").await;
    browser.js("const s = document.querySelector('#microphone'); s.value = 'ear'; s.dispatchEvent(new Event('change', {bubbles: true}))").await;
    let file = room.data.path().join("hearth.toml");
    hearth_tests::desktop::until(|| {
        std::fs::read_to_string(&file).is_ok_and(|text| text.contains("microphone = \"ear\""))
    })
    .await;
    // That it cannot be kept open is said, until it can.
    *room.shell.trouble.lock().unwrap() = Some("The headset is not there.".into());
    browser
        .until("document.querySelector('.settings')?.innerText.includes('The headset is not there')")
        .await;
    browser.screenshot("microphone-trouble").await;
    *room.shell.trouble.lock().unwrap() = None;
    browser
        .until("!document.querySelector('.settings')?.innerText.includes('The headset is not there')")
        .await;
    browser.click("#microphone + .btn").await;
    browser.until("document.querySelector('.settings .meter')").await;
    browser.screenshot("microphone-test").await;
    browser.until("document.querySelector('.settings')?.innerText.includes('Heard: “How often')").await;
    browser.assert_accessible().await;
    browser.go(&format!("{}/notebook/{}", room.node.address(), room.notebook)).await;
    browser.until("document.querySelectorAll('.turn').length === 2").await;
    browser.assert_quiet().await;
    room.node.stop().await;
}

/// As a program that was built for a graphics card has it on a machine without one.
#[tokio::test(flavor = "multi_thread")]
async fn that_there_is_no_graphics_card_is_told_once() {
    let room = Room::with(NOBODY, true).await;
    let browser = &room.browser;
    room.hears("scripted", QUESTION).await;
    for count in 1..=2 {
        browser.hold_to_speak().await;
        browser.until("document.querySelector('.so-far')?.innerText.includes('How often')").await;
        browser.let_go().await;
        room.asked(count).await;
        browser
            .until("document.querySelector('.toast')?.innerText.includes('No graphics card was found')")
            .await;
        assert_eq!(browser.count(".toast").await, 1);
        browser.screenshot("no-graphics-card").await;
    }
    browser.click(".toast .icon").await;
    browser.until("!document.querySelector('.toast')").await;
    // The settings say it as long as it is so.
    browser.click("a.icon[href='/settings']").await;
    browser
        .until("document.querySelector('.settings')?.innerText.includes('no graphics card was found')")
        .await;
    browser.assert_quiet().await;
    room.node.stop().await;
}

/// All files below a folder; links of folders are not followed.
fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(walk(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}
