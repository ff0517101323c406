//! Dictated questions while another program has the focus: the dictation bar above all windows.

use std::time::Duration;

use hearth_tests::sound::MICROPHONE_SINK;
use hearth_tests::whisper::synthesise_speech;
use hearth_tests::{wait_for, wait_until};

use crate::voice_questions::{DictationDesktop, IS_LISTENING, SPOKEN_QUESTION, wait_for_no_recordings};
use crate::{close_window, is_visible, wait_for_visibility};

/// Title of the bar's window.
const BAR_TITLE: &str = "Ask Hearth";
/// Arguments of xdotool that press the hotkey, and that release it.
const PRESS_HOTKEY: [&str; 6] = ["keydown", "ctrl", "keydown", "shift", "keydown", "space"];
const RELEASE_HOTKEY: [&str; 6] = ["keyup", "space", "keyup", "shift", "keyup", "ctrl"];
/// Time that a user works elsewhere before the next press: that counts as a press in another program, and as no double
/// press, only some moments after the window has lost the focus.
const WORK_DURATION: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn who_works_elsewhere_asks_by_the_bar() {
    let DictationDesktop { screen, sound, desktop, data, folder: _folder } = DictationDesktop::start().await;
    let page = &desktop.page;
    let wav = synthesise_speech(SPOKEN_QUESTION);
    let minimise_window = async || {
        screen.run_xdotool(&["windowminimize", "--sync", &desktop.window]);
        wait_for_visibility(&screen, false).await;
        let active_window = async || screen.run_xdotool(&["getactivewindow"]);
        wait_for("another active window", active_window, |active| *active != desktop.window).await;
        tokio::time::sleep(WORK_DURATION).await;
    };
    let wait_for_bar_end = || wait_until("the bar is closed", async || !is_visible(&screen, BAR_TITLE));

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
    wait_for_bar_end().await;
    wait_for_visibility(&screen, true).await;
    page.wait_until("document.querySelectorAll('.turn[data-state=done]').length === 1").await;

    // Escape cancels the dictation, and the window stays in the background.
    minimise_window().await;
    screen.run_xdotool(&PRESS_HOTKEY);
    screen.wait_for_window(BAR_TITLE);
    sound.play_into(MICROPHONE_SINK, &wav);
    screen.run_xdotool(&["key", "Escape"]);
    wait_for_bar_end().await;
    screen.run_xdotool(&RELEASE_HOTKEY);
    wait_for_no_recordings(data.path()).await;
    page.wait_until("!document.querySelector('.speaking')").await;
    assert!(!is_visible(&screen, "Hearth"));

    // A short press shows the window, with the focus in the ask bar.
    screen.run_xdotool(&[&PRESS_HOTKEY[..], &RELEASE_HOTKEY[..]].concat());
    wait_for_visibility(&screen, true).await;
    wait_for_bar_end().await;
    page.wait_until("document.activeElement?.id === 'ask'").await;
    assert_eq!(page.count_elements(".turn").await, 1, "the cancelled dictation was not asked");

    // While the window is in front, no bar is shown.
    screen.run_xdotool(&["windowactivate", "--sync", &desktop.window]);
    screen.run_xdotool(&["type", "x"]);
    page.wait_until("document.querySelector('#ask').value.includes('x')").await;
    tokio::time::sleep(WORK_DURATION).await;
    screen.run_xdotool(&PRESS_HOTKEY);
    page.wait_until(IS_LISTENING).await;
    assert!(!is_visible(&screen, BAR_TITLE));
    screen.run_xdotool(&["key", "Escape"]);
    screen.run_xdotool(&RELEASE_HOTKEY);
    page.wait_until("!document.querySelector('.speaking')").await;
    close_window(&screen, desktop, data.path()).await;
}
