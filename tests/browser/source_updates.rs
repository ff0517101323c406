//! Display of sources while they are added and change.

use hearth_tests::documents::{HANDBOOK_TEXT, PICTURE_PNG};
use hearth_tests::wait_for;
use hearth_wire::operations::{CreateNote, ListJobs};
use hearth_wire::{NewNote, PageQuery};

use crate::{NotebookFixture, write_files};

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_shown_as_the_page_that_it_is() {
    let fixture = NotebookFixture::start(&[("receipt.png", PICTURE_PNG)], &[]).await;
    let browser = &fixture.browser;
    assert!(browser.visible_text(".source .meta").await.starts_with("1 page"));
    browser.click(".source-name").await;
    browser.wait_until("document.querySelector('.page img')?.naturalWidth === 256").await;
    // No search field, no page number, no switch to the text; the missing text is reported as a problem.
    assert_eq!(browser.count_elements(".viewer-head .btn").await, 0);
    assert_eq!(browser.count_elements(".viewer input:not([hidden] *)").await, 0);
    browser.click(".problems summary").await;
    assert!(browser.visible_text(".problems").await.contains("not read yet"));
    browser.save_screenshot("picture").await;
    browser.assert_accessible().await;
    browser.assert_console_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_late_does_not_undo_what_was_told() {
    let fixture = NotebookFixture::start(&[], &[]).await;
    let browser = &fixture.browser;
    // From now on the last response of a notebook's loading is held back until the test releases it.
    let hold = "window.late = 0; const real = window.fetch; const gate = new Promise(open => window.open_gate = open); \
        window.fetch = async (...all) => { \
            const answer = await real(...all); \
            if (!/notes/.test(all[0].url ?? all[0])) return answer; \
            window.late += 1; const body = await answer.text(); await gate; window.late -= 1; \
            return new Response(body, {status: answer.status, headers: answer.headers}); };";
    browser.click(".pane-inside .empty .btn.primary").await;
    browser.run_js(hold).await;
    let folder = tempfile::tempdir().unwrap();
    let paths = write_files(folder.path(), &[("handbook.md", HANDBOOK_TEXT.as_bytes())]);
    browser.type_into("input[type=file]", &paths).await;
    // The node made the list while the file was being read; the file is ready before the list arrives.
    browser.wait_until("window.late > 0").await;
    fixture.node.wait_until_settled(fixture.notebook).await;
    browser.wait_until("document.querySelector('.source .meta')?.innerText.includes('words')").await;
    let release = "const look = () => { if (document.querySelector('.source [role=progressbar]')) window.undone = true; }; \
        new MutationObserver(look).observe(document.body, {subtree: true, childList: true}); window.open_gate();";
    browser.run_js(release).await;
    browser.wait_until("window.late === 0").await;
    // A note of another program comes after the list.
    let note = NewNote { title: "Plan".into(), body: "Call the chimney sweeper.".into(), from_turn: None };
    fixture.node.client.call::<CreateNote>(&[&fixture.notebook.to_string()], &(), &note).await.unwrap();
    browser.wait_until("document.querySelector('.studio .row-name')").await;
    assert_eq!(browser.run_js("return Boolean(window.undone)").await, false);
    assert!(browser.visible_text(".source .meta").await.contains("words"));
    browser.assert_console_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_again_keeps_the_source_and_says_what_failed() {
    let fixture = NotebookFixture::start(&[("handbook.md", HANDBOOK_TEXT.as_bytes())], &[]).await;
    let browser = &fixture.browser;
    let read_again = "[...document.querySelectorAll('.menu:popover-open .menu-item')]\
        .find(item => item.innerText.trim() === 'Read again').click()";
    browser.click(".source [aria-haspopup=menu]").await;
    browser.run_js(read_again).await;
    browser
        .wait_until("document.querySelector('.toast')?.innerText.includes('handbook.md is being read again')")
        .await;
    let source = fixture.node.wait_until_settled(fixture.notebook).await.remove(0);
    wait_for_idle_jobs(&fixture).await;
    assert!(!browser.visible_text(".source .meta").await.contains("problem"));

    // The original is gone: the source stays, with a problem in its row and the reason in the viewer.
    std::fs::remove_dir_all(fixture.data.path().join("blobs")).unwrap();
    browser.click(".source [aria-haspopup=menu]").await;
    browser.run_js(read_again).await;
    browser.wait_until("document.querySelector('.source .meta')?.innerText.includes('1 problem')").await;
    browser.click(".source-name").await;
    browser.click(".problems summary").await;
    assert!(browser.visible_text(".problems").await.contains("reading it again failed"));
    let after = fixture.node.list_sources(fixture.notebook).await.remove(0);
    assert_eq!(after.revision, source.revision);
    browser.save_screenshot("reread").await;
    browser.assert_accessible().await;
}

/// Waits until no job is queued or running.
async fn wait_for_idle_jobs(fixture: &NotebookFixture) {
    let list =
        async || fixture.node.client.call::<ListJobs>(&[], &PageQuery::default(), &()).await.unwrap().jobs;
    wait_for("all jobs have ended", list, |jobs| jobs.iter().all(|job| job.state.is_final())).await;
}
