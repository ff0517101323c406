//! Dictated questions on a real screen: held keys, a microphone that plays recorded speech, a scripted model.

use std::fs::DirEntry;
use std::path::Path;

use hearth_client::Client;
use hearth_tests::sound::{MICROPHONE_SINK, SoundServer};
use hearth_tests::whisper::{add_scripted_whisper, create_models_home, synthesise_speech};
use hearth_tests::{Desktop, Screen, wait_for};
use tempfile::TempDir;

use crate::{close_window, write_handbook};

pub(crate) const SPOKEN_QUESTION: &str = "How often is the burner cleaned?";

/// A window on a notebook, with a microphone, and a speech model that always transcribes [`QUESTION`].
pub(crate) struct DictationDesktop {
    pub(crate) screen: Screen,
    pub(crate) sound: SoundServer,
    pub(crate) desktop: Desktop,
    pub(crate) data: TempDir,
    pub(crate) folder: TempDir,
}

impl DictationDesktop {
    pub(crate) async fn start() -> Self {
        let (screen, data, folder) =
            (Screen::start(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let sound = SoundServer::start(48_000, 1);
        let home = create_models_home(folder.path());
        let environment = [("PULSE_SERVER", sound.address.as_str()), ("HF_HOME", home.as_str())];
        let files = [&*write_handbook(folder.path())];
        let desktop = Desktop::start_with_environment(&screen, data.path(), &files, &environment).await;
        desktop.page.wait_until("document.querySelector('.source .meta')?.innerText.includes('words')").await;
        let node = hearth_node::read_node_file(data.path()).expect("the node runs");
        let client = Client::new(&node.address, &node.token).unwrap();
        add_scripted_whisper(&client, folder.path(), "scripted", SPOKEN_QUESTION).await;
        Self { screen, sound, desktop, data, folder }
    }
}

/// JavaScript condition: true while a dictation is listening.
pub(crate) const IS_LISTENING: &str =
    "document.querySelector('.speaking')?.getAttribute('aria-label')?.startsWith('Listening')";

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_the_keys_for_a_minute_is_heard_from_the_first_word_to_the_last() {
    let DictationDesktop { screen, sound, desktop, data, folder: _folder } = DictationDesktop::start().await;
    let (page, wav) = (&desktop.page, synthesise_speech(SPOKEN_QUESTION));
    screen.run_xdotool(&["keydown", "ctrl", "keydown", "space"]);
    page.wait_until(IS_LISTENING).await;
    sound.play_into(MICROPHONE_SINK, &wav);
    page.wait_until("document.querySelector('.so-far')?.innerText.includes('How often')").await;
    let before = resident_bytes(data.path());
    let recorded =
        async || recordings(data.path()).map(|entry| entry.metadata().map_or(0, |file| file.len())).sum();
    wait_for("a minute of recording", recorded, |bytes: &u64| *bytes > MINUTE_BYTES).await;
    // Memory does not grow with the recording.
    let growth = resident_bytes(data.path()).saturating_sub(before);
    assert!(growth < 32 << 20, "{} MB", growth >> 20);
    sound.play_into(MICROPHONE_SINK, &wav);
    screen.run_xdotool(&["keyup", "space", "keyup", "ctrl"]);
    page.wait_until("document.querySelectorAll('.turn[data-state=done]').length === 1").await;
    let question = page.visible_text(".turn .question").await;
    assert_eq!(question, format!("{SPOKEN_QUESTION} {SPOKEN_QUESTION}"));
    close_window(&screen, desktop, data.path()).await;
}

/// Bytes of a recording of a minute: 16 bits, 16 kHz.
const MINUTE_BYTES: u64 = 60 * 16_000 * 2;

/// Recordings of a library on the disk.
fn recordings(data: &Path) -> impl Iterator<Item = DirEntry> {
    std::fs::read_dir(data.join("recordings")).into_iter().flatten().flatten()
}

/// Waits until a library has no recording on the disk.
pub(crate) async fn wait_for_no_recordings(data: &Path) {
    let count_recordings = async || recordings(data).count();
    wait_for("the deletion of the recording", count_recordings, |count| *count == 0).await;
}

/// Resident memory of the program that serves a library, in bytes.
fn resident_bytes(data: &Path) -> u64 {
    let pid = hearth_node::read_node_file(data).unwrap().pid;
    let pages = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_asked_by_holding_keys_and_speaking() {
    let DictationDesktop { screen, sound, desktop, data, folder: _folder } = DictationDesktop::start().await;
    let page = &desktop.page;

    // In the window.
    let wav = synthesise_speech(SPOKEN_QUESTION);
    screen.run_xdotool(&["keydown", "ctrl", "keydown", "space"]);
    page.wait_until(IS_LISTENING).await;
    sound.play_into(MICROPHONE_SINK, &wav);
    page.wait_until("document.querySelector('.so-far')?.innerText.includes('How often')").await;
    screen.save_screenshot("desktop-speaking.png");
    screen.run_xdotool(&["keyup", "space", "keyup", "ctrl"]);
    page.wait_until("document.querySelectorAll('.turn[data-state=done]').length === 1").await;
    page.wait_until("document.querySelector('.turn').innerText.includes('How often is the burner cleaned?')")
        .await;
    page.click(".cite").await;
    page.wait_until("document.querySelector('.viewer-text .lit')?.textContent.includes('burner')").await;
    screen.save_screenshot("desktop-asked-by-voice.png");

    // By the global hotkey, with the library's page open: the question goes to the last open notebook.
    page.click("header a[href='/']").await;
    page.wait_until("document.querySelector('.cards')").await;
    screen.run_xdotool(&["keydown", "ctrl", "keydown", "shift", "keydown", "space"]);
    page.wait_until(IS_LISTENING).await;
    sound.play_into(MICROPHONE_SINK, &wav);
    screen.run_xdotool(&["keyup", "space", "keyup", "shift", "keyup", "ctrl"]);
    page.wait_until("document.querySelectorAll('.turn[data-state=done]').length === 2").await;

    // Escape cancels the dictation, and no recording remains.
    screen.run_xdotool(&["keydown", "ctrl", "keydown", "space"]);
    page.wait_until(IS_LISTENING).await;
    sound.play_into(MICROPHONE_SINK, &wav);
    screen.run_xdotool(&["key", "Escape", "keyup", "space", "keyup", "ctrl"]);
    page.wait_until("!document.querySelector('.speaking')").await;
    assert_eq!(page.count_elements(".turn").await, 2);
    wait_for_no_recordings(data.path()).await;

    // The sound server ends during a dictation: the page shows an error, and the window keeps working.
    screen.run_xdotool(&["keydown", "ctrl", "keydown", "space"]);
    page.wait_until(IS_LISTENING).await;
    drop(sound);
    page.wait_until("document.querySelector('.unheard') && !document.querySelector('.speaking')").await;
    screen.run_xdotool(&["keyup", "space", "keyup", "ctrl"]);
    screen.save_screenshot("desktop-microphone-lost.png");
    close_window(&screen, desktop, data.path()).await;
}
