//! Getting around: search, the palette, finding in a source, renaming, the trash, keys, formulas.

use hearth_tests::browser::{ENTER_KEY, ESCAPE_KEY};
use hearth_tests::documents::{HANDBOOK_TEXT, PAPER_PAGES, build_pdf};
use hearth_tests::{Browser, NodeProcess, Script, ScriptedOllama};
use serde_json::json;

use crate::{NotebookFixture, ask_question, normalise_spaces, open_notebook, open_page};

/// Control and a letter, pressed together.
async fn press_control_with(browser: &Browser, letter: char) {
    browser.press_with_modifier("\u{e009}", &letter.to_string()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_and_palette_open_the_passage() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let house = node.create_notebook("House").await;
    node.add_file(house, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    let climbing = node.create_notebook("Climbing").await;
    node.add_file(climbing, "paper.pdf", &build_pdf(&PAPER_PAGES)).await;
    node.wait_until_settled(house).await;
    node.wait_until_settled(climbing).await;
    let browser = Browser::start(1440, 900, false).await;
    open_page(&node, &browser, "/").await;
    browser.type_into(".search-box input", "burner season").await;
    browser.wait_until("document.querySelector('.results h3')?.innerText.includes('House')").await;
    browser.wait_until("document.querySelector('.hit mark')").await;
    browser.save_screenshot("search").await;
    browser.click(".hit a").await;
    browser.wait_until("document.querySelector('.viewer-text .lit')").await;
    let lit = browser
        .run_js("return [...document.querySelectorAll('.lit')].map(e => e.textContent).join(' ')")
        .await;
    assert!(lit.as_str().unwrap().contains("Clean the burner"), "{lit}");
    // From there to the other notebook's PDF, by typing alone.
    press_control_with(&browser, 'k').await;
    browser.wait_until("document.activeElement.getAttribute('role') === 'combobox'").await;
    browser.press_keys("taping reduced distance").await;
    browser
        .wait_until(
            "[...document.querySelectorAll('.palette .row')].some(row => row.innerText.includes('paper.pdf'))",
        )
        .await;
    browser.save_screenshot("palette").await;
    browser.assert_accessible().await;
    browser.press_keys(ENTER_KEY).await;
    browser.wait_until("document.querySelector('input.title')?.value === 'Climbing'").await;
    browser.wait_until("document.querySelector('.lit-box')").await;
    // The pages are zoomed, and the second one is opened by its number.
    browser.wait_until("document.querySelector('.page img')?.naturalWidth > 0").await;
    let width = "document.querySelector('.page').getBoundingClientRect().width";
    let before = browser.run_js(&format!("return {width}")).await.as_f64().unwrap();
    browser.click(".page-tools [aria-label='Zoom in']").await;
    browser.wait_until(&format!("{width} > {before} * 1.2")).await;
    browser.type_into(".page-tools input", &format!("2{ENTER_KEY}")).await;
    let second = "document.querySelector('[data-page=\"2\"]').getBoundingClientRect().top - \
        document.querySelector('.viewer-pages').getBoundingClientRect().top";
    browser.wait_until(&format!("Math.abs({second}) < 300")).await;
    // A search in the open source finds its matches in the text.
    press_control_with(&browser, 'f').await;
    browser.wait_until("document.activeElement.closest('.find')").await;
    browser.press_keys("climb").await;
    browser.wait_until("document.querySelector('.find .meta').innerText === '1 / 2'").await;
    browser.press_keys(ENTER_KEY).await;
    browser.wait_until("document.querySelector('.find .meta').innerText === '2 / 2'").await;
    assert_eq!(browser.count_elements(".found").await, 2);
    browser.save_screenshot("found").await;
    browser.press_keys(ESCAPE_KEY).await;
    browser.wait_until("!document.querySelector('.found')").await;
    browser.assert_console_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn renamed_deleted_and_brought_back() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let house = node.create_notebook("House").await;
    node.add_file(house, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    node.wait_until_settled(house).await;
    let browser = Browser::start(1440, 900, false).await;
    open_notebook(&node, &browser, house).await;
    let choose_menu_item = async |item: &str| {
        browser.click(".source [aria-haspopup=menu]").await;
        let script = format!(
            "[...document.querySelectorAll('.menu:popover-open .menu-item')].find(i => i.innerText.trim() === {}).click()",
            json!(item)
        );
        browser.run_js(&script).await;
    };
    choose_menu_item("Rename").await;
    browser.wait_until("document.activeElement.matches('.source input.field')").await;
    browser.press_keys("Boiler").await;
    browser.press_keys(ENTER_KEY).await;
    browser.wait_until("document.querySelector('.source .name').innerText === 'Boiler'").await;
    choose_menu_item("Remove from this notebook").await;
    browser.wait_until("!document.querySelector('.source')").await;
    browser.click(".toast .btn").await;
    browser.wait_until("document.querySelector('.source .name')?.innerText === 'Boiler'").await;
    // A notebook is deleted in the library and restored from the trash.
    open_page(&node, &browser, "/").await;
    browser.click(".card-menu button").await;
    browser.run_js("[...document.querySelectorAll('.menu:popover-open .menu-item')].at(-1).click()").await;
    browser.wait_until("document.querySelector('.first-run')").await;
    browser.go_to(&format!("{}/settings", node.address)).await;
    browser.click("[aria-label='Restore']").await;
    browser.wait_until("!document.querySelector('[aria-label=\"Restore\"]')").await;
    // A key for another program works until it is revoked.
    browser.type_into("[aria-label='What the key is for']", &format!("script{ENTER_KEY}")).await;
    browser
        .run_js("[...document.querySelectorAll('.btn')].find(b => b.innerText === 'Make a key').click()")
        .await;
    let key = browser.visible_text(".good code").await;
    let request_status = async || {
        let request = reqwest::Client::new().get(format!("{}/api/notebooks", node.address)).bearer_auth(&key);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(request_status().await, 200);
    browser.click("[aria-label='Revoke']").await;
    browser.wait_until("!document.querySelector('[aria-label=Revoke]')").await;
    assert_eq!(request_status().await, 401);
    // Past messages and jobs are listed.
    browser.click(".status-button").await;
    browser.wait_until("document.querySelector('.jobs .row')").await;
    browser.assert_accessible().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_code_and_formulas_are_drawn() {
    let ollama = ScriptedOllama::start(Script::answering(&[
        "Clean the burner once a year.\n\n| code | meaning |\n|---|---:|\n| E01 | no flame |\n\n",
        "```rust\nfn main() {}\n```\n\nThe sum is $\\frac{a}{b^2}$ and\n\n$$\\sum_{i=1}^n i$$\n\n- one\n- **two**\n",
    ]))
    .await;
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[("HEARTH_CHAT__ADDRESS", &ollama.address)]);
    let house = node.create_notebook("House").await;
    node.add_file(house, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    node.wait_until_settled(house).await;
    let browser = Browser::start(1440, 900, false).await;
    open_notebook(&node, &browser, house).await;
    ask_question(&browser, "How often is the burner cleaned?", 1).await;
    for selector in [
        ".answer table td",
        ".answer .code pre",
        ".answer mfrac",
        ".answer .block munderover",
        ".answer li strong",
    ] {
        assert!(browser.count_elements(selector).await > 0, "{selector}");
    }
    let table = browser.run_js("return document.querySelector('.answer table').outerHTML").await;
    let alignment =
        browser.run_js("return document.querySelector('.answer thead td:last-child')?.className").await;
    assert_eq!(alignment, "end", "{table}");
    assert!(normalise_spaces(&browser.visible_text(".answer .code pre").await).starts_with("fn main"));
    browser.save_screenshot("drawn").await;
    browser.assert_console_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notebook_gets_an_emoji_and_the_settings_name_models_and_parts() {
    let fixture = NotebookFixture::start(&[], &[]).await;
    let browser = &fixture.browser;
    browser.click("[aria-label='Choose an emoji']").await;
    browser.save_screenshot("emoji").await;
    browser.run_js("[...document.querySelectorAll('.emoji')].find(e => e.innerText === '⛵').click()").await;
    browser
        .wait_until("document.querySelector(\"[aria-label='Choose an emoji']\").innerText.trim() === '⛵'")
        .await;
    browser.go_to(&format!("{}/settings", fixture.node.address)).await;
    // The available models are listed, with the one in use.
    browser.wait_until("document.querySelectorAll('.settings details').length === 4").await;
    browser.run_js("document.querySelectorAll('.settings details').forEach(d => d.open = true)").await;
    browser.wait_until("document.querySelector('.settings details').innerText.includes('in use')").await;
    browser.wait_until("document.querySelectorAll('.licences tr').length > 300").await;
    let parts = browser.visible_text(".licences table").await;
    assert!(parts.contains("leptos") && parts.contains("Lucide") && !parts.contains("insta\t"), "{parts}");
    browser.assert_accessible().await;
    browser.save_screenshot("settings-open").await;
    browser.assert_console_empty().await;
}
