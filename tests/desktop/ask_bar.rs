//! Dictated questions while another program has the focus: the dictation bar above all windows.

use std::time::Duration;

use hearth_tests::Screen;
use hearth_tests::desktop::wait_until;
use hearth_tests::sound::MICROPHONE_SINK;
use hearth_tests::whisper::synthesise_speech;

use crate::close_window;
use crate::voice_questions::{DictationDesktop, IS_LISTENING, SPOKEN_QUESTION};

/// Title of the bar's window.
const BAR_TITLE: &str = "Ask Hearth";
/// Arguments of xdotool that press the hotkey, and that release it.
const PRESS_HOTKEY: [&str; 6] = ["keydown", "ctrl", "keydown", "shift", "keydown", "space"];
const RELEASE_HOTKEY: [&str; 6] = ["keyup", "space", "keyup", "shift", "keyup", "ctrl"];

/// True if a window with this title is visible.
fn is_visible(screen: &Screen, title: &str) -> bool {
    !screen.run_xdotool(&["search", "--onlyvisible", "--name", &format!("^{title}$")]).is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_works_elsewhere_asks_by_the_bar() {
    let DictationDesktop { screen, sound, desktop, data, folder: _folder } = DictationDesktop::start().await;
    let page = &desktop.page;
    let wav = synthesise_speech(SPOKEN_QUESTION);
    let minimise_window = async || {
        screen.run_xdotool(&["windowminimize", "--sync", &desktop.window]);
        wait_until(|| !is_visible(&screen, "Hearth")).await;
        // Waits until the window has lost the focus, and the next press does not count as a double press.
        tokio::time::sleep(Duration::from_millis(600)).await;
    };

    minimise_window().await;
    screen.run_xdotool(&PRESS_HOTKEY);
    screen.wait_for_window(BAR_TITLE);
    page.wait_until(IS_LISTENING).await;
    sound.play_into(MICROPHONE_SINK, &wav);
    page.wait_until("document.querySelector('.so-far')?.innerText.includes('How often')").await;
    screen.save_screenshot("desktop-bar.png");
    assert!(
        !is_visible(&screen, "Hearth"),
        "the main window stays in the background while a question is dictated"
    );
    screen.run_xdotool(&RELEASE_HOTKEY);
    // The answer is shown.
    wait_until(|| !is_visible(&screen, BAR_TITLE) && is_visible(&screen, "Hearth")).await;
    page.wait_until("document.querySelectorAll('.turn[data-state=done]').length === 1").await;

    // Escape cancels the dictation, and the window stays in the background.
    minimise_window().await;
    screen.run_xdotool(&PRESS_HOTKEY);
    screen.wait_for_window(BAR_TITLE);
    sound.play_into(MICROPHONE_SINK, &wav);
    screen.run_xdotool(&["key", "Escape"]);
    wait_until(|| !is_visible(&screen, BAR_TITLE)).await;
    screen.run_xdotool(&RELEASE_HOTKEY);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!is_visible(&screen, "Hearth"));
    assert_eq!(page.count_elements(".turn").await, 1);

    // A short press shows the window, with the focus in the ask bar.
    screen.run_xdotool(&[&PRESS_HOTKEY[..], &RELEASE_HOTKEY[..]].concat());
    wait_until(|| is_visible(&screen, "Hearth") && !is_visible(&screen, BAR_TITLE)).await;
    page.wait_until("document.activeElement?.id === 'ask'").await;

    // While the window is in front, no bar is shown.
    screen.run_xdotool(&["windowactivate", "--sync", &desktop.window]);
    tokio::time::sleep(Duration::from_millis(600)).await;
    screen.run_xdotool(&PRESS_HOTKEY);
    page.wait_until("document.querySelector('.speaking')").await;
    assert!(!is_visible(&screen, BAR_TITLE));
    screen.run_xdotool(&["key", "Escape"]);
    screen.run_xdotool(&RELEASE_HOTKEY);
    page.wait_until("!document.querySelector('.speaking')").await;
    close_window(&screen, desktop, data.path()).await;
}
