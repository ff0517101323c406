//! Asking while another program is in front: the bar above all windows.

use std::time::Duration;

use hearth_tests::Screen;
use hearth_tests::desktop::until;
use hearth_tests::sound::MICROPHONE;
use hearth_tests::whisper::spoken;

use crate::close;
use crate::voice::{HEARD, QUESTION, Room};

const BAR: &str = "Ask Hearth";
const DOWN: [&str; 6] = ["keydown", "ctrl", "keydown", "shift", "keydown", "space"];
const UP: [&str; 6] = ["keyup", "space", "keyup", "shift", "keyup", "ctrl"];

/// Whether a window of this title is seen.
fn is_seen(screen: &Screen, title: &str) -> bool {
    !screen.xdotool(&["search", "--onlyvisible", "--name", &format!("^{title}$")]).is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_works_elsewhere_asks_by_the_bar() {
    let Room { screen, sound, desktop, data, folder: _folder } = Room::new().await;
    let page = &desktop.page;
    let wav = spoken(QUESTION);
    let away = async || {
        screen.xdotool(&["windowminimize", "--sync", &desktop.window]);
        until(|| !is_seen(&screen, "Hearth")).await;
        // Until its window has lost the keyboard, and the next press is no second of two.
        tokio::time::sleep(Duration::from_millis(600)).await;
    };

    away().await;
    screen.xdotool(&DOWN);
    screen.window(BAR);
    page.until(HEARD).await;
    sound.say(MICROPHONE, &wav);
    page.until("document.querySelector('.so-far')?.innerText.includes('How often')").await;
    screen.picture("desktop-bar.png");
    assert!(!is_seen(&screen, "Hearth"), "whoever works elsewhere goes on there");
    screen.xdotool(&UP);
    // The answer is shown.
    until(|| !is_seen(&screen, BAR) && is_seen(&screen, "Hearth")).await;
    page.until("document.querySelectorAll('.turn[data-state=done]').length === 1").await;

    // Escape drops it, and nobody comes to the front.
    away().await;
    screen.xdotool(&DOWN);
    screen.window(BAR);
    sound.say(MICROPHONE, &wav);
    screen.xdotool(&["key", "Escape"]);
    until(|| !is_seen(&screen, BAR)).await;
    screen.xdotool(&UP);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!is_seen(&screen, "Hearth"));
    assert_eq!(page.count(".turn").await, 1);

    // A tap brings the window, with the keyboard in the ask bar.
    screen.xdotool(&[&DOWN[..], &UP[..]].concat());
    until(|| is_seen(&screen, "Hearth") && !is_seen(&screen, BAR)).await;
    page.until("document.activeElement?.id === 'ask'").await;

    // In front, there is no bar.
    screen.xdotool(&["windowactivate", "--sync", &desktop.window]);
    tokio::time::sleep(Duration::from_millis(600)).await;
    screen.xdotool(&DOWN);
    page.until("document.querySelector('.speaking')").await;
    assert!(!is_seen(&screen, BAR));
    screen.xdotool(&["key", "Escape"]);
    screen.xdotool(&UP);
    page.until("!document.querySelector('.speaking')").await;
    close(&screen, desktop, data.path()).await;
}
