//! The page in a desktop program's window: with a scripted shell, in a plain browser.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hearth_client::Client;
use hearth_domain::{Clock, NotebookId};
use hearth_host::{Directories, Effective};
use hearth_node::{Attached, Composition, Node, NodeOptions, Shell, ShellError, ShellEvents};
use hearth_tests::Browser;
use hearth_tests::documents::HANDBOOK;
use hearth_tests::node::program;
use hearth_wire::{FilesTaken, Folder, HotkeyChange, Hotkeys, Pick, SaveRequest, ShellEvent, ShowRequest};

/// Does what the test says, and remembers what it was asked for.
#[derive(Default)]
struct Scripted {
    client: Mutex<Option<Client>>,
    /// What is chosen in dialogs, and what waits.
    chosen: Mutex<Vec<PathBuf>>,
    waiting: Mutex<Vec<PathBuf>>,
    asked: Mutex<Vec<String>>,
}

impl Scripted {
    fn asked(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }

    async fn add(&self, notebook: NotebookId, paths: Vec<PathBuf>) -> Result<FilesTaken, ShellError> {
        let client = self.client.lock().unwrap().clone().unwrap();
        for path in &paths {
            let name = path.file_name().unwrap().to_string_lossy();
            client
                .add_file(notebook, path, &name)
                .await
                .map_err(|error| ShellError::Failed(error.to_string()))?;
        }
        Ok(FilesTaken { files: paths.len() as u32, left_out: 0 })
    }
}

#[async_trait]
impl Shell for Scripted {
    async fn pick(&self, notebook: NotebookId, what: Pick) -> Result<FilesTaken, ShellError> {
        self.asked(format!("pick {what:?}"));
        let chosen = self.chosen.lock().unwrap().clone();
        self.add(notebook, chosen).await
    }

    fn waiting(&self) -> u32 {
        self.waiting.lock().unwrap().len() as u32
    }

    async fn take(&self, notebook: NotebookId) -> Result<FilesTaken, ShellError> {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap());
        self.add(notebook, waiting).await
    }

    async fn save(&self, what: SaveRequest) -> Result<PathBuf, ShellError> {
        let (SaveRequest::Original { name, .. } | SaveRequest::Text { name, .. }) = what;
        self.asked(format!("save {name}"));
        Ok(PathBuf::from("/downloads").join(name))
    }

    fn reveal(&self, folder: Folder) -> Result<(), ShellError> {
        self.asked(format!("reveal {folder:?}"));
        Ok(())
    }

    fn hotkeys(&self) -> Hotkeys {
        Hotkeys { ask: "Ctrl+Shift+Space".into(), problem: Some("Another program has these keys".into()) }
    }

    fn change_hotkeys(&self, change: &HotkeyChange) -> Result<Hotkeys, ShellError> {
        let ask = change.ask.clone().unwrap_or_default();
        if ask == "Ctrl+C" {
            return Err(ShellError::Taken("Ctrl+C cannot be had".into()));
        }
        self.asked(format!("keys {ask}"));
        Ok(Hotkeys { ask, problem: None })
    }

    async fn show(&self, what: ShowRequest) -> Result<(), ShellError> {
        self.asked(format!("show {}", what.paths.len()));
        Ok(())
    }
}

async fn start(data: &Path, shell: &Arc<Scripted>, events: &ShellEvents) -> Node {
    let directories = Directories::find(Some(data)).unwrap();
    let effective =
        Effective::load(&directories.settings_file, &[("chat.address", "http://127.0.0.1:9".into())]);
    #[allow(clippy::disallowed_methods, reason = "a node in this process is where the clock comes from")]
    let clock = Clock::new(jiff::Timestamp::now);
    let composition = Composition::here(directories, &effective.unwrap(), &[], clock).unwrap();
    let node = Node::start(NodeOptions {
        composition: Composition { worker: program(), ..composition },
        listen: ([127, 0, 0, 1], 0).into(),
        insecure_http: false,
        shell: Some(Attached::new(Arc::clone(shell) as _, events)),
    })
    .await
    .unwrap();
    *shell.client.lock().unwrap() = Some(Client::new(&node.address(), node.token()).unwrap());
    node
}

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
    let node = start(data.path(), &shell, &events).await;
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
