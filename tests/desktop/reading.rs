//! Answers that are heard: the system's voices, a real sound server, and what comes out of its loudspeaker.

use std::time::{Duration, Instant};

use hearth_tests::sound::SoundServer;
use hearth_tests::{Desktop, Screen};

use crate::{ask, close, handbook};

/// Silence comes within so long; what is counted is when the sound server let the last of it be heard.
const AT_ONCE: Duration = Duration::from_millis(150);
const STOP: &str = "button[aria-label='Stop reading']";
const READ: &str = "button[aria-label='Read aloud']";

/// Asks, has the answer read, and stops that in the middle by Escape.
async fn heard_until_escape(voice: &str) {
    let (screen, data, folder) =
        (Screen::start(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let sound = SoundServer::start(48_000, 1);
    let loudspeaker = sound.loudspeaker();
    let environment = [("PULSE_SERVER", sound.address.as_str()), ("HEARTH_DESKTOP__VOICE", voice)];
    let desktop = Desktop::start_with(&screen, data.path(), &[&handbook(folder.path())], &environment).await;
    let page = &desktop.page;
    page.until("document.querySelector('.source .meta')?.innerText.includes('words')").await;
    ask(&desktop, "How often is the burner cleaned?").await;
    assert!(loudspeaker.last_loud().is_none(), "nobody is read to who did not ask for it");

    // To the end.
    page.click(READ).await;
    loudspeaker.until_loud().await;
    let begun = Instant::now();
    page.until(&format!("document.querySelector(\"{STOP}\")")).await;
    screen.picture(&format!("desktop-reading-{}.png", voice.replace('/', "-")));
    page.until(&format!("document.querySelector(\"{READ}\")")).await;
    let whole = loudspeaker.last_loud().unwrap() - begun;
    assert!(whole > Duration::from_secs(2), "it takes long enough to be stopped: {whole:?}");

    // Stopped in the middle.
    tokio::time::sleep(Duration::from_millis(500)).await;
    page.click(READ).await;
    loudspeaker.until_loud().await;
    let begun = Instant::now();
    tokio::time::sleep(Duration::from_millis(400)).await;
    let pressed = Instant::now();
    screen.xdotool(&["key", "Escape"]);
    page.until(&format!("document.querySelector(\"{READ}\")")).await;
    tokio::time::sleep(whole).await;
    let last = loudspeaker.last_loud().unwrap();
    let after = last.saturating_duration_since(pressed);
    assert!(last - begun < whole, "it was stopped");
    assert!(after < AT_ONCE, "silent {after:?} after Escape");
    close(&screen, desktop, data.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn espeak_is_heard_and_silent_at_once() {
    heard_until_escape("espeak-ng/en").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_voice_of_the_system_is_heard_and_silent_at_once() {
    heard_until_escape("").await;
}
