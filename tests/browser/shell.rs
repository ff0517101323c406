//! The page in a desktop program's window: with a scripted shell, in a plain browser.

use std::sync::Arc;

use hearth_node::ShellEvents;
use hearth_tests::documents::HANDBOOK_TEXT;
use hearth_tests::{Browser, wait_until};
use hearth_wire::{ApiError, ErrorCode, ShellEvent};

use hearth_tests::shell::{ScriptedShell, UNREACHABLE_ADDRESS, start_node};

#[tokio::test(flavor = "multi_thread")]
async fn the_page_uses_what_its_window_offers() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (shell, events) = (Arc::new(ScriptedShell::default()), ShellEvents::default());
    // The program was opened with a file, which waits until the page has loaded.
    shell.waiting_files.lock().unwrap().push(file("handbook.md", HANDBOOK_TEXT));
    let node = start_node(data.path(), &shell, &events, None, UNREACHABLE_ADDRESS).await;
    let browser = Browser::start(1440, 900, false).await;
    browser.go_to(&node.create_window_address()).await;
    browser.wait_until("document.querySelectorAll('.source').length === 1").await;
    browser.wait_until("document.querySelector('input.title').value === 'handbook'").await;

    // A file is chosen in the system's dialog.
    shell.chosen_files.lock().unwrap().push(file("second.txt", "The cellar key hangs behind the door."));
    browser
        .run_js("[...document.querySelectorAll('button')].find(b => b.innerText.trim() === 'Add').click()")
        .await;
    browser.click(".add .pickers .btn.primary").await;
    browser.wait_until("document.querySelectorAll('.source').length === 2").await;

    // Files are held over the window, and dropped.
    events.publish(ShellEvent::Hover { files: 2 });
    browser.wait_until("document.querySelector('.drop-zone')?.innerText.includes('handbook')").await;
    browser.save_screenshot("shell-drop").await;
    events.publish(ShellEvent::Hover { files: 0 });
    browser.wait_until("!document.querySelector('.drop-zone')").await;
    shell.waiting_files.lock().unwrap().push(file("third.txt", "The boat is painted each spring."));
    events.publish(ShellEvent::Waiting { files: 1 });
    browser.wait_until("document.querySelectorAll('.source').length === 3").await;
    let error = ApiError::new(ErrorCode::UnsupportedMedia, "nobody reads this");
    events.publish(ShellEvent::Refused { name: "fourth.exe".into(), error });
    browser.wait_until("document.querySelector('.toast.bad')?.innerText.includes('fourth.exe')").await;
    // A file is saved by the shell, and the page shows its path.
    browser.click(".source-name").await;
    browser.click("[aria-label='Download the original']").await;
    let has_toast =
        "[...document.querySelectorAll('.toast')].some(t => t.innerText.includes('/downloads/handbook.md'))";
    browser.wait_until(has_toast).await;

    // Settings of the hotkeys and the folders; and the ask bar gets the focus on request.
    let notebook = browser.current_address().await;
    browser.click("a.icon[href='/settings']").await;
    browser.wait_until("document.querySelector('#ask-keys')?.value === 'Ctrl+Shift+Space'").await;
    browser
        .wait_until(
            "document.querySelector('.settings')?.innerText.includes('Another program has these keys')",
        )
        .await;
    browser.assert_accessible().await;
    browser.save_screenshot("shell-settings").await;
    browser.run_js("const f = document.querySelector('#ask-keys'); f.value = 'Ctrl+C'; f.dispatchEvent(new Event('input', {bubbles: true}))").await;
    browser.click("#ask-keys + .btn").await;
    browser
        .wait_until(
            "[...document.querySelectorAll('.toast.bad')].some(t => t.innerText.includes('cannot be had'))",
        )
        .await;
    browser.run_js("const f = document.querySelector('#ask-keys'); f.value = 'Alt+H'; f.dispatchEvent(new Event('input', {bubbles: true}))").await;
    browser.click("#ask-keys + .btn").await;
    browser
        .wait_until(
            "!document.querySelector('.settings').innerText.includes('Another program has these keys')",
        )
        .await;
    browser.click(".path .icon").await;
    let has_revealed = async || shell.calls.lock().unwrap().iter().any(|asked| asked.starts_with("reveal"));
    wait_until("the folder is revealed", has_revealed).await;
    events.publish(ShellEvent::Ask {});
    browser.wait_until("document.activeElement?.id === 'ask'").await;
    assert_eq!(browser.current_address().await, notebook);
    let asked = shell.calls.lock().unwrap().clone();
    assert_eq!(asked, ["pick Files", "save handbook.md", "keys Alt+H", "reveal Library"]);
    let config = std::fs::read_to_string(data.path().join("hearth.toml")).unwrap();
    assert!(config.contains("ask_keys = \"Alt+H\""), "{config}");
    node.stop().await;
}
