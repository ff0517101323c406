//! From an empty library to a cited answer, as a new user gets there.

use hearth_domain::Turn;
use hearth_tests::browser::{ENTER_KEY, ESCAPE_KEY, TAB_KEY};
use hearth_tests::documents::{HANDBOOK_TEXT, build_pdf};
use hearth_tests::{Browser, NodeProcess, Script, ScriptedOllama};
use hearth_wire::PageQuery;
use hearth_wire::operations::{GetConversation, ListConversations, ListNotebooks};
use serde_json::{Value, json};

use crate::{NotebookFixture, ask_question, normalise_spaces, open_notebook, open_page, write_files};

async fn get_latest_turn(node: &NodeProcess) -> Turn {
    let all = PageQuery::default();
    let notebooks = node.client.call::<ListNotebooks>(&[], &all, &()).await.unwrap().notebooks;
    let id = notebooks[0].id.to_string();
    let list = node.client.call::<ListConversations>(&[&id], &all, &()).await.unwrap();
    let id = list.conversations[0].id.to_string();
    node.client.call::<GetConversation>(&[&id], &(), &()).await.unwrap().turns.pop().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_to_a_citation_that_opens_the_passage() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let browser = Browser::start(1440, 900, false).await;
    open_page(&node, &browser, "/").await;
    browser.click(".first-run .btn.primary").await;
    browser.click(".pane-inside .empty .btn.primary").await;
    let folder = tempfile::tempdir().unwrap();
    let ladder = build_pdf(&["Ladders\n\nA ladder must be checked for cracks\nbefore each use by its user."]);
    let chosen =
        write_files(folder.path(), &[("handbook.md", HANDBOOK_TEXT.as_bytes()), ("ladders.pdf", &ladder)]);
    browser.type_into("input[type=file]", &chosen).await;
    browser.wait_until("document.querySelectorAll('.source').length === 2").await;
    browser.wait_until("!document.querySelector('[role=progressbar]')").await;
    // The notebook is named after its first source.
    browser.wait_until("document.querySelector('input.title').value === 'handbook'").await;
    browser.save_screenshot("sources").await;

    ask_question(&browser, "How often is the burner cleaned?", 1).await;
    let turn = get_latest_turn(&node).await;
    let citation = &turn.citations[0];
    assert!(citation.quote.contains("burner"), "{turn:#?}");
    browser.hover(".cite").await;
    let card = browser.visible_text(".card q").await;
    assert_eq!(normalise_spaces(card.trim_matches(['“', '”'])), normalise_spaces(&citation.quote));
    browser.save_screenshot("hover").await;
    browser.click(".cite").await;
    browser.wait_until("document.querySelector('.viewer-text .lit')").await;
    let lit = browser
        .run_js("return [...document.querySelectorAll('.lit')].map(e => e.textContent).join('')")
        .await;
    assert_eq!(normalise_spaces(lit.as_str().unwrap()), normalise_spaces(&citation.quote));
    browser.save_screenshot("cited-text").await;

    ask_question(&browser, "When must a ladder be checked for cracks?", 2).await;
    browser.run_js("[...document.querySelectorAll('.turn')].at(-1).querySelector('.cite').click()").await;
    browser.wait_until("document.querySelector('.lit-box')").await;
    browser.wait_until("[...document.querySelectorAll('.page img')].every(i => i.naturalWidth > 0)").await;
    let lit = "const v = document.querySelector('.viewer-pages').getBoundingClientRect(); \
        const b = document.querySelector('.lit-box').getBoundingClientRect(); return b.top > v.top && b.bottom < v.bottom";
    assert_eq!(browser.run_js(lit).await, Value::Bool(true), "the highlighted box is visible");
    browser.save_screenshot("cited-page").await;
    browser.assert_console_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_notebook_answers_about_hearth_itself() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let browser = Browser::start(1440, 900, false).await;
    open_page(&node, &browser, "/").await;
    browser.click(".first-run .btn:not(.primary)").await;
    browser.wait_until("document.querySelectorAll('.source').length === 3").await;
    browser.wait_until("document.querySelector('input.title').value === 'Hearth'").await;
    browser.wait_until("!document.querySelector('[role=progressbar]')").await;
    browser.save_screenshot("sample").await;
    ask_question(&browser, "How do I create a notebook?", 1).await;
    assert!(browser.count_elements(".cite").await > 0);
    browser.assert_console_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unchecked_sources_are_not_answered_from() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("House").await;
    node.add_file(notebook, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    node.add_file(notebook, "cake.md", b"# Cake\n\nThe cake is baked for forty minutes at a low heat.\n")
        .await;
    node.wait_until_settled(notebook).await;
    let browser = Browser::start(1440, 900, true).await;
    open_notebook(&node, &browser, notebook).await;
    ask_question(&browser, "How often is the burner cleaned?", 1).await;
    assert!(browser.count_elements(".cite").await > 0);
    browser.click("[aria-label*='handbook.md'][type=checkbox]").await;
    browser.wait_until("document.querySelector('.ask-row').innerText.startsWith('1 source')").await;
    ask_question(&browser, "How often is the burner cleaned?", 2).await;
    let cited = browser.run_js("return [...document.querySelectorAll('.turn')].at(-1).innerText").await;
    assert!(!cited.as_str().unwrap().contains("once a year"), "{cited}");
    // The selection is the same after a reload.
    browser.reload().await;
    browser.wait_until("document.querySelector('[aria-label*=\"cake.md\"][type=checkbox]')?.checked").await;
    browser
        .wait_until("!document.querySelector('[aria-label*=\"handbook.md\"][type=checkbox]').checked")
        .await;
    browser.assert_console_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_shown_in_the_language_of_the_interface() {
    let fixture = NotebookFixture::start(&[("handbook.md", HANDBOOK_TEXT.as_bytes())], &[]).await;
    let browser = &fixture.browser;
    ask_question(browser, "Who won the football championship?", 1).await;
    assert_eq!(browser.visible_text(".turn .answer").await, "I don't find that in your sources.");
    assert_eq!(browser.count_elements(".turn .extracts, .turn [aria-label='Copy']").await, 0);
    browser.run_js("localStorage.setItem('hearth.appearance', JSON.stringify({language: 'de'}))").await;
    browser.reload().await;
    browser.wait_until("document.querySelector('.turn[data-state=done] .refusal')").await;
    assert_eq!(browser.visible_text(".turn .answer").await, "Das finde ich in Ihren Quellen nicht.");
    // A new one, too, with what is missing.
    ask_question(browser, "Who won the championship of 1974?", 2).await;
    assert_eq!(
        browser.visible_text(".turn:last-child .answer").await,
        "Das finde ich in Ihren Quellen nicht: 1974 steht in keiner davon."
    );
    browser.assert_console_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_becomes_a_note_with_live_citations() {
    let fixture = NotebookFixture::start(&[("handbook.md", HANDBOOK_TEXT.as_bytes())], &[]).await;
    ask_question(&fixture.browser, "How often is the burner cleaned?", 1).await;
    fixture.browser.click(".turn [aria-label='Save as note']").await;
    fixture.browser.click(".studio .row-name").await;
    let answer = normalise_spaces(&fixture.browser.visible_text(".turn .answer").await);
    assert_eq!(normalise_spaces(&fixture.browser.visible_text(".note .answer").await), answer);
    fixture.browser.click(".note .cite").await;
    fixture.browser.wait_until("document.querySelector('.viewer-text .lit')").await;
    // The edited text is stored.
    fixture.browser.click(".note-head [aria-label='Edit']").await;
    fixture.browser.type_into("textarea.note-body", "More of my own.").await;
    fixture.browser.click(".note-head [aria-label='Back']").await;
    fixture.browser.click(".studio .row-name").await;
    fixture
        .browser
        .wait_until("document.querySelector('.note .answer')?.innerText.includes('More of my own.')")
        .await;
    fixture.browser.save_screenshot("note").await;
    fixture.browser.assert_console_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_by_keyboard() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("House").await;
    node.add_file(notebook, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    node.wait_until_settled(notebook).await;
    let browser = Browser::start(1440, 900, false).await;
    open_page(&node, &browser, "/").await;
    // The notebook's card is focused and opened.
    press_tab_until(&browser, "document.activeElement.classList.contains('card-title')").await;
    browser.press_keys(ENTER_KEY).await;
    browser.wait_until("document.querySelector('#ask')").await;
    browser.wait_until("document.querySelector('.source')").await;
    browser.press_keys("/").await;
    browser.wait_until("document.activeElement.id === 'ask'").await;
    browser.press_keys("How often is the burner cleaned?").await;
    browser.press_keys(ENTER_KEY).await;
    browser.wait_until("document.querySelector('.turn[data-state=done]')").await;
    browser.run_js("document.activeElement.blur()").await;
    press_tab_until(&browser, "document.activeElement.classList.contains('cite')").await;
    browser.wait_until("document.querySelector('.card')").await;
    browser.press_keys(ENTER_KEY).await;
    browser.wait_until("document.querySelector('.viewer-text .lit')").await;
    browser.press_keys(ESCAPE_KEY).await;
    browser.wait_until("!document.querySelector('.viewer')").await;
    browser.assert_console_empty().await;
}

/// Presses the tabulator until the keyboard focus fulfils a condition.
async fn press_tab_until(browser: &Browser, condition: &str) {
    for _ in 0..60 {
        browser.press_keys(TAB_KEY).await;
        if browser.run_js(&format!("return {condition}")).await == Value::Bool(true) {
            return;
        }
    }
    panic!("the focus never fulfils: {condition}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_question_may_be_one_that_a_model_suggests() {
    let mut script = Script::answering(&["Clean the burner once a year [1]."]);
    script.guide = json!({
        "summary": "The handbook says how the boiler is kept, from its pressure to its burner.",
        "topics": ["pressure", "burner"],
        "questions": ["How often is the burner cleaned?"],
    })
    .to_string();
    let ollama = ScriptedOllama::start(script).await;
    let files = [("handbook.md", HANDBOOK_TEXT.as_bytes())];
    let fixture = NotebookFixture::start(&files, &[("HEARTH_CHAT__ADDRESS", &ollama.address)]).await;
    let browser = &fixture.browser;
    browser.wait_until("document.querySelector('.talk-empty .chip')").await;
    browser.save_screenshot("suggested").await;
    browser.click(".source-name").await;
    browser.wait_until("document.querySelector('.guide .chip')").await;
    let guide = browser.visible_text(".guide").await;
    assert!(guide.contains("how the boiler is kept") && guide.contains("scripted:1b"), "{guide}");
    browser.save_screenshot("guide").await;
    browser.click(".guide .chip").await;
    browser.wait_until("document.querySelector('.turn[data-state=done] .cite')").await;
    assert_eq!(browser.visible_text(".question").await, "How often is the burner cleaned?");
    browser.assert_console_empty().await;
}
