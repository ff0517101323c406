//! The page in a desktop program's window: with a scripted shell, in a plain browser.

use std::sync::Arc;

use hearth_node::ShellEvents;
use hearth_tests::Browser;
use hearth_tests::documents::HANDBOOK;
use hearth_wire::ShellEvent;

use hearth_tests::shell::{NOBODY, Scripted, start};

#[tokio::test(flavor = "multi_thread")]
async fn the_page_uses_what_its_window_offers() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (shell, events) = (Arc::new(Scripted::default()), ShellEvents::default());
    // Opened with a file: it waits until the page is there.
    shell.waiting.lock().unwrap().push(file("handbook.md", HANDBOOK));
    let node = start(data.path(), &shell, &events, None, NOBODY).await;
    let browser = Browser::start(1440, 900, false).await;
    browser.go(&node.window()).await;
    browser.until("document.querySelectorAll('.source').length === 1").await;
    browser.until("document.querySelector('input.title').value === 'handbook'").await;

    // Chosen in the system's dialog.
    shell.chosen.lock().unwrap().push(file("second.txt", "The cellar key hangs behind the door."));
    browser
        .js("[...document.querySelectorAll('button')].find(b => b.innerText.trim() === 'Add').click()")
        .await;
    browser.click(".add .pickers .btn.primary").await;
    browser.until("document.querySelectorAll('.source').length === 2").await;

    // Held over the window, and dropped.
    events.tell(ShellEvent::Hover { files: 2 });
    browser.until("document.querySelector('.drop-zone')?.innerText.includes('handbook')").await;
    browser.screenshot("shell-drop").await;
    events.tell(ShellEvent::Hover { files: 0 });
    browser.until("!document.querySelector('.drop-zone')").await;
    shell.waiting.lock().unwrap().push(file("third.txt", "The boat is painted each spring."));
    events.tell(ShellEvent::Waiting { files: 1 });
    browser.until("document.querySelectorAll('.source').length === 3").await;
    events.tell(ShellEvent::Refused { name: "fourth.exe".into(), message: "nobody reads this".into() });
    browser.until("document.querySelector('.toast.bad')?.innerText.includes('fourth.exe')").await;
    // Saved by the shell, which says where.
    browser.click(".source-name").await;
    browser.click("[aria-label='Download the original']").await;
    let told =
        "[...document.querySelectorAll('.toast')].some(t => t.innerText.includes('/downloads/handbook.md'))";
    browser.until(told).await;

    // From the settings: keys, folders; and the keyboard is wanted in the ask bar.
    let notebook = browser.address().await;
    browser.click("a.icon[href='/settings']").await;
    browser.until("document.querySelector('#ask-keys')?.value === 'Ctrl+Shift+Space'").await;
    browser
        .until("document.querySelector('.settings')?.innerText.includes('Another program has these keys')")
        .await;
    browser.assert_accessible().await;
    browser.screenshot("shell-settings").await;
    browser.js("const f = document.querySelector('#ask-keys'); f.value = 'Ctrl+C'; f.dispatchEvent(new Event('input', {bubbles: true}))").await;
    browser.click("#ask-keys + .btn").await;
    browser
        .until(
            "[...document.querySelectorAll('.toast.bad')].some(t => t.innerText.includes('cannot be had'))",
        )
        .await;
    browser.js("const f = document.querySelector('#ask-keys'); f.value = 'Alt+H'; f.dispatchEvent(new Event('input', {bubbles: true}))").await;
    browser.click("#ask-keys + .btn").await;
    browser
        .until("!document.querySelector('.settings').innerText.includes('Another program has these keys')")
        .await;
    browser.click(".path .icon").await;
    let has_revealed = || shell.asked.lock().unwrap().iter().any(|asked| asked.starts_with("reveal"));
    hearth_tests::desktop::until(has_revealed).await;
    events.tell(ShellEvent::Ask {});
    browser.until("document.activeElement?.id === 'ask'").await;
    assert_eq!(browser.address().await, notebook);
    let asked = shell.asked.lock().unwrap().clone();
    assert_eq!(asked, ["pick Files", "save handbook.md", "keys Alt+H", "reveal Library"]);
    let kept = std::fs::read_to_string(data.path().join("hearth.toml")).unwrap();
    assert!(kept.contains("ask_keys = \"Alt+H\""), "{kept}");
    node.stop().await;
}
