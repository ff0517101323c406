//! A recording in the notebook: it waits for a model, is written down, cited by its second, and played from a sentence.

use hearth_tests::browser::LEFT;
use hearth_tests::whisper::{
    CONVERSATION, add_scripted, conversation, models_home, scripted_whisper, spoken, voices_too,
};
use hearth_tests::{Browser, NodeProcess};
use hearth_wire::NewModel;
use hearth_wire::operations::AddModel;

use crate::{ask, enter_notebook, words};

const SAID: &str = "Clean the burner once a year before the heating season. Use a soft brush, never water.";

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_played_from_where_it_is_cited() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let home = models_home(folder.path());
    let node = NodeProcess::start(data.path(), &[("HF_HOME", &home)]);
    let notebook = node.notebook("House").await;
    node.add(notebook, "handbook.wav", &spoken(SAID)).await;
    let browser = Browser::start(1440, 900, false).await;
    enter_notebook(&node, &browser, notebook).await;
    // It says what it waits for.
    browser.until("document.querySelector('.source .meta')?.innerText.includes('no speech model')").await;
    browser.click(".source-name").await;
    browser.until("document.querySelector('.viewer .empty a')?.getAttribute('href') === '/settings'").await;
    assert!(browser.text(".viewer .empty").await.contains("get one in the settings"));
    browser.screenshot("recording-waits").await;
    let model = folder.path().join("scripted.bin");
    std::fs::write(&model, scripted_whisper(SAID)).unwrap();
    let path = model.display().to_string();
    let new = NewModel { id: "scripted".into(), path, task: Some("transcribe".into()) };
    node.client.call::<AddModel>(&[], &(), &new).await.unwrap();
    browser.until("document.querySelector('.source .meta')?.innerText.startsWith('0:0')").await;
    ask(&browser, "How often is the burner cleaned?", 1).await;
    browser.hover(".cite").await;
    let quote = browser.text(".card q").await;
    assert!(browser.text(".card .where").await.starts_with("0:0"));
    browser.click(".cite").await;
    browser.until("document.querySelector('.line .lit')").await;
    let lit =
        browser.js("return [...document.querySelectorAll('.lit')].map(e => e.textContent).join('')").await;
    assert_eq!(words(lit.as_str().unwrap()), words(quote.trim_matches(['“', '”'])));
    // The recording is there to be played, to its end.
    browser.until("document.querySelector('.player audio').readyState >= 1").await;
    browser.until("document.querySelectorAll('.line').length === 2").await;
    // How loud it is over its length; a click goes there.
    browser.until("document.querySelector('.waveform path')?.getAttribute('d').includes('v47.0')").await;
    browser.click(".waveform input").await;
    let middle = "const p = document.querySelector('.player audio'); return p.currentTime / p.duration";
    let middle = browser.js(middle).await.as_f64().unwrap();
    assert!((0.45..0.55).contains(&middle), "{middle}");
    browser.until("document.querySelector('.behind').style.clipPath.match(/[45]\\d\\./)").await;
    browser.screenshot("recording").await;
    // A click on the second sentence plays from there, and the sentence that is said is shown.
    browser.click(".line:nth-of-type(2)").await;
    browser.until("document.querySelector('.player audio').currentTime > 1").await;
    browser.until("document.querySelector('.line:nth-of-type(2)').classList.contains('now')").await;
    // It is stopped, and goes on, faster; arrow keys go through it.
    browser.until("document.querySelector('.play').ariaLabel === 'Pause'").await;
    browser.click(".play").await;
    browser.until("document.querySelector('.player audio').paused").await;
    browser.until("document.querySelector('.play').ariaLabel === 'Play'").await;
    browser.click(".controls .btn").await;
    browser.until("document.querySelector('.player audio').playbackRate === 1.25").await;
    assert_eq!(browser.text(".controls .btn").await, "1.25×");
    browser.js("document.querySelector('.waveform input').focus()").await;
    browser.keys(LEFT).await;
    browser.until("document.querySelector('.stands').innerText.startsWith('0:00 / 0:0')").await;
    browser.keys(" ").await;
    browser.until("!document.querySelector('.player audio').paused").await;
    browser.screenshot("recording-plays").await;
    // What cannot be played says so, and is tried again from where it stood.
    browser.js("const a = document.querySelector('.player audio'); window.was = a.src; a.currentTime = 2; a.src = '/'").await;
    browser
        .until("document.querySelector('.controls[role=alert]')?.innerText.includes('cannot be played')")
        .await;
    browser.screenshot("recording-unplayable").await;
    browser.js("document.querySelector('.player audio').setAttribute('src', window.was)").await;
    browser.click(".controls .btn").await;
    browser.until("document.querySelector('.play')?.ariaLabel === 'Play'").await;
    browser.until("document.querySelector('.player audio').readyState >= 1").await;
    browser.click(".play").await;
    browser.until("document.querySelector('.play').ariaLabel === 'Pause'").await;
    browser.assert_accessible().await;
    browser.assert_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transcript_shows_who_speaks() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let home = models_home(folder.path());
    voices_too(folder.path());
    let node = NodeProcess::start(data.path(), &[("HF_HOME", &home)]);
    let notebook = node.notebook("House").await;
    add_scripted(&node.client, folder.path(), "scripted", CONVERSATION).await;
    let talk = conversation();
    node.add(notebook, "talk.wav", &talk).await;
    node.settled(notebook).await;
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        let browser = Browser::start(1440, 900, is_dark).await;
        enter_notebook(&node, &browser, notebook).await;
        browser.click(".source-name").await;
        browser.until("document.querySelectorAll('.line').length >= 2").await;
        let named = "[...document.querySelectorAll('.speaker')].map(e => e.textContent).join()";
        let named = browser.js(&format!("return {named}")).await;
        assert_eq!(named.as_str(), Some("Speaker 1,Speaker 2"));
        browser.screenshot(&format!("speakers-{theme}")).await;
        ask(&browser, "When is the burner to be cleaned?", 1).await;
        browser.hover(".cite").await;
        let place = browser.text(".card .where").await;
        assert!(place.starts_with("0:0") && place.contains(", Speaker "), "{place}");
        // The model that told them apart is in use, and can be deleted.
        browser.go(&format!("{}/settings", node.address)).await;
        browser.until("document.querySelector('.engines')?.innerText.includes('Who speaks')").await;
        browser.click("details:nth-of-type(3) summary").await;
        browser.until("[...document.querySelectorAll('details[open] .row')].some(e => e.innerText.includes('in use'))").await;
        browser.screenshot(&format!("speakers-settings-{theme}")).await;
        browser.assert_accessible().await;
        browser.assert_quiet().await;
    }
}
