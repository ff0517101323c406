//! Answers that are read aloud: the system's voices, a real sound server, and a recorder of its output.

use std::time::{Duration, Instant};

use hearth_tests::sound::SoundServer;
use hearth_tests::waiting::measure_below;
use hearth_tests::{Desktop, Screen};

use crate::{ask_question, close_window, write_handbook};

/// Silence between two readings.
const READING_INTERVAL: Duration = Duration::from_millis(500);
/// Longest accepted time from Escape to the last loud sample that the sound server has played.
const MAX_STOP_DELAY: Duration = Duration::from_millis(150);
const STOP_BUTTON: &str = "button[aria-label='Stop reading']";
const READ_BUTTON: &str = "button[aria-label='Read aloud']";

/// Asks a question, has the answer read aloud to the end, then again, stopped in the middle by Escape.
async fn check_reading(voice: &str) {
    let (screen, data, folder) =
        (Screen::start(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let sound = SoundServer::start(48_000, 1);
    let loudspeaker = sound.add_loudspeaker();
    let environment = [("PULSE_SERVER", sound.address.as_str()), ("HEARTH_DESKTOP__VOICE", voice)];
    let desktop = Desktop::start_with_environment(
        &screen,
        data.path(),
        &[&write_handbook(folder.path())],
        &environment,
    )
    .await;
    let page = &desktop.page;
    page.wait_until("document.querySelector('.source .meta')?.innerText.includes('words')").await;
    ask_question(&desktop, "How often is the burner cleaned?").await;
    assert!(loudspeaker.last_sound_time().is_none(), "nothing is read aloud without a request");

    // To the end.
    page.click(READ_BUTTON).await;
    loudspeaker.wait_for_sound().await;
    let started_at = Instant::now();
    page.wait_until(&format!("document.querySelector(\"{STOP_BUTTON}\")")).await;
    screen.save_screenshot(&format!("desktop-reading-{}.png", voice.replace('/', "-")));
    page.wait_until(&format!("document.querySelector(\"{READ_BUTTON}\")")).await;
    let full_duration = loudspeaker.last_sound_time().unwrap() - started_at;
    assert!(
        full_duration > Duration::from_secs(2),
        "the reading is too short to be stopped: {full_duration:?}"
    );

    // Stopped in the middle.
    let delay = measure_below(MAX_STOP_DELAY, async || {
        loudspeaker.wait_for_silence(READING_INTERVAL).await;
        page.click(READ_BUTTON).await;
        loudspeaker.wait_for_sound().await;
        page.wait_until(&format!("document.querySelector(\"{STOP_BUTTON}\")")).await;
        let pressed_at = Instant::now();
        screen.run_xdotool(&["key", "Escape"]);
        page.wait_until(&format!("document.querySelector(\"{READ_BUTTON}\")")).await;
        // Nothing is read after a pause, either.
        loudspeaker.wait_for_silence(full_duration).await;
        loudspeaker.last_sound_time().unwrap().saturating_duration_since(pressed_at)
    })
    .await;
    assert!(delay < MAX_STOP_DELAY, "silent {delay:?} after Escape");
    close_window(&screen, desktop, data.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn espeak_is_heard_and_silent_at_once() {
    check_reading("espeak-ng/en").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_voice_of_the_system_is_heard_and_silent_at_once() {
    check_reading("").await;
}
