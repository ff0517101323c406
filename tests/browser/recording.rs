//! A recording in the notebook: waiting for a speech model, transcribed, cited by its time, played.

use hearth_domain::ModelTask;
use hearth_tests::browser::LEFT_KEY;
use hearth_tests::whisper::{
    CONVERSATION_TRANSCRIPT, add_scripted_whisper, add_speaker_model, build_scripted_whisper,
    create_models_home, synthesise_conversation, synthesise_speech,
};
use hearth_tests::{Browser, NodeProcess};
use hearth_wire::NewModel;
use hearth_wire::operations::AddModel;

use crate::{ask_question, normalise_spaces, open_notebook};

const SPOKEN_TEXT: &str =
    "Clean the burner once a year before the heating season. Use a soft brush, never water.";

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_played_from_where_it_is_cited() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let home = create_models_home(folder.path());
    let node = NodeProcess::start(data.path(), &[("HF_HOME", &home)]);
    let notebook = node.create_notebook("House").await;
    node.add_file(notebook, "handbook.wav", &synthesise_speech(SPOKEN_TEXT)).await;
    let browser = Browser::start(1440, 900, false).await;
    open_notebook(&node, &browser, notebook).await;
    // The row shows what the recording waits for.
    browser
        .wait_until("document.querySelector('.source .meta')?.innerText.includes('no speech model')")
        .await;
    browser.click(".source-name").await;
    browser
        .wait_until("document.querySelector('.viewer .empty a')?.getAttribute('href') === '/settings'")
        .await;
    assert!(browser.visible_text(".viewer .empty").await.contains("get one in the settings"));
    browser.save_screenshot("recording-waits").await;
    let model = folder.path().join("scripted.bin");
    std::fs::write(&model, build_scripted_whisper(SPOKEN_TEXT)).unwrap();
    let path = model.display().to_string();
    let new = NewModel { id: "scripted".into(), path, task: Some(ModelTask::Transcribe) };
    node.client.call::<AddModel>(&[], &(), &new).await.unwrap();
    browser.wait_until("document.querySelector('.source .meta')?.innerText.startsWith('0:0')").await;
    ask_question(&browser, "How often is the burner cleaned?", 1).await;
    browser.hover(".cite").await;
    let quote = browser.visible_text(".card q").await;
    assert!(browser.visible_text(".card .where").await.starts_with("0:0"));
    browser.click(".cite").await;
    browser.wait_until("document.querySelector('.line .lit')").await;
    let lit = browser
        .run_js("return [...document.querySelectorAll('.lit')].map(e => e.textContent).join('')")
        .await;
    assert_eq!(normalise_spaces(lit.as_str().unwrap()), normalise_spaces(quote.trim_matches(['“', '”'])));
    // The player has loaded the recording.
    browser.wait_until("document.querySelector('.player audio').readyState >= 1").await;
    browser.wait_until("document.querySelectorAll('.line').length === 2").await;
    // The waveform is drawn; a click on it seeks.
    browser.wait_until("document.querySelector('.waveform path')?.getAttribute('d').includes('v47.0')").await;
    browser.click(".waveform input").await;
    let middle = "const p = document.querySelector('.player audio'); return p.currentTime / p.duration";
    let middle = browser.run_js(middle).await.as_f64().unwrap();
    assert!((0.45..0.55).contains(&middle), "{middle}");
    browser.wait_until("document.querySelector('.behind').style.clipPath.match(/[45]\\d\\./)").await;
    browser.save_screenshot("recording").await;
    // A click on the second sentence plays from there, and the sentence that is being played is marked.
    browser.click(".line:nth-of-type(2)").await;
    browser.wait_until("document.querySelector('.player audio').currentTime > 1").await;
    browser.wait_until("document.querySelector('.line:nth-of-type(2)').classList.contains('now')").await;
    // The player is paused, continued and sped up; arrow keys seek.
    browser.wait_until("document.querySelector('.play').ariaLabel === 'Pause'").await;
    browser.click(".play").await;
    browser.wait_until("document.querySelector('.player audio').paused").await;
    browser.wait_until("document.querySelector('.play').ariaLabel === 'Play'").await;
    browser.click(".controls .btn").await;
    browser.wait_until("document.querySelector('.player audio').playbackRate === 1.25").await;
    assert_eq!(browser.visible_text(".controls .btn").await, "1.25×");
    browser.run_js("document.querySelector('.waveform input').focus()").await;
    browser.press_keys(LEFT_KEY).await;
    browser.wait_until("document.querySelector('.stands').innerText.startsWith('0:00 / 0:0')").await;
    browser.press_keys(" ").await;
    browser.wait_until("!document.querySelector('.player audio').paused").await;
    browser.save_screenshot("recording-plays").await;
    // For an unplayable recording a message is shown; a retry continues at the same position.
    browser.run_js("const a = document.querySelector('.player audio'); window.was = a.src; a.currentTime = 2; a.src = '/'").await;
    browser
        .wait_until("document.querySelector('.controls[role=alert]')?.innerText.includes('cannot be played')")
        .await;
    browser.save_screenshot("recording-unplayable").await;
    browser.run_js("document.querySelector('.player audio').setAttribute('src', window.was)").await;
    browser.click(".controls .btn").await;
    browser.wait_until("document.querySelector('.play')?.ariaLabel === 'Play'").await;
    browser.wait_until("document.querySelector('.player audio').readyState >= 1").await;
    browser.click(".play").await;
    browser.wait_until("document.querySelector('.play').ariaLabel === 'Pause'").await;
    browser.assert_accessible().await;
    browser.assert_console_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transcript_shows_who_speaks() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let home = create_models_home(folder.path());
    add_speaker_model(folder.path());
    let node = NodeProcess::start(data.path(), &[("HF_HOME", &home)]);
    let notebook = node.create_notebook("House").await;
    add_scripted_whisper(&node.client, folder.path(), "scripted", CONVERSATION_TRANSCRIPT).await;
    let recording = synthesise_conversation();
    node.add_file(notebook, "talk.wav", &recording).await;
    node.wait_until_settled(notebook).await;
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        let browser = Browser::start(1440, 900, is_dark).await;
        open_notebook(&node, &browser, notebook).await;
        browser.click(".source-name").await;
        browser.wait_until("document.querySelectorAll('.line').length >= 2").await;
        let named = "[...document.querySelectorAll('.speaker')].map(e => e.textContent).join()";
        let named = browser.run_js(&format!("return {named}")).await;
        assert_eq!(named.as_str(), Some("Speaker 1,Speaker 2"));
        browser.save_screenshot(&format!("speakers-{theme}")).await;
        ask_question(&browser, "When is the burner to be cleaned?", 1).await;
        browser.hover(".cite").await;
        let place = browser.visible_text(".card .where").await;
        assert!(place.starts_with("0:0") && place.contains(", Speaker "), "{place}");
        // The speaker model is in use, and can be deleted.
        browser.go_to(&format!("{}/settings", node.address)).await;
        browser.wait_until("document.querySelector('.engines')?.innerText.includes('Speakers')").await;
        browser.click("details:nth-of-type(3) summary").await;
        browser.wait_until("[...document.querySelectorAll('details[open] .row')].some(e => e.innerText.includes('in use'))").await;
        browser.save_screenshot(&format!("speakers-settings-{theme}")).await;
        browser.assert_accessible().await;
        browser.assert_console_empty().await;
    }
}
