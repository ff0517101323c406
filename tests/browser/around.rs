//! Getting around: search, the palette, finding in a source, renaming, the trash, keys, formulas.

use hearth_tests::browser::{ENTER, ESCAPE};
use hearth_tests::documents::{HANDBOOK, PAPER, pdf};
use hearth_tests::{Browser, NodeProcess, Script, ScriptedOllama};
use serde_json::json;

use crate::{House, ask, enter, enter_notebook, words};

/// Control and a letter, pressed together.
async fn control(browser: &Browser, letter: char) {
    browser.keys_held("\u{e009}", &letter.to_string()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_and_palette_open_the_passage() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let house = node.notebook("House").await;
    node.add(house, "handbook.md", HANDBOOK.as_bytes()).await;
    let climbing = node.notebook("Climbing").await;
    node.add(climbing, "paper.pdf", &pdf(&PAPER)).await;
    node.settled(house).await;
    node.settled(climbing).await;
    let browser = Browser::start(1440, 900, false).await;
    enter(&node, &browser, "/").await;
    browser.type_into(".search-box input", "burner season").await;
    browser.until("document.querySelector('.results h3')?.innerText.includes('House')").await;
    browser.until("document.querySelector('.hit mark')").await;
    browser.screenshot("search").await;
    browser.click(".hit a").await;
    browser.until("document.querySelector('.viewer-text .lit')").await;
    let lit =
        browser.js("return [...document.querySelectorAll('.lit')].map(e => e.textContent).join(' ')").await;
    assert!(lit.as_str().unwrap().contains("Clean the burner"), "{lit}");
    // From there to the other notebook's PDF, by typing alone.
    control(&browser, 'k').await;
    browser.until("document.activeElement.getAttribute('role') === 'combobox'").await;
    browser.keys("taping reduced distance").await;
    browser
        .until(
            "[...document.querySelectorAll('.palette .row')].some(row => row.innerText.includes('paper.pdf'))",
        )
        .await;
    browser.screenshot("palette").await;
    browser.assert_accessible().await;
    browser.keys(ENTER).await;
    browser.until("document.querySelector('input.title')?.value === 'Climbing'").await;
    browser.until("document.querySelector('.lit-box')").await;
    // Pages: to the second, and larger.
    browser.until("document.querySelector('.page img')?.naturalWidth > 0").await;
    let width = "document.querySelector('.page').getBoundingClientRect().width";
    let before = browser.js(&format!("return {width}")).await.as_f64().unwrap();
    browser.click(".page-tools [aria-label='Zoom in']").await;
    browser.until(&format!("{width} > {before} * 1.2")).await;
    browser.type_into(".page-tools input", &format!("2{ENTER}")).await;
    let second = "document.querySelector('[data-page=\"2\"]').getBoundingClientRect().top - \
        document.querySelector('.viewer-pages').getBoundingClientRect().top";
    browser.until(&format!("Math.abs({second}) < 300")).await;
    // What is looked for is found in the text.
    control(&browser, 'f').await;
    browser.until("document.activeElement.closest('.find')").await;
    browser.keys("climb").await;
    browser.until("document.querySelector('.find .meta').innerText === '1 / 2'").await;
    browser.keys(ENTER).await;
    browser.until("document.querySelector('.find .meta').innerText === '2 / 2'").await;
    assert_eq!(browser.count(".found").await, 2);
    browser.screenshot("found").await;
    browser.keys(ESCAPE).await;
    browser.until("!document.querySelector('.found')").await;
    browser.assert_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn renamed_deleted_and_brought_back() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let house = node.notebook("House").await;
    node.add(house, "handbook.md", HANDBOOK.as_bytes()).await;
    node.settled(house).await;
    let browser = Browser::start(1440, 900, false).await;
    enter_notebook(&node, &browser, house).await;
    let menu = async |item: &str| {
        browser.click(".source [aria-haspopup=menu]").await;
        let script = format!(
            "[...document.querySelectorAll('.menu:popover-open .menu-item')].find(i => i.innerText.trim() === {}).click()",
            json!(item)
        );
        browser.js(&script).await;
    };
    menu("Rename").await;
    browser.until("document.activeElement.matches('.source input.field')").await;
    browser.keys("Boiler").await;
    browser.keys(ENTER).await;
    browser.until("document.querySelector('.source .name').innerText === 'Boiler'").await;
    menu("Remove from this notebook").await;
    browser.until("!document.querySelector('.source')").await;
    browser.click(".toast .btn").await;
    browser.until("document.querySelector('.source .name')?.innerText === 'Boiler'").await;
    // A notebook, deleted in the library and brought back from the trash.
    enter(&node, &browser, "/").await;
    browser.click(".card-menu button").await;
    browser.js("[...document.querySelectorAll('.menu:popover-open .menu-item')].at(-1).click()").await;
    browser.until("document.querySelector('.first-run')").await;
    browser.go(&format!("{}/settings", node.address)).await;
    browser.click("[aria-label='Bring back']").await;
    browser.until("!document.querySelector('[aria-label=\"Bring back\"]')").await;
    // A key for another program works until it is revoked.
    browser.type_into("[aria-label='What the key is for']", &format!("script{ENTER}")).await;
    browser
        .js("[...document.querySelectorAll('.btn')].find(b => b.innerText === 'Make a key').click()")
        .await;
    let key = browser.text(".good code").await;
    let ask = async || {
        let request = reqwest::Client::new().get(format!("{}/api/notebooks", node.address)).bearer_auth(&key);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask().await, 200);
    browser.click("[aria-label='Revoke']").await;
    browser.until("!document.querySelector('[aria-label=Revoke]')").await;
    assert_eq!(ask().await, 401);
    // What was said can be read again.
    browser.click(".status-button").await;
    browser.until("document.querySelector('.jobs .row')").await;
    browser.assert_accessible().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_code_and_formulas_are_drawn() {
    let ollama = ScriptedOllama::start(Script::says(&[
        "Clean the burner once a year.\n\n| code | meaning |\n|---|---:|\n| E01 | no flame |\n\n",
        "```rust\nfn main() {}\n```\n\nThe sum is $\\frac{a}{b^2}$ and\n\n$$\\sum_{i=1}^n i$$\n\n- one\n- **two**\n",
    ]))
    .await;
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[("HEARTH_CHAT__ADDRESS", &ollama.address)]);
    let house = node.notebook("House").await;
    node.add(house, "handbook.md", HANDBOOK.as_bytes()).await;
    node.settled(house).await;
    let browser = Browser::start(1440, 900, false).await;
    enter_notebook(&node, &browser, house).await;
    ask(&browser, "How often is the burner cleaned?", 1).await;
    for selector in [
        ".answer table td",
        ".answer .code pre",
        ".answer mfrac",
        ".answer .block munderover",
        ".answer li strong",
    ] {
        assert!(browser.count(selector).await > 0, "{selector}");
    }
    let table = browser.js("return document.querySelector('.answer table').outerHTML").await;
    let side = browser.js("return document.querySelector('.answer thead td:last-child')?.className").await;
    assert_eq!(side, "end", "{table}");
    assert!(words(&browser.text(".answer .code pre").await).starts_with("fn main"));
    browser.screenshot("drawn").await;
    browser.assert_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notebook_gets_an_emoji_and_the_settings_name_models_and_parts() {
    let house = House::with(&[], &[]).await;
    let browser = &house.browser;
    browser.click("[aria-label='Choose an emoji']").await;
    browser.screenshot("emoji").await;
    browser.js("[...document.querySelectorAll('.emoji')].find(e => e.innerText === '⛵').click()").await;
    browser
        .until("document.querySelector(\"[aria-label='Choose an emoji']\").innerText.trim() === '⛵'")
        .await;
    browser.go(&format!("{}/settings", house.node.address)).await;
    // Those that can be had, with the one that is used.
    browser.until("document.querySelectorAll('.settings details').length === 4").await;
    browser.js("document.querySelectorAll('.settings details').forEach(d => d.open = true)").await;
    browser.until("document.querySelector('.settings details').innerText.includes('in use')").await;
    browser.until("document.querySelectorAll('.licences tr').length > 300").await;
    let parts = browser.text(".licences table").await;
    assert!(parts.contains("leptos") && parts.contains("Lucide") && !parts.contains("insta\t"), "{parts}");
    browser.assert_accessible().await;
    browser.screenshot("settings-open").await;
    browser.assert_quiet().await;
}
