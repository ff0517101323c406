//! Hostile documents and models: nothing runs, nothing is fetched.

use hearth_tests::{Browser, NodeProcess, Script, ScriptedOllama};

use crate::{ask_question, open_notebook};

const HOSTILE_PAGE: &str = "<html><body><article><h1>Boilers</h1><p>The burner of the boiler is cleaned once a year, before \
    the heating season begins, by whoever looks after the house.</p><script>window.ran = 1</script>\
    <img src=x onerror='window.ran = 2'><p>&lt;script&gt;window.ran = 3&lt;/script&gt; is what the label says.</p></article></body></html>";
const HOSTILE_NOTE: &str = "# Label\n\n<script>window.ran = 4</script> <img src=http://127.0.0.1:9/a.png onerror=window.ran=5>\n\n\
    ![pixel](http://127.0.0.1:9/b.png) [go](javascript:window.ran=6)\n\nThe burner of the boiler is cleaned once a year.\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_documents_and_models_write_is_text() {
    let ollama = ScriptedOllama::start(Script::answering(&[
        "The burner is cleaned once a year [1].\n\n![x](http://127.0.0.1:9/c.png) ",
        "<img src=http://127.0.0.1:9/d.png onerror=window.ran=7> <script>window.ran=8</script> ",
        "[here](javascript:window.ran=9) and [there](/api/keys).",
    ]))
    .await;
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[("HEARTH_CHAT__ADDRESS", &ollama.address)]);
    let notebook = node.create_notebook("<b>House</b><script>window.ran=10</script>").await;
    node.add_file(notebook, "<img src=x onerror=window.ran=11>.html", HOSTILE_PAGE.as_bytes()).await;
    node.add_file(notebook, "label.md", HOSTILE_NOTE.as_bytes()).await;
    node.wait_until_settled(notebook).await;
    let browser = Browser::start(1440, 900, false).await;
    open_notebook(&node, &browser, notebook).await;
    ask_question(&browser, "How often is the burner cleaned?", 1).await;
    for nth in 1..=2 {
        browser.click(&format!(".source:nth-of-type({}) .source-name", nth + 1)).await;
        browser.wait_until("document.querySelector('.viewer-text p')").await;
    }
    browser.click(".cite").await;
    browser.wait_until("document.querySelector('.viewer-text .lit')").await;
    assert_eq!(browser.run_js("return window.ran ?? 0").await, 0);
    assert_eq!(
        browser.count_elements(".answer img, .answer script, .viewer-text img, .viewer-text script").await,
        0
    );
    let addresses = browser
        .run_js("return [...document.querySelectorAll('.answer a, .viewer-text a')].map(a => a.href)")
        .await;
    let is_harmless = |link: &serde_json::Value| link.as_str().unwrap().starts_with("http://127.0.0.1:9/");
    assert!(addresses.as_array().unwrap().iter().all(is_harmless), "{addresses}");
    let requested = browser.run_js("return performance.getEntriesByType('resource').map(e => e.name)").await;
    let is_own = |entry: &serde_json::Value| entry.as_str().unwrap().starts_with(&node.address);
    assert!(requested.as_array().unwrap().iter().all(is_own), "{requested}");
    browser.save_screenshot("hostile").await;
    browser.assert_console_empty().await;
}
