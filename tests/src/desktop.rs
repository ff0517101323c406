//! The desktop program on a screen of its own (Xvfb), driven as a person would: by pointer and keys
//! (xdotool) and, inside of its page, by WebKit's driver.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::Browser;
use crate::node::built;

const PATIENCE: Duration = Duration::from_secs(30);
/// The system's, which knows GTK.
pub(crate) const PYTHON: &str = "/usr/bin/python3";
const SIZE: &str = "1500x950x24";
/// Shows a small window from which files can be dragged.
const DRAG_SOURCE: &str = include_str!("../desktop/drag_source.py");

/// A screen with a window manager; gone when dropped.
pub struct Screen {
    server: Child,
    manager: Child,
    display: String,
    /// What programs on this screen keep.
    home: TempDir,
}

impl Screen {
    pub fn start() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", SIZE, "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is there; `cargo xtask test` installs it");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let display = format!(":{}", number.trim());
        let home = tempfile::tempdir().unwrap();
        let manager = on_screen("openbox", &display, home.path()).spawn().expect("openbox is there");
        Self { server, manager, display, home }
    }

    /// The folder in which programs on this screen keep what they keep: `config`, `data`.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A command whose windows are on this screen.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        on_screen(program, &self.display, self.home.path())
    }

    /// Moves the pointer, presses keys, asks for windows.
    pub fn xdotool(&self, words: &[&str]) -> String {
        let output = self.command("xdotool").args(words).stdout(Stdio::piped()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The window of a title, once it is there.
    pub fn window(&self, title: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.xdotool(&["search", "--onlyvisible", "--name", &format!("^{title}$")]);
            if let Some(window) = found.lines().last() {
                return window.to_owned();
            }
            assert!(Instant::now() < deadline, "there is no window {title}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Left, top, width and height of a window.
    pub fn geometry(&self, window: &str) -> [i32; 4] {
        let text = self.xdotool(&["getwindowgeometry", "--shell", window]);
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{name}: {text}"))
        };
        [value("X"), value("Y"), value("WIDTH"), value("HEIGHT")]
    }

    /// Drags files from another program's window to the middle of a window, and holds them there.
    pub fn drag(&self, files: &[PathBuf], onto: &str) -> Dragging<'_> {
        let source = self.command(PYTHON).args(["-c", DRAG_SOURCE]).args(files).spawn().unwrap();
        let [x, y, width, height] = self.geometry(&self.window("drag source"));
        let (from_x, from_y) = (x + width / 2, y + height / 2);
        let [x, y, width, height] = self.geometry(onto);
        let (to_x, to_y) = (x + width / 2, y + height / 2);
        let go = |x: i32, y: i32| self.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
        go(from_x, from_y);
        self.xdotool(&["mousedown", "1"]);
        // In small steps: a program sees a drag only where the pointer is seen to move.
        for step in 1..=12 {
            std::thread::sleep(Duration::from_millis(60));
            go(from_x + (to_x - from_x) * step / 12, from_y + (to_y - from_y) * step / 12);
        }
        Dragging { screen: self, source }
    }

    /// Closes a window as a person does, who presses the keys again where nothing came of it: a busy window manager can
    /// miss them.
    pub fn close(&self, window: &str) {
        for _ in 0..2 {
            self.xdotool(&["windowactivate", "--sync", window, "key", "alt+F4"]);
            let deadline = Instant::now() + Duration::from_secs(5);
            while Instant::now() < deadline {
                if !self
                    .xdotool(&["search", "--onlyvisible", "--name", ".*"])
                    .lines()
                    .any(|one| one == window)
                {
                    return;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    /// A picture of the whole screen, kept where pictures of tests are.
    pub fn picture(&self, name: &str) {
        // What the page has just become, the screen shows a moment later.
        std::thread::sleep(Duration::from_millis(700));
        let folder = crate::browser::screenshots();
        std::fs::create_dir_all(&folder).unwrap();
        let status = self.command("import").args(["-window", "root"]).arg(folder.join(name)).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        for child in [&mut self.manager, &mut self.server] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn on_screen(program: impl AsRef<std::ffi::OsStr>, display: &str, home: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env("DISPLAY", display)
        .env_remove("WAYLAND_DISPLAY")
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .env("NO_AT_BRIDGE", "1")
        .env("LANG", "C.UTF-8")
        .env("XDG_RUNTIME_DIR", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Files that are held over a window.
pub struct Dragging<'a> {
    screen: &'a Screen,
    source: Child,
}

impl Dragging<'_> {
    /// Lets them fall.
    pub fn release(mut self) {
        self.screen.xdotool(&["mouseup", "1"]);
        std::thread::sleep(Duration::from_millis(300));
        let _ = self.source.kill();
        let _ = self.source.wait();
    }
}

/// The desktop program with its page in reach; ended when dropped.
pub struct Desktop {
    pub page: Browser,
    pub window: String,
}

impl Desktop {
    /// Starts the program on a library and waits for its window.
    pub async fn start(screen: &Screen, data: &Path, arguments: &[&str]) -> Self {
        Self::start_with(screen, data, arguments, &[]).await
    }

    /// With more in its environment: settings, a session bus.
    pub async fn start_with(
        screen: &Screen,
        data: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let driver = screen
            .command("WebKitWebDriver")
            .arg(format!("--port={port}"))
            // What lets the driver into the program's page.
            .envs([("TAURI_AUTOMATION", "true"), ("TAURI_WEBVIEW_AUTOMATION", "true")])
            .env("HEARTH_CHAT__ADDRESS", "http://127.0.0.1:9")
            .envs(environment.iter().copied())
            .spawn()
            .expect("WebKitWebDriver is there; `cargo xtask test` installs it");
        until(|| std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_ok()).await;
        let data = data.display().to_string();
        let all: Vec<&str> = ["--data-dir", &data].into_iter().chain(arguments.iter().copied()).collect();
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "webkitgtk:browserOptions": {"binary": built("hearth-desktop"), "args": all},
        }}});
        let page = Browser::connect(driver, &port, capabilities, (1280, 840)).await;
        Self { page, window: screen.window("Hearth") }
    }
}

/// Starts the program once more, as opening a file with it does; it hands over and ends.
pub fn start_again(screen: &Screen, data: &Path, what: &[&str]) -> Output {
    screen.command(built("hearth-desktop")).arg("--data-dir").arg(data).args(what).output().unwrap()
}

/// Waits until something is so.
#[track_caller]
pub fn until(condition: impl Fn() -> bool) -> impl Future<Output = ()> {
    let at = std::panic::Location::caller();
    async move {
        let deadline = Instant::now() + PATIENCE;
        while !condition() {
            assert!(Instant::now() < deadline, "{at}: it never became so");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}
