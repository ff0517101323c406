//! What a page shows of its sources while they come and change.

use hearth_tests::documents::{HANDBOOK, PICTURE};

use crate::{House, files};

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_shown_as_the_page_that_it_is() {
    let house = House::with(&[("receipt.png", PICTURE)], &[]).await;
    let browser = &house.browser;
    assert!(browser.text(".source .meta").await.starts_with("1 page"));
    browser.click(".source-name").await;
    browser.until("document.querySelector('.page img')?.naturalWidth === 256").await;
    // Nothing to find, no pages to go to, no text to change to; what is missing is said.
    assert_eq!(browser.count(".viewer-head .btn").await, 0);
    assert_eq!(browser.count(".viewer input:not([hidden] *)").await, 0);
    browser.click(".problems summary").await;
    assert!(browser.text(".problems").await.contains("not read yet"));
    browser.screenshot("picture").await;
    browser.assert_accessible().await;
    browser.assert_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_late_does_not_undo_what_was_told() {
    let house = House::with(&[], &[]).await;
    let browser = &house.browser;
    // From now on the last answer of those that make up a notebook comes when we let it.
    let hold = "window.late = 0; const real = window.fetch; const gate = new Promise(open => window.open_gate = open); \
        window.fetch = async (...all) => { \
            const answer = await real(...all); \
            if (!/notes/.test(all[0].url ?? all[0])) return answer; \
            window.late += 1; await gate; setTimeout(() => window.late -= 1, 200); return answer; };";
    browser.click(".pane-inside .empty .btn.primary").await;
    browser.js(hold).await;
    let folder = tempfile::tempdir().unwrap();
    let paths = files(folder.path(), &[("handbook.md", HANDBOOK.as_bytes())]);
    browser.type_into("input[type=file]", &paths).await;
    // The list was made while the file was read, and the file is ready before the list arrives.
    browser.until("window.late > 0").await;
    house.node.settled(house.notebook).await;
    browser.until("document.querySelector('.source .meta')?.innerText.includes('words')").await;
    let open = "const look = () => { if (document.querySelector('.source [role=progressbar]')) window.undone = true; }; \
        new MutationObserver(look).observe(document.body, {subtree: true, childList: true}); window.open_gate();";
    browser.js(open).await;
    browser.until("window.late === 0").await;
    assert_eq!(browser.js("return Boolean(window.undone)").await, false);
    assert!(browser.text(".source .meta").await.contains("words"));
    browser.assert_quiet().await;
}
