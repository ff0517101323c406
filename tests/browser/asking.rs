//! From an empty library to a cited answer, as someone does who has never seen Hearth.

use hearth_domain::Turn;
use hearth_tests::browser::{ENTER, ESCAPE, TAB};
use hearth_tests::documents::{HANDBOOK, pdf};
use hearth_tests::{Browser, NodeProcess, Script, ScriptedOllama};
use hearth_wire::PageQuery;
use hearth_wire::operations::{GetConversation, ListConversations, ListNotebooks};
use serde_json::Value;

use crate::{House, ask, enter, enter_notebook, files, words};

async fn latest_turn(node: &NodeProcess) -> Turn {
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
    enter(&node, &browser, "/").await;
    browser.click(".first-run .btn.primary").await;
    browser.click(".pane-inside .empty .btn.primary").await;
    let folder = tempfile::tempdir().unwrap();
    let ladder = pdf(&["Ladders\n\nA ladder must be checked for cracks\nbefore each use by its user."]);
    let chosen = files(folder.path(), &[("handbook.md", HANDBOOK.as_bytes()), ("ladders.pdf", &ladder)]);
    browser.type_into("input[type=file]", &chosen).await;
    browser.until("document.querySelectorAll('.source').length === 2").await;
    browser.until("!document.querySelector('[role=progressbar]')").await;
    // The notebook is called after its first source.
    browser.until("document.querySelector('input.title').value === 'handbook'").await;
    browser.screenshot("sources").await;

    ask(&browser, "How often is the burner cleaned?", 1).await;
    let turn = latest_turn(&node).await;
    let citation = &turn.citations[0];
    assert!(citation.quote.contains("burner"), "{turn:#?}");
    browser.hover(".cite").await;
    let card = browser.text(".card q").await;
    assert_eq!(words(card.trim_matches(['“', '”'])), words(&citation.quote));
    browser.screenshot("hover").await;
    browser.click(".cite").await;
    browser.until("document.querySelector('.viewer-text .lit')").await;
    let lit =
        browser.js("return [...document.querySelectorAll('.lit')].map(e => e.textContent).join('')").await;
    assert_eq!(words(lit.as_str().unwrap()), words(&citation.quote));
    browser.screenshot("cited-text").await;

    ask(&browser, "When must a ladder be checked for cracks?", 2).await;
    browser.js("[...document.querySelectorAll('.turn')].at(-1).querySelector('.cite').click()").await;
    browser.until("document.querySelector('.lit-box')").await;
    browser.until("[...document.querySelectorAll('.page img')].every(i => i.naturalWidth > 0)").await;
    let lit = "const v = document.querySelector('.viewer-pages').getBoundingClientRect(); \
        const b = document.querySelector('.lit-box').getBoundingClientRect(); return b.top > v.top && b.bottom < v.bottom";
    assert_eq!(browser.js(lit).await, Value::Bool(true), "the lit box is in sight");
    browser.screenshot("cited-page").await;
    browser.assert_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_notebook_answers_about_hearth_itself() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let browser = Browser::start(1440, 900, false).await;
    enter(&node, &browser, "/").await;
    browser.click(".first-run .btn:not(.primary)").await;
    browser.until("document.querySelectorAll('.source').length === 3").await;
    browser.until("document.querySelector('input.title').value === 'Hearth'").await;
    browser.until("!document.querySelector('[role=progressbar]')").await;
    browser.screenshot("sample").await;
    ask(&browser, "How do I make a notebook?", 1).await;
    assert!(browser.count(".cite").await > 0);
    browser.assert_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unchecked_sources_are_not_answered_from() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.notebook("House").await;
    node.add(notebook, "handbook.md", HANDBOOK.as_bytes()).await;
    node.add(notebook, "cake.md", b"# Cake\n\nThe cake is baked for forty minutes at a low heat.\n").await;
    node.settled(notebook).await;
    let browser = Browser::start(1440, 900, true).await;
    enter_notebook(&node, &browser, notebook).await;
    ask(&browser, "How often is the burner cleaned?", 1).await;
    assert!(browser.count(".cite").await > 0);
    browser.click("[aria-label*='handbook.md'][type=checkbox]").await;
    browser.until("document.querySelector('.ask-row').innerText.startsWith('1 source')").await;
    ask(&browser, "How often is the burner cleaned?", 2).await;
    let cited = browser.js("return [...document.querySelectorAll('.turn')].at(-1).innerText").await;
    assert!(!cited.as_str().unwrap().contains("once a year"), "{cited}");
    // What was chosen is still so after coming back.
    browser.reload().await;
    browser.until("document.querySelector('[aria-label*=\"cake.md\"][type=checkbox]')?.checked").await;
    browser.until("!document.querySelector('[aria-label*=\"handbook.md\"][type=checkbox]').checked").await;
    browser.assert_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_becomes_a_note_with_live_citations() {
    let house = House::with(&[("handbook.md", HANDBOOK.as_bytes())], &[]).await;
    ask(&house.browser, "How often is the burner cleaned?", 1).await;
    house.browser.click(".turn [aria-label='Save as note']").await;
    house.browser.click(".studio .row-name").await;
    let answer = words(&house.browser.text(".turn .answer").await);
    assert_eq!(words(&house.browser.text(".note .answer").await), answer);
    house.browser.click(".note .cite").await;
    house.browser.until("document.querySelector('.viewer-text .lit')").await;
    // Written over, it is kept.
    house.browser.click(".note-head [aria-label='Edit']").await;
    house.browser.type_into("textarea.note-body", "More of my own.").await;
    house.browser.click(".note-head [aria-label='Back']").await;
    house.browser.click(".studio .row-name").await;
    house
        .browser
        .until("document.querySelector('.note .answer')?.innerText.includes('More of my own.')")
        .await;
    house.browser.screenshot("note").await;
    house.browser.assert_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_by_keyboard() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.notebook("House").await;
    node.add(notebook, "handbook.md", HANDBOOK.as_bytes()).await;
    node.settled(notebook).await;
    let browser = Browser::start(1440, 900, false).await;
    enter(&node, &browser, "/").await;
    // To the notebook's card, and in.
    tab_until(&browser, "document.activeElement.classList.contains('card-title')").await;
    browser.keys(ENTER).await;
    browser.until("document.querySelector('#ask')").await;
    browser.until("document.querySelector('.source')").await;
    browser.keys("/").await;
    browser.until("document.activeElement.id === 'ask'").await;
    browser.keys("How often is the burner cleaned?").await;
    browser.keys(ENTER).await;
    browser.until("document.querySelector('.turn[data-state=done]')").await;
    browser.js("document.activeElement.blur()").await;
    tab_until(&browser, "document.activeElement.classList.contains('cite')").await;
    browser.until("document.querySelector('.card')").await;
    browser.keys(ENTER).await;
    browser.until("document.querySelector('.viewer-text .lit')").await;
    browser.keys(ESCAPE).await;
    browser.until("!document.querySelector('.viewer')").await;
    browser.assert_quiet().await;
}

/// Presses the tabulator until the keyboard is where it should be.
async fn tab_until(browser: &Browser, condition: &str) {
    for _ in 0..60 {
        browser.keys(TAB).await;
        if browser.js(&format!("return {condition}")).await == Value::Bool(true) {
            return;
        }
    }
    panic!("the keyboard does not get there: {condition}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_question_may_be_one_that_a_model_suggests() {
    let mut script = Script::says(&["Clean the burner once a year [1]."]);
    script.guide = "SUMMARY: The handbook says how the boiler is kept, from its pressure to its burner.\n\
        TOPICS: pressure; burner\nQUESTIONS:\nHow often is the burner cleaned?\n"
        .into();
    let ollama = ScriptedOllama::start(script).await;
    let files = [("handbook.md", HANDBOOK.as_bytes())];
    let house = House::with(&files, &[("HEARTH_CHAT__ADDRESS", &ollama.address)]).await;
    let browser = &house.browser;
    browser.until("document.querySelector('.talk-empty .chip')").await;
    browser.screenshot("suggested").await;
    browser.click(".source-name").await;
    browser.until("document.querySelector('.guide .chip')").await;
    let guide = browser.text(".guide").await;
    assert!(guide.contains("how the boiler is kept") && guide.contains("scripted:1b"), "{guide}");
    browser.screenshot("guide").await;
    browser.click(".guide .chip").await;
    browser.until("document.querySelector('.turn[data-state=done] .cite')").await;
    assert_eq!(browser.text(".question").await, "How often is the burner cleaned?");
    browser.assert_quiet().await;
}
