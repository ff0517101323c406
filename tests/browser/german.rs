//! The interface of a German reader: progress, refusals, problems and failures are German, too.

use hearth_tests::documents::HANDBOOK_TEXT;
use hearth_tests::{Browser, Script, ScriptedOllama};

use crate::{NotebookFixture, write_files};

/// Chooses German for the page, as its settings do, and loads it anew.
async fn choose_german(browser: &Browser) {
    browser.run_js("localStorage.setItem('hearth.appearance', JSON.stringify({language: 'de'}))").await;
    browser.reload().await;
    browser.wait_until("document.documentElement.lang === 'de' && document.querySelector('#ask')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_is_explained_in_german() {
    let files: &[(&str, &[u8])] = &[("Broken.pdf", b"%PDF-1.4 not really")];
    let fixture = NotebookFixture::start(files, &[]).await;
    let browser = &fixture.browser;
    choose_german(browser).await;
    browser.wait_until("document.querySelector('.failed-source .said')").await;
    assert_eq!(
        browser.visible_text(".failed-source .said").await,
        "Die Datei ist beschädigt oder geschützt und kann nicht gelesen werden."
    );
    browser.click(".failed-source .source-name").await;
    browser.wait_until("document.querySelector('.viewer .failed[role=alert] .cause')").await;
    let failure = browser.visible_text(".viewer .failed[role=alert]").await;
    assert!(
        failure.starts_with("Diese Quelle konnte nicht gelesen werden: Die Datei ist beschädigt"),
        "{failure}"
    );
    // The node's own words say more.
    let details = browser.visible_text(".viewer .failed .cause[lang=en]").await;
    assert!(details.contains("damaged"), "{details}");
    browser.assert_accessible().await;
    // A file of a kind that is not read.
    let folder = tempfile::tempdir().unwrap();
    let paths = write_files(folder.path(), &[("program.exe", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0")]);
    let add = "[...document.querySelectorAll('header button')].find(b => b.innerText.trim() === 'Hinzufügen').click()";
    browser.run_js(add).await;
    browser.type_into("input[type=file]", &paths).await;
    browser.wait_until("document.querySelector('.toast.bad')?.innerText.includes('program.exe')").await;
    let toast = browser.visible_text(".toast.bad").await;
    assert!(toast.contains("Dateien dieser Art kann Hearth nicht lesen."), "{toast}");
    browser.assert_console_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_progresses_and_fails_in_german() {
    let mut script = Script::answering(&["The burner "]);
    script.error = Some("the memory of the card is full".to_owned());
    let (script, gate) = script.hold_after(0);
    let ollama = ScriptedOllama::start(script).await;
    let fixture = NotebookFixture::start(
        &[("handbook.md", HANDBOOK_TEXT.as_bytes())],
        &[("HEARTH_CHAT__ADDRESS", &ollama.address)],
    )
    .await;
    let browser = &fixture.browser;
    choose_german(browser).await;
    browser.type_into("#ask", "How often is the burner cleaned?\u{e007}").await;
    // A server that says nothing for long is taken to be loading its model.
    browser
        .wait_until(
            "/^scripted:1b wird (gefragt|geladen)/.test(document.querySelector('.turn .step')?.innerText)",
        )
        .await;
    gate.open();
    browser.wait_until("document.querySelector('.turn[data-state=failed] .failed .cause')").await;
    let failure = browser.visible_text(".turn .failed").await;
    assert!(failure.starts_with("Die Antwort ist gescheitert: "), "{failure}");
    let details = browser.visible_text(".turn .failed .cause").await;
    assert!(details.contains("the memory of the card is full"), "{details}");
    browser.assert_console_empty().await;
}
