//! Asking by voice on a real screen: keys that are held, a microphone that plays what is said, a scripted speech model.

use std::path::Path;
use std::time::{Duration, Instant};

use hearth_client::Client;
use hearth_tests::desktop::until;
use hearth_tests::sound::{MICROPHONE, SoundServer};
use hearth_tests::whisper::{add_scripted, models_home, spoken};
use hearth_tests::{Desktop, Screen};
use tempfile::TempDir;

use crate::{close, handbook};

pub(crate) const QUESTION: &str = "How often is the burner cleaned?";

/// A window on a notebook, on a machine with a microphone, and a speech model that always hears the question.
pub(crate) struct Room {
    pub(crate) screen: Screen,
    pub(crate) sound: SoundServer,
    pub(crate) desktop: Desktop,
    pub(crate) data: TempDir,
    pub(crate) folder: TempDir,
}

impl Room {
    pub(crate) async fn new() -> Self {
        let (screen, data, folder) =
            (Screen::start(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let sound = SoundServer::start(48_000, 1);
        let home = models_home(folder.path());
        let environment = [("PULSE_SERVER", sound.address.as_str()), ("HF_HOME", home.as_str())];
        let files = [&*handbook(folder.path())];
        let desktop = Desktop::start_with(&screen, data.path(), &files, &environment).await;
        desktop.page.until("document.querySelector('.source .meta')?.innerText.includes('words')").await;
        let node = hearth_node::read_node_file(data.path()).expect("the node runs");
        let client = Client::new(&node.address, &node.token).unwrap();
        add_scripted(&client, folder.path(), "scripted", QUESTION).await;
        Self { screen, sound, desktop, data, folder }
    }
}

/// That somebody is heard.
pub(crate) const HEARD: &str =
    "document.querySelector('.speaking')?.getAttribute('aria-label')?.startsWith('Listening')";

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_the_keys_for_a_minute_is_heard_from_the_first_word_to_the_last() {
    let Room { screen, sound, desktop, data, folder: _folder } = Room::new().await;
    let (page, wav, begun) = (&desktop.page, spoken(QUESTION), Instant::now());
    screen.xdotool(&["keydown", "ctrl", "keydown", "space"]);
    page.until(HEARD).await;
    sound.say(MICROPHONE, &wav);
    page.until("document.querySelector('.so-far')?.innerText.includes('How often')").await;
    let before = resident(data.path());
    tokio::time::sleep(Duration::from_mins(1).saturating_sub(begun.elapsed())).await;
    // Nothing of it piles up; that silence is forgotten is tested where it is.
    let more = resident(data.path()).saturating_sub(before);
    assert!(more < 32 << 20, "{} MB", more >> 20);
    sound.say(MICROPHONE, &wav);
    screen.xdotool(&["keyup", "space", "keyup", "ctrl"]);
    page.until("document.querySelectorAll('.turn[data-state=done]').length === 1").await;
    let asked = page.text(".turn .question").await;
    assert_eq!(asked, format!("{QUESTION} {QUESTION}"));
    close(&screen, desktop, data.path()).await;
}

/// Bytes in memory of the program that has a library.
fn resident(data: &Path) -> u64 {
    let pid = hearth_node::read_node_file(data).unwrap().pid;
    let pages = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_asked_by_holding_keys_and_speaking() {
    let Room { screen, sound, desktop, data, folder: _folder } = Room::new().await;
    let page = &desktop.page;

    // In the window.
    let wav = spoken(QUESTION);
    let begin = Instant::now();
    screen.xdotool(&["keydown", "ctrl", "keydown", "space"]);
    page.until(HEARD).await;
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    sound.say(MICROPHONE, &wav);
    page.until("document.querySelector('.so-far')?.innerText.includes('How often')").await;
    screen.picture("desktop-speaking.png");
    screen.xdotool(&["keyup", "space", "keyup", "ctrl"]);
    page.until("document.querySelectorAll('.turn[data-state=done]').length === 1").await;
    page.until("document.querySelector('.turn').innerText.includes('How often is the burner cleaned?')")
        .await;
    page.click(".cite").await;
    page.until("document.querySelector('.viewer-text .lit')?.textContent.includes('burner')").await;
    screen.picture("desktop-asked-by-voice.png");

    // From anywhere: another window is in front, and the library's page is open. The question goes to the notebook that
    // was open last.
    page.click("header a[href='/']").await;
    page.until("document.querySelector('.cards')").await;
    screen.xdotool(&["keydown", "ctrl", "keydown", "shift", "keydown", "space"]);
    page.until(HEARD).await;
    sound.say(MICROPHONE, &wav);
    screen.xdotool(&["keyup", "space", "keyup", "shift", "keyup", "ctrl"]);
    page.until("document.querySelectorAll('.turn[data-state=done]').length === 2").await;

    // Escape drops it, and nothing of it is left.
    screen.xdotool(&["keydown", "ctrl", "keydown", "space"]);
    page.until(HEARD).await;
    sound.say(MICROPHONE, &wav);
    screen.xdotool(&["key", "Escape", "keyup", "space", "keyup", "ctrl"]);
    page.until("!document.querySelector('.speaking')").await;
    assert_eq!(page.count(".turn").await, 2);
    let left = || std::fs::read_dir(data.path().join("recordings")).unwrap().count();
    until(|| left() == 0).await;

    // The sound server goes while somebody speaks: that is told, and the window goes on.
    screen.xdotool(&["keydown", "ctrl", "keydown", "space"]);
    page.until(HEARD).await;
    drop(sound);
    page.until("document.querySelector('.unheard') && !document.querySelector('.speaking')").await;
    screen.xdotool(&["keyup", "space", "keyup", "ctrl"]);
    screen.picture("desktop-microphone-lost.png");
    close(&screen, desktop, data.path()).await;
}
