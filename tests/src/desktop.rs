//! The desktop program on a virtual screen (Xvfb), driven as a person drives it: by pointer and keys
//! (xdotool) and, inside its page, by WebKit's driver.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::Browser;
use crate::node::find_program;
use crate::wait_until;
use crate::waiting::block_until;

/// Number of looks at a window that is being closed before its keys are pressed again.
const LOOKS_PER_PRESS: usize = 250;
/// Time in which the screen shows a change of the page, for a picture of it.
const PAINT_DURATION: Duration = Duration::from_millis(700);
/// Python of the system, which has GTK.
pub(crate) const SYSTEM_PYTHON: &str = "/usr/bin/python3";
/// Width, height and colour depth of the screen.
const SCREEN_SIZE: &str = "1500x950x24";
/// Program that shows a small window from which files can be dragged.
const DRAG_SOURCE: &str = include_str!("../desktop/drag_source.py");

/// A virtual screen with a window manager; ended when dropped.
pub struct Screen {
    server: Child,
    manager: Child,
    display: String,
    /// Home folder of the programs on this screen.
    home: TempDir,
}

impl Screen {
    /// Starts the screen and its window manager.
    pub fn start() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", SCREEN_SIZE, "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is there; `cargo xtask test` installs it");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let display = format!(":{}", number.trim());
        let home = tempfile::tempdir().unwrap();
        let manager =
            create_screen_command("openbox", &display, home.path()).spawn().expect("openbox is there");
        Self { server, manager, display, home }
    }

    /// Folder of the settings and the data of programs on this screen: `config`, `data`.
    pub fn home_folder(&self) -> &Path {
        self.home.path()
    }

    /// Command whose windows are on this screen.
    pub fn create_command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        create_screen_command(program, &self.display, self.home.path())
    }

    /// Runs xdotool, which moves the pointer, presses keys and finds windows; returns its output.
    pub fn run_xdotool(&self, arguments: &[&str]) -> String {
        let output = self.create_command("xdotool").args(arguments).stdout(Stdio::piped()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Waits for the window with a title; returns its id.
    pub fn wait_for_window(&self, title: &str) -> String {
        let mut window = None;
        block_until(&format!("the window {title} is visible"), || {
            window = self.find_window(title);
            window.is_some()
        });
        window.unwrap()
    }

    /// Id of the visible window with a title.
    pub fn find_window(&self, title: &str) -> Option<String> {
        let found = self.run_xdotool(&["search", "--onlyvisible", "--name", &format!("^{title}$")]);
        found.lines().last().map(str::to_owned)
    }

    /// Left, top, width and height of a window, in pixels.
    pub fn window_geometry(&self, window: &str) -> [i32; 4] {
        let text = self.run_xdotool(&["getwindowgeometry", "--shell", window]);
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{name}: {text}"))
        };
        [value("X"), value("Y"), value("WIDTH"), value("HEIGHT")]
    }

    /// Drags files from another program's window to the middle of a window, and holds them there, once the window
    /// has noticed them.
    pub async fn drag_files(
        &self,
        files: &[PathBuf],
        window: &str,
        mut is_noticed: impl AsyncFnMut() -> bool,
    ) -> FileDrag<'_> {
        let source =
            self.create_command(SYSTEM_PYTHON).args(["-c", DRAG_SOURCE]).args(files).spawn().unwrap();
        let [x, y, width, height] = self.window_geometry(&self.wait_for_window("drag source"));
        let (from_x, from_y) = (x + width / 2, y + height / 2);
        let [x, y, width, height] = self.window_geometry(window);
        let (to_x, to_y) = (x + width / 2, y + height / 2);
        let move_pointer = |x: i32, y: i32| self.run_xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
        move_pointer(from_x, from_y);
        self.run_xdotool(&["mousedown", "1"]);
        for step in 1..=12 {
            move_pointer(from_x + (to_x - from_x) * step / 12, from_y + (to_y - from_y) * step / 12);
        }
        // Programs notice a drag only by movements of the pointer, which goes on until they have.
        let mut offset = 0;
        wait_until("the window notices the files", async || {
            offset = (offset + 3) % 30;
            move_pointer(to_x + offset, to_y);
            is_noticed().await
        })
        .await;
        FileDrag { screen: self, source }
    }

    /// Closes a window by its keys, which are pressed again if it stays open: a busy window manager can miss
    /// them.
    pub fn close_window(&self, window: &str) {
        let mut looks = 0;
        block_until("the window closes", || {
            let visible_windows = self.run_xdotool(&["search", "--onlyvisible", "--name", ".*"]);
            let is_open = visible_windows.lines().any(|id| id == window);
            if is_open && looks % LOOKS_PER_PRESS == 0 {
                self.run_xdotool(&["windowactivate", "--sync", window, "key", "alt+F4"]);
            }
            looks += 1;
            !is_open
        });
    }

    /// Saves a picture of the whole screen in the folder of screenshots.
    pub fn save_screenshot(&self, name: &str) {
        std::thread::sleep(PAINT_DURATION);
        let folder = crate::browser::screenshots_folder();
        std::fs::create_dir_all(&folder).unwrap();
        let status = self.create_command("import").args(["-window", "root"]).arg(folder.join(name)).status();
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

/// Command whose windows are on a display, with its settings and data in a home folder.
fn create_screen_command(program: impl AsRef<std::ffi::OsStr>, display: &str, home: &Path) -> Command {
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

/// A drag of files from a program, which ends when this is dropped.
pub struct FileDrag<'a> {
    screen: &'a Screen,
    source: Child,
}

impl FileDrag<'_> {
    /// Drops the files on the window; the program sends them until this is dropped.
    pub fn drop_files(&self) {
        self.screen.run_xdotool(&["mouseup", "1"]);
    }
}

impl Drop for FileDrag<'_> {
    fn drop(&mut self) {
        let _ = self.source.kill();
        let _ = self.source.wait();
    }
}

/// The running desktop program: a browser session with its page, and the id of its window; ended when dropped.
pub struct Desktop {
    pub page: Browser,
    pub window: String,
}

impl Desktop {
    /// Starts the program on a library and waits for its window.
    pub async fn start(screen: &Screen, data: &Path, arguments: &[&str]) -> Self {
        Self::start_with_environment(screen, data, arguments, &[]).await
    }

    /// Starts the program with further environment variables: settings, a session bus.
    pub async fn start_with_environment(
        screen: &Screen,
        data: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let driver = screen
            .create_command("WebKitWebDriver")
            .arg(format!("--port={port}"))
            // These let the driver into the program's page.
            .envs([("TAURI_AUTOMATION", "true"), ("TAURI_WEBVIEW_AUTOMATION", "true")])
            .env("HEARTH_CHAT__ADDRESS", "http://127.0.0.1:9")
            .envs(environment.iter().copied())
            .spawn()
            .expect("WebKitWebDriver is there; `cargo xtask test` installs it");
        let address = format!("127.0.0.1:{port}");
        wait_until("the driver listens", async || std::net::TcpStream::connect(&address).is_ok()).await;
        let data = data.display().to_string();
        let arguments: Vec<&str> =
            ["--data-dir", &data].into_iter().chain(arguments.iter().copied()).collect();
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "webkitgtk:browserOptions": {"binary": find_program("hearth-desktop"), "args": arguments},
        }}});
        let page = Browser::open_session(driver, &port, capabilities, (1280, 840)).await;
        Self { page, window: screen.wait_for_window("Hearth") }
    }
}

/// Runs a second instance of the program, as opening a file with it does; it hands over to the first and ends.
pub fn run_second_instance(screen: &Screen, data: &Path, arguments: &[&str]) -> Output {
    screen
        .create_command(find_program("hearth-desktop"))
        .arg("--data-dir")
        .arg(data)
        .args(arguments)
        .output()
        .unwrap()
}
