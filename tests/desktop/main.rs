//! The desktop program on a screen: drops, second starts, hotkeys, closing and reopening, failures.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]
#![cfg(target_os = "linux")]

mod ask_bar;
mod microphone;
mod reading;
mod voice_questions;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use hearth_tests::browser::ENTER_KEY;
use hearth_tests::desktop::run_second_instance;
use hearth_tests::documents::{HANDBOOK_TEXT, build_pdf};
use hearth_tests::node::wait_until_settled;
use hearth_tests::{Desktop, NodeProcess, Screen, Script, ScriptedOllama, SessionBus, wait_for, wait_until};
use hearth_wire::operations::{AskQuestion, CreateLoginCode, CreateNotebook};
use hearth_wire::{NewNotebook, NewQuestion};

/// Writes the handbook into a folder; returns its path.
fn write_handbook(folder: &Path) -> String {
    let path = folder.join("handbook.md");
    fs::write(&path, HANDBOOK_TEXT).unwrap();
    path.display().to_string()
}

/// Time after which the end of an answer is notified, with a large margin for the program to notice its beginning.
const LONG_WORK_DURATION: Duration = Duration::from_secs(25);

/// Waits until the node of a library has ended.
async fn wait_for_node_end(data: &Path) {
    wait_until("the node has ended", async || hearth_node::read_node_file(data).is_none()).await;
}

/// Closes the window, and waits until the node has ended.
async fn close_window(screen: &Screen, desktop: Desktop, data: &Path) {
    screen.close_window(&desktop.window);
    wait_for_node_end(data).await;
    drop(desktop);
}

/// True if a window with this title is visible.
fn is_visible(screen: &Screen, title: &str) -> bool {
    screen.find_window(title).is_some()
}

/// Waits until the main window is visible, or until it is not.
async fn wait_for_visibility(screen: &Screen, is_shown: bool) {
    let look = async || is_visible(screen, "Hearth");
    wait_for("the other visibility of the window", look, |is_visible| *is_visible == is_shown).await;
}

/// Asks a question in the page, and waits for the end of the first answer.
async fn ask_question(desktop: &Desktop, question: &str) {
    desktop.page.type_into("#ask", &format!("{question}{ENTER_KEY}")).await;
    desktop.page.wait_until("document.querySelector('.turn[data-state=done]')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_dropped_on_the_window_are_answered_from() {
    let (screen, data) = (Screen::start(), tempfile::tempdir().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let handbook = folder.path().join("a handbook é.md");
    fs::write(&handbook, HANDBOOK_TEXT).unwrap();
    let ladders = folder.path().join("ladders.pdf");
    let page = "Ladders\n\nA ladder must be checked for cracks\nbefore each use by its user.";
    fs::write(&ladders, build_pdf(&[page])).unwrap();

    let desktop = Desktop::start(&screen, data.path(), &[]).await;
    let page = &desktop.page;
    page.wait_until("document.querySelector('.first-run')").await;
    // Two files, dragged from another program: the window shows a drop zone, and a notebook is created.
    let shows_drop_zone = async || page.count_elements(".drop-zone").await > 0;
    let dragging = screen.drag_files(&[handbook, ladders], &desktop.window, shows_drop_zone).await;
    screen.save_screenshot("desktop-drag.png");
    dragging.drop_files();
    page.wait_until("document.querySelectorAll('.source').length === 2").await;
    drop(dragging);
    page.wait_until("!document.querySelector('.drop-zone')").await;
    page.wait_until("!document.querySelector('[role=progressbar]')").await;
    page.wait_until("document.querySelector('input.title').value === 'a handbook é'").await;
    ask_question(&desktop, "How often is the burner cleaned?").await;
    page.click(".cite").await;
    page.wait_until("document.querySelector('.viewer-text .lit')").await;
    screen.save_screenshot("desktop.png");

    // A second start passes its file to the first, and ends.
    let third = folder.path().join("third.txt");
    fs::write(&third, "The cellar key hangs behind the door.").unwrap();
    let second = run_second_instance(&screen, data.path(), &[&third.display().to_string()]);
    assert!(second.status.success(), "{second:?}");
    page.wait_until("document.querySelectorAll('.source').length === 3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_bring_the_window_to_the_front_from_anywhere() {
    let (screen, data) = (Screen::start(), tempfile::tempdir().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = write_handbook(folder.path());
    // Opened with a file: a notebook is created for it.
    let desktop = Desktop::start(&screen, data.path(), &[&file]).await;
    let page = &desktop.page;
    page.wait_until("document.querySelectorAll('.source').length === 1").await;
    page.click("a.icon[href='/settings']").await;
    page.wait_until("document.querySelector('#ask-keys')?.value === 'Ctrl+Shift+Space'").await;
    screen.save_screenshot("desktop-settings.png");
    screen.run_xdotool(&["windowminimize", &desktop.window]);
    wait_for_visibility(&screen, false).await;
    screen.run_xdotool(&["key", "ctrl+shift+space"]);
    // In front again, in the notebook that was open last, with the keyboard in the ask bar.
    wait_for_visibility(&screen, true).await;
    page.wait_until("document.activeElement?.id === 'ask'").await;
    screen.run_xdotool(&["type", "What is cleaned?"]);
    page.wait_until("document.querySelector('#ask').value === 'What is cleaned?'").await;

    // Other keys; invalid keys are refused with a reason.
    page.run_js("history.back()").await;
    page.wait_until("document.querySelector('#ask-keys')").await;
    page.run_js("document.querySelector('#ask-keys').value = ''").await;
    page.type_into("#ask-keys", &format!("Ctrl+Banana{ENTER_KEY}")).await;
    page.wait_until("document.querySelector('.toast.bad')?.innerText.includes('Ctrl+Banana')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_window_opens_where_it_was_with_what_was_typed() {
    let (screen, data) = (Screen::start(), tempfile::tempdir().unwrap());
    let desktop = Desktop::start(&screen, data.path(), &[]).await;
    desktop.page.click(".first-run .btn.primary").await;
    desktop.page.type_into("#ask", "half a question").await;
    let address = desktop.page.current_address().await;
    screen.run_xdotool(&["windowmove", "--sync", &desktop.window, "200", "120"]);
    screen.run_xdotool(&["windowsize", "--sync", &desktop.window, "1000", "700"]);
    // The program learns of its window's changes in order.
    desktop.page.wait_until("innerWidth === 1000 && outerHeight === 700").await;
    let before = screen.window_geometry(&desktop.window);
    close_window(&screen, desktop, data.path()).await;

    let desktop = Desktop::start(&screen, data.path(), &[]).await;
    desktop.page.wait_until("document.querySelector('.cards a')").await;
    let after = screen.window_geometry(&desktop.window);
    assert_eq!(after[2..], before[2..], "the window has its old size");
    assert!((after[0] - before[0]).abs() < 40 && (after[1] - before[1]).abs() < 40, "{before:?} {after:?}");
    desktop.page.click(".cards a").await;
    desktop.page.wait_until("document.querySelector('#ask')?.value === 'half a question'").await;
    // The same address, as a page's browser storage belongs to its address.
    assert_eq!(desktop.page.current_address().await, address);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_that_cannot_be_opened_is_explained_and_tried_again() {
    let (screen, folder) = (Screen::start(), tempfile::tempdir().unwrap());
    // A file stands at the path of the library.
    let data = folder.path().join("library");
    fs::write(&data, "in the way").unwrap();
    let desktop = Desktop::start(&screen, &data, &[]).await;
    desktop.page.wait_until("document.body.innerText.includes('cannot start')").await;
    assert!(desktop.page.visible_text("p").await.contains(&data.display().to_string()));
    screen.save_screenshot("desktop-failure.png");
    fs::remove_file(&data).unwrap();
    desktop.page.click("a").await;
    desktop.page.wait_until("document.querySelector('.first-run')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_goes_nowhere_else_and_has_no_way_into_the_program() {
    let (screen, data) = (Screen::start(), tempfile::tempdir().unwrap());
    let desktop = Desktop::start(&screen, data.path(), &[]).await;
    desktop.page.wait_until("document.querySelector('.first-run')").await;
    let own_address = desktop.page.current_address().await;
    let other_server = TcpListener::bind("127.0.0.1:0").unwrap();
    other_server.set_nonblocking(true).unwrap();
    let address = other_server.local_addr().unwrap();
    // The page leaves for another address in the next task of the browser, at the latest.
    let leave =
        format!("location.href = 'http://{address}/'; await new Promise(next => setTimeout(next, 0));");
    desktop.page.run_async_js(&leave).await;
    // A further script would wait for the other page, whose server answers nothing.
    let shown_address = desktop.page.run_js("return location.href").await;
    assert_eq!(shown_address, own_address.as_str());
    assert!(other_server.accept().is_err(), "the page must not load another address");
    let reply = desktop
        .page
        .run_async_js(
            "try { return await window.__TAURI_INTERNALS__.invoke('plugin:window|close', {}); } catch (e) { return 'refused: ' + e; }",
        )
        .await;
    assert!(reply.as_str().is_some_and(|reply| reply.starts_with("refused")), "{reply}");
    // Only this window's page is served by the shell: another browser of this node is not.
    let node = hearth_node::read_node_file(data.path()).unwrap();
    let client = hearth_client::Client::new(&node.address, &node.token).unwrap();
    let page = client.call::<CreateLoginCode>(&[], &(), &()).await.unwrap();
    let browser = hearth_tests::Browser::start(1000, 800, false).await;
    browser.go_to(&page.address).await;
    browser.wait_until("document.querySelector('.first-run')").await;
    let code =
        browser.run_async_js("return (await (await fetch('/api/shell/hotkeys')).json()).error.code").await;
    assert_eq!(code, "NO_SHELL");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_window_the_program_goes_on_in_the_tray_and_tells_of_long_work() {
    let (screen, data, mut bus) = (Screen::start(), tempfile::tempdir().unwrap(), SessionBus::start());
    let (script, gate) = Script::held_after_ten_words();
    let ollama = ScriptedOllama::start(script).await;
    let environment = [
        ("DBUS_SESSION_BUS_ADDRESS", bus.address.as_str()),
        ("HEARTH_DESKTOP__KEEP_RUNNING", "true"),
        ("HEARTH_CHAT__ADDRESS", ollama.address.as_str()),
    ];
    let desktop = Desktop::start_with_environment(&screen, data.path(), &[], &environment).await;
    bus.wait_for_message("tray");
    desktop.page.wait_until("document.querySelector('.first-run')").await;
    screen.close_window(&desktop.window);
    wait_for_visibility(&screen, false).await;

    // The node goes on; the answer of a question that took long is notified.
    let node = hearth_node::read_node_file(data.path()).expect("the node still runs");
    let client = hearth_client::Client::new(&node.address, &node.token).unwrap();
    let new_notebook = NewNotebook { title: "House".into(), emoji: None };
    let notebook = client.call::<CreateNotebook>(&[], &(), &new_notebook).await.unwrap().id;
    client.add_text(notebook, "Handbook", HANDBOOK_TEXT).await.unwrap();
    wait_until_settled(&client, notebook).await;
    let question =
        NewQuestion { question: "How often is the burner cleaned?".into(), ..NewQuestion::default() };
    client.call::<AskQuestion>(&[&notebook.to_string()], &(), &question).await.unwrap();
    tokio::time::sleep(LONG_WORK_DURATION).await;
    gate.open();
    let notification = bus.wait_for_message("notify Your answer");
    assert_eq!(notification, "notify Your answer is here | How often is the burner cleaned?");

    bus.choose_menu_item("Open Hearth");
    wait_for_visibility(&screen, true).await;
    desktop.page.wait_until("document.querySelector('.cards a')").await;
    screen.save_screenshot("desktop-from-tray.png");
    bus.choose_menu_item("Quit");
    wait_for_node_end(data.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_manager_is_told_what_opens_with_it_and_links_lead_to_their_notebook() {
    let (screen, data) = (Screen::start(), tempfile::tempdir().unwrap());
    let desktop = Desktop::start(&screen, data.path(), &[]).await;
    let page = &desktop.page;
    page.click(".first-run .btn.primary").await;
    page.wait_until("document.querySelector('#ask')").await;
    let notebook = page.current_address().await;
    page.click("a.icon[href='/settings']").await;
    page.click("input[name='desktop.open_with']").await;
    let entry = screen.home_folder().join("data/applications/hearth.desktop");
    wait_until("the entry is written", async || entry.is_file()).await;
    assert!(fs::read_to_string(&entry).unwrap().contains("hearth-desktop\" %U"));
    // A link, as the system passes it.
    let id = notebook.rsplit('/').next().unwrap();
    let second = run_second_instance(&screen, data.path(), &[&format!("hearth://notebook/{id}")]);
    assert!(second.status.success(), "{second:?}");
    page.wait_until("document.querySelector('#ask')").await;
    assert_eq!(page.current_address().await, notebook);
    page.click("a.icon[href='/settings']").await;
    page.wait_until("document.querySelector(\"input[name='desktop.open_with']\")?.checked").await;
    page.click("input[name='desktop.open_with']").await;
    wait_until("the entry is removed", async || !entry.exists()).await;
    // A link also opens its notebook when the program is not running.
    close_window(&screen, desktop, data.path()).await;
    let desktop = Desktop::start(&screen, data.path(), &[&format!("hearth://notebook/{id}")]).await;
    desktop.page.wait_until("document.querySelector('#ask')").await;
    assert_eq!(desktop.page.current_address().await, notebook);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_ends_up_among_the_downloads() {
    let (screen, data) = (Screen::start(), tempfile::tempdir().unwrap());
    let downloads = screen.home_folder().join("downloads");
    fs::create_dir_all(&downloads).unwrap();
    fs::create_dir_all(screen.home_folder().join("config")).unwrap();
    let folders = format!("XDG_DOWNLOAD_DIR=\"{}\"\n", downloads.display());
    fs::write(screen.home_folder().join("config/user-dirs.dirs"), folders).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = write_handbook(folder.path());
    let desktop = Desktop::start(&screen, data.path(), &[&file]).await;
    let page = &desktop.page;
    // The original of a source, twice: the second overwrites nothing.
    page.click(".source-name").await;
    for name in ["handbook.md", "handbook (2).md"] {
        page.click(".viewer-head [aria-label='Download the original']").await;
        wait_for_file(&downloads.join(name), HANDBOOK_TEXT).await;
        page.wait_until(&format!(
            "[...document.querySelectorAll('.toast')].some(t => t.innerText.includes('{name}'))"
        ))
        .await;
    }
    // A note, whose file the page creates itself.
    screen.save_screenshot("desktop-saved.png");
    page.click(".studio header .btn").await;
    page.type_into(".note-body", "The burner is cleaned each season.").await;
    page.click("[aria-label='Save as a Markdown file']").await;
    wait_for_file(&downloads.join("New note.md"), "each season").await;
}

/// Waits until there is a file with a text in it.
async fn wait_for_file(file: &Path, text: &str) {
    let read_file = async || fs::read_to_string(file).unwrap_or_default();
    wait_for(&file.display().to_string(), read_file, |content| content.contains(text)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_opened_while_a_node_runs_without_a_window_are_not_lost() {
    let (screen, data) = (Screen::start(), tempfile::tempdir().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = write_handbook(folder.path());
    let node = NodeProcess::start(data.path(), &[]);
    let desktop = Desktop::start(&screen, data.path(), &[&file]).await;
    let page = &desktop.page;
    page.wait_until("document.querySelectorAll('.source').length === 1").await;
    assert_eq!(page.run_js("return document.querySelector('input.title').value").await, "handbook");
    assert!(page.current_address().await.starts_with(&node.address));
}
