//! The desktop program on a screen: drops, second starts, keys, closing and opening again, failures.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]
#![cfg(target_os = "linux")]

mod bar;
mod microphone;
mod reading;
mod voice;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use hearth_tests::browser::ENTER;
use hearth_tests::desktop::{start_again, until};
use hearth_tests::documents::{HANDBOOK, pdf};
use hearth_tests::node::settled;
use hearth_tests::{Desktop, NodeProcess, Screen, Script, ScriptedOllama, SessionBus};
use hearth_wire::operations::{Ask, CreateCode, CreateNotebook};
use hearth_wire::{NewNotebook, Question};

/// Writes a document; gives its path.
fn handbook(folder: &Path) -> String {
    let path = folder.join("handbook.md");
    fs::write(&path, HANDBOOK).unwrap();
    path.display().to_string()
}

/// Closes the window. The node ends with it: nothing holds the library any more.
async fn close(screen: &Screen, desktop: Desktop, data: &Path) {
    let is_gone = || hearth_node::read_node_file(data).is_none();
    screen.close(&desktop.window);
    until(is_gone).await;
    drop(desktop);
}

/// Asks in the page and waits for the end of the first answer.
async fn ask(desktop: &Desktop, question: &str) {
    desktop.page.type_into("#ask", &format!("{question}{ENTER}")).await;
    desktop.page.until("document.querySelector('.turn[data-state=done]')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_dropped_on_the_window_are_answered_from() {
    let (screen, data) = (Screen::start(), tempfile::tempdir().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let handbook = folder.path().join("a handbook é.md");
    fs::write(&handbook, HANDBOOK).unwrap();
    let ladders = folder.path().join("ladders.pdf");
    let page = "Ladders\n\nA ladder must be checked for cracks\nbefore each use by its user.";
    fs::write(&ladders, pdf(&[page])).unwrap();

    let desktop = Desktop::start(&screen, data.path(), &[]).await;
    let page = &desktop.page;
    page.until("document.querySelector('.first-run')").await;
    // Two files, dragged from another program: the window says what will happen, and a notebook comes.
    let dragging = screen.drag(&[handbook, ladders], &desktop.window);
    page.until("document.querySelector('.drop-zone')").await;
    screen.picture("desktop-drag.png");
    dragging.release();
    page.until("document.querySelectorAll('.source').length === 2").await;
    page.until("!document.querySelector('.drop-zone')").await;
    page.until("!document.querySelector('[role=progressbar]')").await;
    page.until("document.querySelector('input.title').value === 'a handbook é'").await;
    ask(&desktop, "How often is the burner cleaned?").await;
    page.click(".cite").await;
    page.until("document.querySelector('.viewer-text .lit')").await;
    screen.picture("desktop.png");

    // A second start gives its file to the first and ends.
    let third = folder.path().join("third.txt");
    fs::write(&third, "The cellar key hangs behind the door.").unwrap();
    let second = start_again(&screen, data.path(), &[&third.display().to_string()]);
    assert!(second.status.success(), "{second:?}");
    page.until("document.querySelectorAll('.source').length === 3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_bring_the_window_to_the_front_from_anywhere() {
    let (screen, data) = (Screen::start(), tempfile::tempdir().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = handbook(folder.path());
    // Opened with a file: a notebook is made of it.
    let desktop = Desktop::start(&screen, data.path(), &[&file]).await;
    let page = &desktop.page;
    page.until("document.querySelectorAll('.source').length === 1").await;
    page.click("a.icon[href='/settings']").await;
    page.until("document.querySelector('#ask-keys')?.value === 'Ctrl+Shift+Space'").await;
    screen.picture("desktop-settings.png");
    screen.xdotool(&["windowminimize", &desktop.window]);
    until(|| screen.xdotool(&["search", "--onlyvisible", "--name", "^Hearth$"]).is_empty()).await;
    screen.xdotool(&["key", "ctrl+shift+space"]);
    // In front again, in the notebook that was open last, with the keyboard in the ask bar.
    until(|| !screen.xdotool(&["search", "--onlyvisible", "--name", "^Hearth$"]).is_empty()).await;
    page.until("document.activeElement?.id === 'ask'").await;
    screen.xdotool(&["type", "What is cleaned?"]);
    page.until("document.querySelector('#ask').value === 'What is cleaned?'").await;

    // Other keys from now on; keys that are none are refused with a reason.
    page.js("history.back()").await;
    page.until("document.querySelector('#ask-keys')").await;
    page.js("document.querySelector('#ask-keys').value = ''").await;
    page.type_into("#ask-keys", &format!("Ctrl+Banana{ENTER}")).await;
    page.until("document.querySelector('.toast.bad')?.innerText.includes('Ctrl+Banana')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_window_opens_where_it_was_with_what_was_typed() {
    let (screen, data) = (Screen::start(), tempfile::tempdir().unwrap());
    let desktop = Desktop::start(&screen, data.path(), &[]).await;
    desktop.page.click(".first-run .btn.primary").await;
    desktop.page.type_into("#ask", "half a question").await;
    let address = desktop.page.address().await;
    screen.xdotool(&["windowsize", "--sync", &desktop.window, "1000", "700"]);
    screen.xdotool(&["windowmove", "--sync", &desktop.window, "200", "120"]);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let before = screen.geometry(&desktop.window);
    close(&screen, desktop, data.path()).await;

    let desktop = Desktop::start(&screen, data.path(), &[]).await;
    desktop.page.until("document.querySelector('.cards a')").await;
    let after = screen.geometry(&desktop.window);
    assert_eq!(after[2..], before[2..], "its size");
    assert!((after[0] - before[0]).abs() < 40 && (after[1] - before[1]).abs() < 40, "{before:?} {after:?}");
    desktop.page.click(".cards a").await;
    desktop.page.until("document.querySelector('#ask')?.value === 'half a question'").await;
    // The same address, as what a page keeps belongs to that.
    assert_eq!(desktop.page.address().await, address);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_that_cannot_be_opened_is_explained_and_tried_again() {
    let (screen, folder) = (Screen::start(), tempfile::tempdir().unwrap());
    // Where the library should be there is a file.
    let data = folder.path().join("library");
    fs::write(&data, "in the way").unwrap();
    let desktop = Desktop::start(&screen, &data, &[]).await;
    desktop.page.until("document.body.innerText.includes('cannot start')").await;
    assert!(desktop.page.text("p").await.contains(&data.display().to_string()));
    screen.picture("desktop-failure.png");
    fs::remove_file(&data).unwrap();
    desktop.page.click("a").await;
    desktop.page.until("document.querySelector('.first-run')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_goes_nowhere_else_and_has_no_way_into_the_program() {
    let (screen, data) = (Screen::start(), tempfile::tempdir().unwrap());
    let desktop = Desktop::start(&screen, data.path(), &[]).await;
    desktop.page.until("document.querySelector('.first-run')").await;
    let own = desktop.page.address().await;
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let address = elsewhere.local_addr().unwrap();
    desktop.page.js(&format!("location.href = 'http://{address}/'")).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(elsewhere.accept().is_err(), "nobody was asked there");
    assert_eq!(desktop.page.address().await, own);
    let told = desktop
        .page
        .js_later(
            "try { return await window.__TAURI_INTERNALS__.invoke('plugin:window|close', {}); } catch (e) { return 'refused: ' + e; }",
        )
        .await;
    assert!(told.as_str().is_some_and(|told| told.starts_with("refused")), "{told}");
    // Only this window's page is served by the shell: another browser of this node is not.
    let node = hearth_node::read_node_file(data.path()).unwrap();
    let client = hearth_client::Client::new(&node.address, &node.token).unwrap();
    let page = client.call::<CreateCode>(&[], &(), &()).await.unwrap();
    let browser = hearth_tests::Browser::start(1000, 800, false).await;
    browser.go(&page.address).await;
    browser.until("document.querySelector('.first-run')").await;
    let status =
        browser.js_later("return (await (await fetch('/api/shell/hotkeys')).json()).error.code").await;
    assert_eq!(status, "NO_SHELL");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_window_the_program_goes_on_in_the_tray_and_tells_of_long_work() {
    let (screen, data, mut bus) = (Screen::start(), tempfile::tempdir().unwrap(), SessionBus::start());
    let words: Vec<String> = (0..60).map(|n| format!("word{n} ")).collect();
    let mut script = Script::says(&words.iter().map(String::as_str).collect::<Vec<&str>>());
    (script.chunk, script.pause) = (40, Duration::from_millis(100));
    let ollama = ScriptedOllama::start(script).await;
    let environment = [
        ("DBUS_SESSION_BUS_ADDRESS", bus.address.as_str()),
        ("HEARTH_DESKTOP__KEEP_RUNNING", "true"),
        ("HEARTH_CHAT__ADDRESS", ollama.address.as_str()),
    ];
    let desktop = Desktop::start_with(&screen, data.path(), &[], &environment).await;
    bus.heard("tray");
    desktop.page.until("document.querySelector('.first-run')").await;
    let is_seen = || !screen.xdotool(&["search", "--onlyvisible", "--name", "^Hearth$"]).is_empty();
    screen.close(&desktop.window);
    until(|| !is_seen()).await;

    // The node goes on; a question that takes long is told of when it is answered.
    let node = hearth_node::read_node_file(data.path()).expect("the node goes on");
    let client = hearth_client::Client::new(&node.address, &node.token).unwrap();
    let new = NewNotebook { title: "House".into(), emoji: None };
    let notebook = client.call::<CreateNotebook>(&[], &(), &new).await.unwrap().id;
    client.add_text(notebook, "Handbook", HANDBOOK).await.unwrap();
    settled(&client, notebook).await;
    let question = Question { question: "How often is the burner cleaned?".into(), ..Question::default() };
    client.call::<Ask>(&[&notebook.to_string()], &(), &question).await.unwrap();
    let told = bus.heard("notify");
    assert_eq!(told, "notify Your answer is here | How often is the burner cleaned?");

    bus.choose("Open Hearth");
    until(is_seen).await;
    desktop.page.until("document.querySelector('.cards a')").await;
    screen.picture("desktop-from-tray.png");
    bus.choose("Quit");
    until(|| hearth_node::read_node_file(data.path()).is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_manager_is_told_what_opens_with_it_and_links_lead_to_their_notebook() {
    let (screen, data) = (Screen::start(), tempfile::tempdir().unwrap());
    let desktop = Desktop::start(&screen, data.path(), &[]).await;
    let page = &desktop.page;
    page.click(".first-run .btn.primary").await;
    page.until("document.querySelector('#ask')").await;
    let notebook = page.address().await;
    page.click("a.icon[href='/settings']").await;
    page.click("input[name='desktop.open_with']").await;
    let entry = screen.home().join("data/applications/hearth.desktop");
    until(|| entry.is_file()).await;
    assert!(fs::read_to_string(&entry).unwrap().contains("hearth-desktop\" %U"));
    // A link, as the system hands it over.
    let id = notebook.rsplit('/').next().unwrap();
    let second = start_again(&screen, data.path(), &[&format!("hearth://notebook/{id}")]);
    assert!(second.status.success(), "{second:?}");
    page.until("document.querySelector('#ask')").await;
    assert_eq!(page.address().await, notebook);
    page.click("a.icon[href='/settings']").await;
    page.until("document.querySelector(\"input[name='desktop.open_with']\")?.checked").await;
    page.click("input[name='desktop.open_with']").await;
    until(|| !entry.exists()).await;
    // The same for a program that does not run yet.
    close(&screen, desktop, data.path()).await;
    let desktop = Desktop::start(&screen, data.path(), &[&format!("hearth://notebook/{id}")]).await;
    desktop.page.until("document.querySelector('#ask')").await;
    assert_eq!(desktop.page.address().await, notebook);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_ends_up_among_the_downloads() {
    let (screen, data) = (Screen::start(), tempfile::tempdir().unwrap());
    let downloads = screen.home().join("downloads");
    fs::create_dir_all(&downloads).unwrap();
    fs::create_dir_all(screen.home().join("config")).unwrap();
    let folders = format!("XDG_DOWNLOAD_DIR=\"{}\"\n", downloads.display());
    fs::write(screen.home().join("config/user-dirs.dirs"), folders).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = handbook(folder.path());
    let desktop = Desktop::start(&screen, data.path(), &[&file]).await;
    let page = &desktop.page;
    // The original of a source, twice: the second overwrites nothing.
    page.click(".source-name").await;
    for name in ["handbook.md", "handbook (2).md"] {
        page.click(".viewer-head [aria-label='Download the original']").await;
        until(|| fs::read_to_string(downloads.join(name)).is_ok_and(|text| text == HANDBOOK)).await;
        page.until(&format!(
            "[...document.querySelectorAll('.toast')].some(t => t.innerText.includes('{name}'))"
        ))
        .await;
    }
    // A note, which the page makes itself.
    screen.picture("desktop-saved.png");
    page.click(".studio header .btn").await;
    page.type_into(".note-body", "The burner is cleaned each season.").await;
    page.click("[aria-label='Save as a Markdown file']").await;
    until(|| {
        fs::read_to_string(downloads.join("New note.md")).is_ok_and(|text| text.contains("each season"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_opened_while_a_node_runs_without_a_window_are_not_lost() {
    let (screen, data) = (Screen::start(), tempfile::tempdir().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = handbook(folder.path());
    let node = NodeProcess::start(data.path(), &[]);
    let desktop = Desktop::start(&screen, data.path(), &[&file]).await;
    let page = &desktop.page;
    page.until("document.querySelectorAll('.source').length === 1").await;
    assert_eq!(page.js("return document.querySelector('input.title').value").await, "handbook");
    assert!(page.address().await.starts_with(&node.address));
}
